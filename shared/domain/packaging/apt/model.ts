import type { ListReference, OpenList, RepositoryFace, Snapshot } from '../package-system.ts'

/**
 * The shapes of the apt package system, shared by its parts: evidence reading (inventory, sources, preferences, configuration),
 * refresh (release, lists) and check (policy, candidate, updates). Each part says more about its own rules.
 */

/** One installed package, from `var/lib/dpkg/status`. Config-files and not-installed entries are not installed and not here. */
export interface AptPackage {
  /** Lower case, as apt reads it. */
  readonly name: string
  /** `all` stays `all`; apt files it under the native architecture. */
  readonly architecture: string
  readonly version: string
  readonly source: string
  /** The source's version, which may differ from the binary's. */
  readonly sourceVersion: string
  /** Third word of Status, when not plainly `installed`. */
  readonly state:
    | 'installed'
    | 'unpacked'
    | 'half-configured'
    | 'half-installed'
    | 'triggers-awaited'
    | 'triggers-pending'
  /** First word of Status is `hold`. */
  readonly held: boolean
  /** Second word of Status is `reinstreq`. */
  readonly reinstall: boolean
  readonly essential: boolean
  readonly multiArch: MultiArch
  /** As written in the field, '' where absent; apt's version identity compares it. */
  readonly installedSize: string
  readonly relations: AptRelations
  /** What `hashVersion` gives for these fields, where it has been worked out before: then no check reads the relations for it. */
  readonly versionHash?: number
}

export type MultiArch = 'no' | 'same' | 'foreign' | 'allowed'

/** Relation fields as written (continuation lines joined by a space), '' where absent. */
export interface AptRelations {
  readonly depends: string
  readonly preDepends: string
  readonly conflicts: string
  readonly breaks: string
  readonly replaces: string
  readonly provides: string
  /** Decides no candidate, but apt keeps an upgrade back whose new recommendations cannot be met. */
  readonly recommends: string
}

export interface AptInventory {
  /** dpkg's own architecture. */
  readonly architecture: string
  /** `var/lib/dpkg/arch` less the native one, or APT::Architectures where it is set. */
  readonly foreignArchitectures: readonly string[]
  readonly packages: readonly AptPackage[]
  /**
   * Three words a package, in their order, that name by its content all of it that offers are compared with, where they have been worked
   * out before: what other machines have too is then known at a glance.
   */
  readonly identities?: Int32Array
}

/** All that decides candidates apart from what is installed and offered. */
export interface AptPolicy {
  /** Version of the installed `apt`, null where none: some rules differ by it. */
  readonly aptVersion: string | null
  readonly defaultRelease: string | null
  /** In the order apt considers them: preferences, then preferences.d in byte order. Default-Release is not among them. */
  readonly pins: readonly AptPin[]
  readonly phasing: PhasingPolicy
  /** `APT::Install-Recommends`: recommendations count in an upgrade run. Its friends change nothing here and are not kept. */
  readonly installRecommends: boolean
}

export interface AptPin {
  /** One record's `Package:` field split at white space: names, globs, `/regex/`, `src:…`, with `:arch` kept; `*` alone is a general pin. */
  readonly packages: readonly string[]
  readonly type: 'release' | 'origin' | 'version' | 'source-version'
  /** The rest of the `Pin:` field. */
  readonly value: string
  readonly priority: number
  /** `etc/apt/preferences.d/x:4` */
  readonly place: string
}

/** `always`: phased updates are always included (configuration, chroot); `never`: always deferred; `machine`: by machine-id. */
export type PhasingPolicy = 'machine' | 'always' | 'never'

/** One archive that the machine has enabled: URI and suite with all components and architectures that its sources name together. */
export interface AptRepository extends RepositoryFace {
  readonly packageSystem: 'apt'
  /** As in the sources, user and password cut out, `$(ARCH)` replaced, ending in `/`. Pins by origin look at its host. */
  readonly uri: string
  /** `bookworm`, `bookworm/updates`; for a flat repository the exact path, ending in `/`. */
  readonly suite: string
  /** Empty for a flat repository. */
  readonly components: readonly string[]
  /** Wanted architectures, native first; `all` is implied. */
  readonly architectures: readonly string[]
  readonly trust: AptTrust
  readonly options: AptRepositoryOptions
  /** Where the machine says so: `etc/apt/sources.list:3`, several where entries were merged. Not part of the id. */
  readonly places: readonly string[]
}

export type AptTrust =
  /** Signatures by these keys count. Fingerprints (upper-case hex) narrow the keyrings down, empty: any key in them. */
  | { readonly kind: 'keys'; readonly keyrings: readonly string[]; readonly fingerprints: readonly string[] }
  /** `trusted=yes`: taken without a signature, and said so. */
  | { readonly kind: 'always' }
  /** `trusted=no`: never counts as verified, whatever the signature. */
  | { readonly kind: 'never' }

export interface AptRepositoryOptions {
  readonly byHash: 'yes' | 'no' | 'force'
  readonly checkValidUntil: boolean
  readonly checkDate: boolean
  /** Seconds; null: not set. */
  readonly validUntilMinSeconds: number | null
  readonly validUntilMaxSeconds: number | null
  /** `Acquire::Max-ValidTime::LABEL` and its sister: they count for an archive whose Release has this Label. Absent: none set. */
  readonly validUntilByLabel?: readonly {
    readonly label: string
    readonly minSeconds: number | null
    readonly maxSeconds: number | null
  }[]
  readonly dateMaxFutureSeconds: number
  /** The machine accepts a repository without a (good) signature. */
  readonly allowInsecure: boolean
  /** `InRelease-Path`, null: the usual place. */
  readonly inReleasePath: string | null
  /** Package lists of apt ≥ 3.1; older apt ignores them. */
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** What a Release file says that matters. Absent fields are ''. */
export interface AptRelease {
  readonly origin: string
  readonly label: string
  readonly suite: string
  readonly codename: string
  readonly version: string
  readonly notAutomatic: boolean
  readonly butAutomaticUpgrades: boolean
}

export interface AptSnapshot extends Snapshot {
  /** null: the archive has no Release at all (lawful only with trusted=yes); no release pin matches it. */
  readonly release: AptRelease | null
  readonly lists: readonly AptListReference[]
  /** SHA-256 (hex) of the signed Release text, and what a conditional request sends. */
  readonly releaseSha256: string | null
  readonly validators: {
    readonly path: string
    readonly etag: string | null
    readonly lastModified: string | null
  } | null
  /** Fingerprints of the keys whose signatures were good. */
  readonly signedBy: readonly string[]
  /** When the last of those keys or signatures expires (ISO UTC); null: never. After that the signature is looked at again. */
  readonly trustedUntil?: string | null
}

export interface AptListReference extends ListReference {
  /** '' for a flat repository. */
  readonly component: string
  /** Of the index: `amd64`, `all`. */
  readonly architecture: string
  /** Some offered version has a Phased-Update-Percentage below 100. */
  readonly phased: boolean
  /** Every architecture that its records name. */
  readonly architectures?: readonly string[]
}

/** One version that a list offers. */
export interface AptOffer {
  readonly name: string
  readonly architecture: string
  readonly version: string
  readonly source: string
  readonly sourceVersion: string
  readonly multiArch: MultiArch
  readonly essential: boolean
  readonly installedSize: string
  /** Size of the .deb, '' where absent. */
  readonly size: string
  readonly relations: AptRelations
  /** Phased-Update-Percentage, 100 where absent. */
  readonly phasedPercentage: number
}

/** A stored list, opened. Look-ups are cheap and cached; nothing is parsed before it is asked for. */
export interface AptList extends OpenList {
  /** Every offer of that name (lower case), in the list's order; empty where there is none. */
  find(name: string): readonly AptOffer[]
  /** Names of the packages that have an offer which provides `virtual` (unversioned look-up; versions are the caller's matter). */
  findProviders(virtual: string): readonly string[]
  names(): Iterable<string>
}
