import type { Evidence } from '../../../evidence.ts'
import type { RpmPackage } from '../model.ts'
import { listRpmDatabases } from './database/find-database.ts'
import { readRpmDatabase } from './database/read-database.ts'
import { malformed } from './evidence-fault.ts'
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
 * What is installed: from the importer's listing, which rpm itself made, else from the first database that holds a package.
 * @throws Fault `evidence_malformed` where there is none, or it is cut or damaged; `quota_exceeded`
 */
export function readInstalled(evidence: Evidence): Installed {
  const listing = evidence.files.get(LISTING_FILE)
  if (listing !== undefined) {
    const packages = readPackageListing(listing, LISTING_FILE)
    if (packages.length === 0) throw malformed(LISTING_FILE, 2, 'no package is installed.')
    return { packages, warnings: [] }
  }

  const databases = listRpmDatabases(evidence)
  for (const database of databases) {
    const packages = readRpmDatabase(database)
    if (packages.length === 0) continue

    const others = databases.filter(({ path }) => path !== database.path).map(({ path }) => path)
    const warnings =
      others.length === 0
        ? []
        : [`${database.path} counts; ${others.join(', ')} beside it ${others.length === 1 ? 'is' : 'are'} left alone.`]
    return { packages, warnings }
  }
  throw malformed(databases[0]?.path ?? LISTING_FILE, 1, 'no package is installed.')
}
