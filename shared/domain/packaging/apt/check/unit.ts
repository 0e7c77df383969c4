import type { MultiArch } from '../model.ts'
import type { PackageName } from './package-name.ts'
import type { ParsedRelations, Relation } from './relations.ts'
import type { InstalledPlace, OfferedVersion } from './version-list.ts'

/** One version of one package that is, or could be, on a machine: one object for all machines that share offers. */
export interface Unit {
  readonly number: number
  readonly name: PackageName
  /** Effective: `all` counts as the native architecture. */
  readonly architecture: string
  readonly version: string
  readonly multiArch: MultiArch
  /** Source package and version as one word; '' for what is installed. */
  readonly source: string
  /** What an upgrade would put there; else what is installed. An object is never both. */
  readonly isCandidate: boolean
  /** UNREAD until somebody asks. */
  relations: ParsedRelations
  /** Where it stands among what is offered; null for a candidate. */
  readonly offered: Offered | null
}

/** What is offered of an installed package: versions, newest first, and its place among them. */
export interface Offered {
  readonly versions: readonly OfferedVersion[]
  readonly place: InstalledPlace
  /** What policy would put in its place, where that is the same on every machine; undefined: not known to be. */
  candidate: OfferedVersion | null | undefined
}

/** Something that a unit provides. */
export interface Provision {
  readonly number: number
  readonly unit: Unit
  readonly relation: Relation
}

/** Not read yet. Whoever forgets to read finds that the package cannot stand, and never that all is well. */
export const UNREAD: ParsedRelations = {
  depends: [],
  conflicts: [],
  recommends: [],
  provides: [],
  isMalformed: true,
}
