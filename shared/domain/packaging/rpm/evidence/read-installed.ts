import type { Evidence } from '../../../evidence.ts'
import type { RpmPackage } from '../model.ts'
import { chooseRpmDatabase } from './database/choose-database.ts'
import { listRpmDatabases } from './database/find-database.ts'
import { malformed } from '../../evidence-fault.ts'
import { LISTING_FILE, readPackageListing } from './package-listing.ts'

export interface Installed {
  readonly packages: readonly RpmPackage[]
  readonly warnings: readonly string[]
}

/** True where the evidence holds what rpm knows of the machine, as a listing or as a database. */
export function holdsInstalled(evidence: Evidence): boolean {
  return evidence.files.has(LISTING_FILE) || listRpmDatabases(evidence).length > 0
}

/**
 * What is installed: from the importer's listing, which rpm itself made, else from the database that the machine's rpm would use.
 * @throws Fault `evidence_malformed` where there is none, or it is cut or damaged; `quota_exceeded`
 */
export function readInstalled(evidence: Evidence): Installed {
  const listing = evidence.files.get(LISTING_FILE)
  if (listing !== undefined) {
    const packages = readPackageListing(listing, LISTING_FILE)
    if (packages.length === 0) throw malformed(LISTING_FILE, 2, 'no package is installed.')
    return { packages, warnings: [] }
  }

  const chosen = chooseRpmDatabase(evidence)
  if (chosen === null || chosen.packages.length === 0) {
    throw malformed(chosen?.path ?? LISTING_FILE, 1, 'no package is installed.')
  }
  const warnings = chosen.passedOver.map((path) => `${path}: an older database next to ${chosen.path}, which was read.`)
  return { packages: chosen.packages, warnings }
}
