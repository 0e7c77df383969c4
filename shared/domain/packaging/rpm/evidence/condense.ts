import { Buffer } from 'node:buffer'
import type { Evidence } from '../../../evidence.ts'
import { chooseRpmDatabase } from './database/choose-database.ts'
import { RPM_DATABASE_PATHS } from './database/find-database.ts'
import { LISTING_FILE, writePackageListing } from './package-listing.ts'

/** Where what is there and was not sent is listed, as the importer does it: `path<TAB>reason`. */
const OMITTED_FILE = 'lazaret/omitted'

/**
 * The same evidence with the databases of rpm, which may have hundreds of megabytes, replaced by the list of what they hold, so that
 * what is sent and kept stays small. A list that is there already stays. A database that holds no package, as where rpm is installed on
 * a machine of another package system, is left out: no machine is made of it. Without a database the evidence comes back as it is.
 * @throws Fault `evidence_malformed` where a database is damaged, `quota_exceeded`
 */
export function condenseRpmEvidence(evidence: Evidence): Evidence {
  if (evidence.files.has(LISTING_FILE)) return { files: withoutDatabases(evidence) }

  const chosen = chooseRpmDatabase(evidence)
  if (chosen === null) return evidence

  const files = withoutDatabases(evidence)
  if (chosen.packages.length === 0) return { files }

  files.set(LISTING_FILE, writePackageListing(chosen.packages))
  if (chosen.passedOver.length > 0) files.set(OMITTED_FILE, addOmitted(evidence, chosen.path, chosen.passedOver))
  return { files }
}

function withoutDatabases({ files }: Evidence): Map<string, Uint8Array> {
  const kept = new Map(files)
  for (const path of RPM_DATABASE_PATHS) kept.delete(path)
  return kept
}

function addOmitted({ files }: Evidence, used: string, passedOver: readonly string[]): Uint8Array {
  const lines = passedOver.map((path) => `${path}\tan older database next to ${used}, which was read\n`)
  return Buffer.concat([files.get(OMITTED_FILE) ?? new Uint8Array(0), Buffer.from(lines.join(''))])
}
