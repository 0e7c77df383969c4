/** One entry of the machine's sources before it becomes a repository: one URI, one suite, all of its components. */
export interface SourceEntry {
  /** `deb` is for packages, `deb-src` only counts where it contradicts the other. */
  readonly type: 'deb' | 'deb-src'
  /** As written, but for `$(ARCH)`. */
  readonly uri: string
  readonly suite: string
  /** Empty for a flat repository. */
  readonly components: readonly string[]
  /** By their one-line names (`signed-by`, `arch+`); lists are joined by commas. */
  readonly options: ReadonlyMap<string, string>
  /** `etc/apt/sources.list:3` */
  readonly place: string
}

export interface ReadSources {
  readonly entries: readonly SourceEntry[]
  readonly warnings: readonly string[]
  /** Why apt refuses its sources altogether; empty where it takes them. */
  readonly problems: readonly string[]
}

/** Options that decide nothing here (translations, diffs, which other indexes) and need no warning. */
export const INERT_OPTIONS: ReadonlySet<string> = new Set([
  'lang',
  'lang+',
  'lang-',
  'target',
  'target+',
  'target-',
  'pdiffs',
  'allow-weak',
  'allow-downgrade-to-insecure',
])

/** Options that are looked at. */
export const USED_OPTIONS: ReadonlySet<string> = new Set([
  'arch',
  'arch+',
  'arch-',
  'trusted',
  'signed-by',
  'by-hash',
  'check-valid-until',
  'valid-until-min',
  'valid-until-max',
  'check-date',
  'date-max-future',
  'allow-insecure',
  'inrelease-path',
  'include',
  'exclude',
  'snapshot',
])
