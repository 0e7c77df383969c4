import { malformed } from '../../evidence-fault.ts'
import type { AptPackage, MultiArch } from '../model.ts'

/** The fields of one entry that matter, as written and trimmed; '' where absent. `line` is where the entry begins. */
export interface StatusEntry {
  readonly package: string
  readonly status: string
  readonly architecture: string
  readonly version: string
  readonly source: string
  readonly multiArch: string
  readonly installedSize: string
  readonly essential: string
  readonly depends: string
  readonly preDepends: string
  readonly conflicts: string
  readonly breaks: string
  readonly replaces: string
  readonly provides: string
  readonly recommends: string
}

/** Longest value of a name, a version, an architecture or a source field; real ones stay under 150. */
const MAX_WORD = 1024
/** Longest relation field; apt gives up near this size. */
const MAX_RELATION = 1024 * 1024

const WANTS = new Set(['unknown', 'install', 'hold', 'deinstall', 'purge'])
const FLAGS = new Set(['ok', 'reinstreq', 'hold', 'hold-reinstreq'])
const STATES = new Map<string, AptPackage['state'] | null>([
  ['not-installed', null],
  ['config-files', null],
  ['half-installed', 'half-installed'],
  ['unpacked', 'unpacked'],
  ['half-configured', 'half-configured'],
  ['triggers-awaited', 'triggers-awaited'],
  ['triggers-pending', 'triggers-pending'],
  ['installed', 'installed'],
])

/**
 * The installed package that an entry describes, or null where it is not installed (config-files, not-installed, no Status).
 * `statusless`: entries without a Status field count as installed (`status.d` of images without dpkg).
 * @throws Fault `evidence_malformed` where dpkg itself would refuse the database
 */
export function readStatusEntry(
  entry: StatusEntry,
  place: { file: string; line: number; statusless: boolean },
): { package: AptPackage | null; warning: string | null } {
  const fault = (what: string) => malformed(place.file, place.line, what)
  const name = entry.package.toLowerCase()
  if (name === '') throw fault('an entry without a Package field.')
  if (!isName(name)) throw fault('a Package field that is not a package name.')

  if (entry.version !== '' && !isVersion(entry.version)) throw fault(`the Version of ${name} is not a version.`)
  if (entry.architecture !== '' && !isArchitecture(entry.architecture)) {
    throw fault(`the Architecture of ${name} is not an architecture.`)
  }
  const status = readStatus(entry.status, place.statusless)
  if (status === 'malformed') throw fault(`the Status of ${name} is not three words that dpkg knows.`)
  if (status === null) return { package: null, warning: null }
  if (entry.version === '') throw fault(`${name} is installed but has no Version.`)
  const source = readSource(entry, name)
  if (source === null) throw fault(`the Source of ${name} is not a package name with a version.`)

  const relations = {
    depends: entry.depends,
    preDepends: entry.preDepends,
    conflicts: entry.conflicts,
    breaks: entry.breaks,
    replaces: entry.replaces,
    provides: entry.provides,
    recommends: entry.recommends,
  }
  for (const relation of Object.values(relations)) {
    if (relation.length > MAX_RELATION) throw fault(`a relation field of ${name} is longer than 1 MiB.`)
  }

  const warning =
    entry.architecture === '' ? `${place.file}:${place.line}: ${name} is installed without an Architecture.` : null
  return {
    warning,
    package: {
      name,
      // What apt calls the architecture of an entry that names none: nothing on offer ever matches it.
      architecture: entry.architecture === '' ? 'none' : entry.architecture,
      version: entry.version,
      ...source,
      ...status,
      essential: entry.essential.toLowerCase() === 'yes',
      multiArch: readMultiArch(entry.multiArch, entry.architecture),
      installedSize: entry.installedSize.slice(0, MAX_WORD),
      relations: Object.values(relations).every((relation) => relation === '') ? NO_RELATIONS : relations,
    },
  }
}

const NO_RELATIONS: AptPackage['relations'] = {
  depends: '',
  preDepends: '',
  conflicts: '',
  breaks: '',
  replaces: '',
  provides: '',
  recommends: '',
}

function readStatus(
  text: string,
  statusless: boolean,
): Pick<AptPackage, 'state' | 'held' | 'reinstall'> | null | 'malformed' {
  if (text === 'install ok installed') return { state: 'installed', held: false, reinstall: false }
  if (text === '') return statusless ? { state: 'installed', held: false, reinstall: false } : null

  const [want, flag, word, extra] = text.slice(0, MAX_WORD).toLowerCase().split(/ +/)
  if (want === undefined || flag === undefined || word === undefined || extra !== undefined) return 'malformed'
  const state = STATES.get(word)
  if (!WANTS.has(want) || !FLAGS.has(flag) || state === undefined) return 'malformed'

  return state === null
    ? null
    : { state, held: want === 'hold' || flag.startsWith('hold'), reinstall: flag.endsWith('reinstreq') }
}

/** `foo (1:2.0)`: the source package and its version; both are the binary's own where the field says nothing else. */
function readSource(entry: StatusEntry, name: string): Pick<AptPackage, 'source' | 'sourceVersion'> | null {
  if (entry.source === '') return { source: name, sourceVersion: entry.version }
  if (entry.source.length > MAX_WORD) return null

  const space = entry.source.indexOf(' ')
  const source = space === -1 ? entry.source : entry.source.slice(0, space)
  if (!isName(source.toLowerCase())) return null
  if (space === -1) return { source, sourceVersion: entry.version }

  const open = entry.source.indexOf('(', space)
  const close = open === -1 ? -1 : entry.source.indexOf(')', open)
  const sourceVersion = close === -1 ? entry.version : entry.source.slice(open + 1, close).trim()
  return isVersion(sourceVersion) ? { source, sourceVersion } : null
}

function readMultiArch(text: string, architecture: string): MultiArch {
  const word = text.toLowerCase()
  if (word === 'foreign' || word === 'allowed') return word
  // apt takes `same` on an Architecture: all package for a mistake and reads `no`.
  return word === 'same' && architecture !== 'all' ? 'same' : 'no'
}

/** Letters, digits and `-+._`, the first one a letter or digit, as dpkg wants it. */
function isName(text: string): boolean {
  return text.length <= MAX_WORD && /^[a-z0-9][a-z0-9+._-]*$/.test(text)
}

/** Printable ASCII without blanks; dpkg only warns about stranger letters in a status file, and so they may stay. */
function isVersion(text: string): boolean {
  return text.length <= MAX_WORD && /^[\x21-\x7e]+$/.test(text)
}

export function isArchitecture(text: string): boolean {
  return text.length <= 64 && /^[a-z0-9][a-z0-9-]*$/.test(text)
}
