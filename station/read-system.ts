import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import type { ReadFolder } from '#adapters/embedded/evidence-folder.ts'
import { condenseEvidence, listEvidencePaths, listNamedFiles } from '#shared/domain/packaging/index.ts'

/**
 * The evidence of the system in a folder: the files that package managers read, then those that these name (keys, mirror lists).
 * @throws Fault `request_invalid` (no such folder), `evidence_too_large`
 */
export async function readSystem(root: string): Promise<ReadFolder> {
  const first = await readEvidenceFolder(root, listEvidencePaths())
  const missing = listNamedFiles(first.evidence).filter((path) => !first.evidence.files.has(path))
  const second = missing.length === 0 ? null : await readEvidenceFolder(root, missing)
  const files = new Map([...first.evidence.files, ...(second?.evidence.files ?? [])])
  return {
    evidence: condenseEvidence({ files }),
    warnings: [...first.warnings, ...(second?.warnings ?? [])],
  }
}
