import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import type { ReadFolder } from '#adapters/embedded/evidence-folder.ts'
import { condenseEvidence, listEvidencePaths, listNamedFiles } from '#shared/domain/packaging/index.ts'

/**
 * The evidence of the system in a folder as it is sent: rpm's databases, which may be large, are replaced by what they hold.
 * @throws Fault `request_invalid` (no such folder), `evidence_too_large`, `evidence_malformed` where a database is damaged
 */
export async function readSystem(root: string): Promise<ReadFolder> {
  const { evidence, warnings } = await readSystemFiles(root)
  return { evidence: condenseEvidence(evidence), warnings }
}

/**
 * The same, file by file: what package managers read, then what these files name (keys, mirror lists).
 * @throws Fault `request_invalid` (no such folder), `evidence_too_large`
 */
export async function readSystemFiles(root: string): Promise<ReadFolder> {
  const first = await readEvidenceFolder(root, listEvidencePaths())
  const missing = listNamedFiles(first.evidence).filter((path) => !first.evidence.files.has(path))
  const second = missing.length === 0 ? null : await readEvidenceFolder(root, missing)
  const files = new Map([...first.evidence.files, ...(second?.evidence.files ?? [])])
  return { evidence: { files }, warnings: [...first.warnings, ...(second?.warnings ?? [])] }
}
