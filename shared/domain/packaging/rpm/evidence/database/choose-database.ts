import type { Evidence } from '../../../../evidence.ts'
import type { RpmPackage } from '../../model.ts'
import { listRpmDatabases } from './find-database.ts'
import { readRpmDatabase } from './read-database.ts'

/** The database that a machine works with. */
export interface ChosenDatabase {
  readonly path: string
  readonly packages: readonly RpmPackage[]
  /** Paths of others that hold packages too, left behind by a conversion; for a warning. */
  readonly passedOver: readonly string[]
}

/**
 * The database that the machine's rpm would use: the first with packages, newer formats and places first, as `listRpmDatabases` says;
 * where none has any, the first. null: the evidence holds no database.
 * @throws Fault `evidence_malformed`, `quota_exceeded`, whichever of the databases it is
 */
export function chooseRpmDatabase(evidence: Evidence): ChosenDatabase | null {
  const read = listRpmDatabases(evidence).map((database) => ({
    path: database.path,
    packages: readRpmDatabase(database),
  }))
  const full = read.filter(({ packages }) => packages.length > 0)
  const chosen = full[0] ?? read[0]
  if (chosen === undefined) return null
  return { ...chosen, passedOver: full.slice(1).map(({ path }) => path) }
}
