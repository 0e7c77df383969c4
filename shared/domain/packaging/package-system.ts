import type { Evidence } from '../evidence.ts'
import type { CheckOutcome, Update } from './update.ts'
import type { PackageFace } from './packages.ts'

/**
 * The one interface that every package system implements: apt today, rpm next. The use cases know nothing else of it.
 * All of it is pure but `refresh`, whose effects are handed in.
 *
 * `Inventory`, `Policy` and `Snapshot` are the package system's own; outside they are opaque, stored as bytes or JSON.
 */
export interface PackageSystem<
  Inventory = unknown,
  Policy = unknown,
  Repository extends RepositoryFace = RepositoryFace,
> {
  readonly id: string
  /** Changes whenever the same input may give another answer; part of every result's key. */
  readonly engineVersion: string
  /** Which files of a machine are its evidence: paths, or a folder with a trailing slash (its direct files). */
  readonly evidencePaths: readonly string[]

  /** Further files that the evidence itself names (keys, mirror lists), wherever they lie in the machine. */
  listNamedFiles(evidence: Evidence): readonly string[]
  /** Could evidence name a file of this path? For readers that meet a file before the one that names it. */
  mayBeNamed(path: string): boolean

  /** True when the evidence is of a machine of this package system. */
  recognises(evidence: Evidence): boolean
  /** Its database is there and plainly holds nothing: its tools may be installed as packages of another system. Damaged is not empty. */
  isEmpty(evidence: Evidence): boolean
  /** The same evidence, small: what is large and holds little (a whole database) replaced by what is read of it. */
  condense(evidence: Evidence): Evidence
  /** @throws Fault `evidence_malformed` naming file and line, `quota_exceeded` */
  read(evidence: Evidence): ReadEvidence<Inventory, Policy, Repository>

  /** What is installed, for search. */
  listPackages(inventory: Inventory): readonly PackageFace[]

  /** The package system's own order of whole versions: -1, 0 or 1. */
  compareVersions(a: string, b: string): number

  /** Deterministic: equal inventories give equal bytes, so that their SHA-256 names them. */
  encodeInventory(inventory: Inventory): Uint8Array
  /** @throws Fault `data_damaged` */
  decodeInventory(bytes: Uint8Array): Inventory

  /** One look at a repository: conditional, verified, all or nothing. Trouble is a value, so that the earlier snapshot stays. */
  refresh(repository: Repository, tools: RefreshTools): Promise<RefreshOutcome>

  /** Opens a stored list for look-ups. The bytes are what `refresh` wrote; they are not copied. @throws Fault `data_damaged` */
  openList(bytes: Uint8Array): OpenList
  /** Does the list offer a package of exactly this name? */
  offers(list: OpenList, name: string): boolean

  /** Package names whose offers differ between two snapshots: what a changed repository can affect. null: everything. */
  difference(before: Snapshot | null, after: Snapshot, lists: ListSource): ReadonlySet<string> | null

  /** The updates. Pure; equal inputs give equal outcomes. */
  check(input: CheckInput<Inventory, Policy, Repository>): CheckOutcome
  /** Does the outcome depend on who the machine is (phased updates)? Then its identity is part of the result's key. */
  dependsOnIdentity(snapshots: readonly (Snapshot | null)[]): boolean

  /** What a person types on a machine with this policy. */
  commands(policy: Policy): MachineCommands
}

/**
 * Commands for a person to type on the machine itself. Names and places come from strangers: only what is plainly a package's name or
 * a file of this system's configuration becomes part of one.
 */
export interface MachineCommands {
  /** Takes these updates. `among` are all that are outstanding, for names that are there twice. null: none of them may be named. */
  install(updates: readonly Update[], among: readonly Update[]): CommandLine | null
  /** Lets go of what the administrator holds, and takes it. */
  release(updates: readonly Update[], among: readonly Update[]): CommandLine | null
  isConfiguration(path: string): boolean
}

export interface CommandLine {
  readonly command: string
  readonly taken: readonly Update[]
}

/** What every repository shows of itself. */
export interface RepositoryFace {
  /** SHA-256 (hex) over everything that changes what is fetched or trusted, the trusted keys included. */
  readonly id: string
  readonly packageSystem: string
  /** As a person knows it: `http://mirror.example.org/debian bookworm [main contrib] amd64`. Without user and password. */
  readonly title: string
  /** Not null: cannot be fetched from here (`cdrom:`, `file:`, client certificate …); the reason, for a person. */
  readonly unreachable: string | null
}

/** What evidence says. `problems` make every later answer `unknown`; `warnings` are for a person to hear. */
export interface ReadEvidence<Inventory, Policy, Repository> {
  readonly inventory: Inventory
  readonly policy: Policy
  readonly repositories: readonly Repository[]
  /** Key material that the repositories name, by SHA-256 (hex) of its bytes. */
  readonly keyrings: ReadonlyMap<string, Uint8Array>
  readonly system: SystemFacts
  readonly warnings: readonly string[]
  readonly problems: readonly string[]
}

/** Who the machine is. Never part of the inventory, so that clones share one. */
export interface SystemFacts {
  /** `debian 12`, from os-release; null where there is none. */
  readonly osName: string | null
  readonly osId: string | null
  readonly osVersion: string | null
  /** systemd's machine-id; apt's phasing needs it. */
  readonly machineId: string | null
  readonly architecture: string | null
  readonly packages: number
}

/** A verified state of a repository at one moment. JSON; its lists are objects of their own, named by content. */
export interface Snapshot {
  readonly repositoryId: string
  /** Changes exactly when what the repository offers, or how far it is trusted, changes. */
  readonly digest: string
  readonly lists: readonly ListReference[]
  /** Names what is missing although the machine enabled it; each makes answers `unknown`. */
  readonly gaps: readonly string[]
  /** For a person: expired but accepted on the machine's order, unsigned but trusted … */
  readonly warnings: readonly string[]
  /** The repository is trusted because of a good signature (`verified`) or only because the machine says so (`trusted-by-option`). */
  readonly verification: 'verified' | 'trusted-by-option'
  /** ISO UTC: the repository's own date, and the end of its validity; null where it says none. */
  readonly publishedAt: string | null
  readonly validUntil: string | null
}

export interface ListReference {
  /** Object key, by content, in the folder `<package system's id>/lists/`. */
  readonly key: string
  readonly packages: number
}

/** Looks up packages in one stored list. */
export interface OpenList {
  readonly packages: number
}

/** Opened lists by object key; holds every list of the snapshots it is passed with. */
export type ListSource = ReadonlyMap<string, OpenList>

export interface RefreshTools {
  readonly previous: Snapshot | null
  readonly now: Date
  /** A person has looked at changes of the repository's own names and accepts them. */
  readonly acceptChanges?: boolean
  /** The only way to the outside. Redirects, address rules, mirrors and total time are its matter. */
  readonly download: (request: DownloadRequest) => Promise<Download>
  readonly keyring: (sha256: string) => Promise<Uint8Array>
  /** True when a list with this key is stored already, so that it need not be fetched. */
  readonly hasList: (key: string) => Promise<boolean>
  /** Stores a list under its key; all or nothing. */
  readonly writeList: (key: string, bytes: Uint8Array) => Promise<void>
}

export interface DownloadRequest {
  readonly url: string
  /** More bytes than this is a fault, as soon as it is known. */
  readonly maxBytes: number
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** `body` must be read or cancelled by `cancel()`. Status is the final one, after redirects. Header names in lower case. */
export interface Download {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: AsyncIterable<Uint8Array>
  cancel(): Promise<void>
}

export type RefreshOutcome =
  | { readonly status: 'changed'; readonly snapshot: Snapshot }
  /** Nothing new; the snapshot may carry newer validators or dates all the same. */
  | { readonly status: 'unchanged'; readonly snapshot: Snapshot }
  /** `unreachable`: may work later. `refused`: signature, checksum, expiry, going back in time, malformed. The sentence names the place. */
  | { readonly status: 'unreachable' | 'refused'; readonly reason: string }

export interface CheckInput<Inventory, Policy, Repository> {
  readonly inventory: Inventory
  readonly policy: Policy
  readonly machineId: string | null
  /** In the machine's own order; null snapshot: never had one. */
  readonly sources: readonly { readonly repository: Repository; readonly snapshot: Snapshot | null }[]
  readonly lists: ListSource
  /** Problems found when the evidence was read; carried into the outcome's unknowns. */
  readonly problems: readonly string[]
}
