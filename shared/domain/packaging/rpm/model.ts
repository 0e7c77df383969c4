import type { ListReference, OpenList, RepositoryFace, Snapshot } from '../package-system.ts'
import type { Severity, UpdateKind } from '../update.ts'

/**
 * The shapes of the rpm package system, shared by its parts: evidence reading (installed packages, databases, `.repo` files,
 * configuration, locks), refresh (repomd, package lists, advisories, modules) and check (what dnf, yum or zypper would list).
 */

/** An epoch, version and release. rpm's `(none)` epoch is null and compares as 0; printing leaves out null and 0, as dnf does. */
export interface Evr {
  readonly epoch: number | null
  readonly version: string
  readonly release: string
}

/**
 * One relation: `name`, or `name op evr`. `operator` '' with an empty `evr` where there is no version. `evr` as written:
 * `[epoch:]version[-release]`; what it leaves out is not compared. Rich relations, `(a or b)`, are whole in `name`.
 */
export interface RpmRelation {
  readonly name: string
  readonly operator: '' | '<' | '<=' | '=' | '>=' | '>'
  readonly evr: string
}

export interface RpmRelations {
  readonly provides: readonly RpmRelation[]
  /** Less what `rpmlib(…)` demands of rpm itself. */
  readonly requires: readonly RpmRelation[]
  readonly conflicts: readonly RpmRelation[]
  readonly obsoletes: readonly RpmRelation[]
}

/** One installed package. `gpg-pubkey` entries are keys, not packages, and not here. The same name may be there several times. */
export interface RpmPackage extends Evr {
  readonly name: string
  /** As in the header: `x86_64`, `noarch`. */
  readonly architecture: string
  /** `openssl-3.0.7-1.el9.src.rpm`, '' where the header has none. */
  readonly sourceRpm: string
  /** '' where the header has none. */
  readonly vendor: string
  /** Seconds since 1970; null where the header has none. */
  readonly installedAt: number | null
  /** `module:stream:version:context`; '' for a package of no module, and for rpm too old to know. */
  readonly module: string
  /** null: the evidence says nothing of relations (a bare name list); then no answer may depend on them in silence. */
  readonly relations: RpmRelations | null
}

export interface RpmInventory {
  /** The machine's own: `x86_64`, `aarch64`, `i686` … */
  readonly architecture: string
  readonly packages: readonly RpmPackage[]
  /** `uname -r` of the running kernel, null where unknown (a dormant disk). */
  readonly runningKernel: string | null
}

/** Whose rules the machine follows; where they differ, its own tool is right. */
export type RpmTool = 'dnf5' | 'dnf4' | 'yum' | 'zypper'

/** All that decides candidates apart from what is installed and offered. JSON. */
export interface RpmPolicy {
  readonly tool: RpmTool
  /** Version of that tool's package, null where it is not installed. */
  readonly toolVersion: string | null
  readonly releasever: string | null
  /** `excludepkgs` of [main], split; patterns are the tool's globs. Not zypper. */
  readonly excludes: readonly string[]
  /** `includepkgs` of [main]: where not empty, nothing else is visible. */
  readonly includes: readonly string[]
  /** Names, provides or globs of install-only packages, the tool's built-in ones included. */
  readonly installOnly: readonly string[]
  /** dnf: `allow_vendor_change`; zypper: `solver.allowVendorChange` (false unless set). */
  readonly allowVendorChange: boolean
  /** Vendor prefixes that count as one vendor, from `vendors.d`, each group sorted. */
  readonly vendorGroups: readonly (readonly string[])[]
  readonly best: boolean
  readonly obsoletes: boolean
  readonly multilib: 'best' | 'all'
  readonly locks: readonly RpmLock[]
  readonly modules: readonly RpmModuleState[]
  /** One for each enabled section, in the tool's own order. */
  readonly repositories: readonly RpmRepositoryPolicy[]
}

/** A rule that keeps versions from being taken: versionlock, zypper lock. */
export interface RpmLock {
  /** Glob or name; what it may match is the tool's matter (name, NEVRA, for zypper also provides). */
  readonly pattern: string
  /** `only`: of the named package only matching versions may be taken; `never`: no matching version may be taken. */
  readonly kind: 'only' | 'never'
  /** All must hold; empty: the pattern alone decides. */
  readonly conditions: readonly {
    readonly key: 'epoch' | 'version' | 'release' | 'evr' | 'arch' | 'repository'
    readonly operator: '<' | '<=' | '=' | '!=' | '>=' | '>'
    readonly value: string
  }[]
  /** `etc/dnf/versionlock.toml:4` */
  readonly place: string
}

/** `etc/dnf/modules.d/NAME.module` */
export interface RpmModuleState {
  readonly name: string
  /** '' where none is chosen. */
  readonly stream: string
  readonly state: 'enabled' | 'disabled' | 'unset'
}

/** What the machine says of one repository and others may say otherwise. */
export interface RpmRepositoryPolicy {
  /** The section: `baseos`. */
  readonly section: string
  /** `RpmRepository.id` */
  readonly repositoryId: string
  /** Lower is better; 99 where the machine says nothing. */
  readonly priority: number
  readonly cost: number
  readonly excludes: readonly string[]
  readonly includes: readonly string[]
  readonly moduleHotfixes: boolean
  /** The machine itself would go on without this repository. */
  readonly skipIfUnavailable: boolean
  /** `etc/yum.repos.d/rocky.repo:12` */
  readonly place: string
}

/** One repository as it is fetched and trusted; variables replaced, users and passwords cut out. */
export interface RpmRepository extends RepositoryFace {
  readonly packageSystem: 'rpm'
  /** In the machine's order, each ending in `/`; empty where a list of mirrors stands in. */
  readonly baseUrls: readonly string[]
  readonly mirrorList: string | null
  readonly metalink: string | null
  /** The machine takes `repomd.xml` only with a good signature. */
  readonly demandsSignature: boolean
  /** SHA-256 (hex) of key files whose signatures of `repomd.xml` count; empty: none known. */
  readonly keyrings: readonly string[]
  /** The machine shows a client certificate here; without an operator's mirror the repository cannot be had. */
  readonly needsEntitlement: boolean
}

export interface RpmSnapshot extends Snapshot {
  /** At most one: packages, advisories and modules of the repository together. */
  readonly lists: readonly RpmListReference[]
  /** Of the repomd.xml that was taken: SHA-256 (hex), `revision` as written, the newest timestamp of its data (seconds), its URL. */
  readonly repomd: {
    readonly sha256: string
    readonly revision: string
    readonly timestamp: number | null
    readonly url: string
    readonly etag: string | null
    readonly lastModified: string | null
  }
  /** Fingerprints of the keys whose signatures were good. */
  readonly signedBy: readonly string[]
  /** ISO UTC; after that the signature is looked at again. null: never. */
  readonly trustedUntil: string | null
}

export interface RpmListReference extends ListReference {
  /** Those of its packages, sorted: a repository of other architectures only says nothing of the machine. */
  readonly architectures?: readonly string[]
}

/** One package that a repository offers. Source packages are left out. */
export interface RpmOffer extends Evr {
  readonly name: string
  readonly architecture: string
  readonly sourceRpm: string
  readonly vendor: string
  readonly buildTime: number | null
  readonly relations: RpmRelations
  /** The files that primary.xml names. */
  readonly files: readonly string[]
}

/** What one advisory says of one package: significance for versions from below `evr` up to it. */
export interface RpmAdvisoryPackage extends Evr {
  readonly name: string
  readonly architecture: string
  readonly advisory: RpmAdvisory
  /** `name:stream`, the module whose stream must be active; '' where none. */
  readonly module: string
}

export interface RpmAdvisory {
  /** `RHSA-2024:1234` */
  readonly id: string
  readonly kind: UpdateKind
  readonly severity: Severity
  /** `final`, `stable`, `retracted` … as written. */
  readonly status: string
  readonly cves: readonly string[]
  /** Addresses and bug numbers, as written, bounded. */
  readonly bugs: readonly string[]
  readonly rebootSuggested: boolean
}

export interface RpmModules {
  /** module → default stream. */
  readonly defaults: ReadonlyMap<string, string>
  readonly streams: readonly RpmModuleStream[]
}

export interface RpmModuleStream {
  readonly name: string
  readonly stream: string
  /** Of several builds of one stream all are kept. */
  readonly version: string
  readonly context: string
  readonly architecture: string
  /** NEVRAs with epoch: `httpd-0:2.4.37-1.module+el8.x86_64`; source packages left out. */
  readonly artifacts: readonly string[]
  /** Names whose non-modular packages stay visible. */
  readonly demodularized: readonly string[]
  /** Alternatives: module → wanted streams (empty list: any; `-x`: not x). */
  readonly requires: readonly ReadonlyMap<string, readonly string[]>[]
}

/** A stored list, opened. Look-ups are cheap and cached; nothing is parsed before it is asked for. */
export interface RpmList extends OpenList {
  /** Every offer of that exact name, in the list's order. */
  find(name: string): readonly RpmOffer[]
  /** Names of packages that have an offer which provides `capability` (a name, or a path that primary.xml knows); versions are the caller's matter. */
  findProviders(capability: string): readonly string[]
  /** Names of packages that have an offer which obsoletes something called `name`. */
  findObsoleters(name: string): readonly string[]
  names(): Iterable<string>
  /** false: the repository publishes no advisories at all, so that nobody knows what its updates are for. */
  readonly hasAdvisories: boolean
  advisoriesOf(name: string): readonly RpmAdvisoryPackage[]
  /** null: the repository has no module data. */
  readonly modules: RpmModules | null
}
