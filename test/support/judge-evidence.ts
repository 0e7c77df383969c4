import { readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import { isFault, type FaultCode } from '#shared/domain/fault.ts'
import { isEvidencePath, recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import type { Demand } from './hostile-case.ts'

/** What became of a body: refused by a fault, or taken with what was said of it. Anything but a Fault is thrown on. */
export type Judged =
  | { readonly status: 'refused'; readonly code: FaultCode; readonly file: string; readonly message: string }
  | { readonly status: 'taken'; readonly packages: number; readonly warnings: string[]; readonly problems: string[] }

/** Reads a body as the station does, without the station. */
export async function judgeEvidence(body: AsyncIterable<Uint8Array>): Promise<Judged> {
  try {
    const archive = await readEvidenceArchive(body, isEvidencePath)
    const read = recognisePackageSystem(archive.evidence).read(archive.evidence)
    const warnings = [...archive.warnings, ...read.warnings]
    return { status: 'taken', packages: read.system.packages, warnings, problems: [...read.problems] }
  } catch (error) {
    if (!isFault(error)) throw error
    return { status: 'refused', code: error.code, file: error.place.file ?? '', message: error.message }
  }
}

/** '' when the demand is met, else what is wrong. */
export function compareWithDemand(demand: Demand, judged: Judged): string {
  const found = JSON.stringify(judged).slice(0, 600)
  if (demand.outcome === 'refused') {
    if (judged.status !== 'refused' || !demand.codes.includes(judged.code))
      return `not refused as ${demand.codes.join(', ')}: ${found}`
    const isNamed = judged.code === 'evidence_unrecognised' || (demand.file ?? judged.file) === judged.file
    return isNamed && judged.message.length < 1000 ? '' : `refused, but ${demand.file} is not what it names: ${found}`
  }
  if (judged.status === 'refused') return `refused: ${found}`
  if (demand.outcome === 'taken') {
    return judged.problems.length === 0 && judged.packages === demand.packages ? '' : `not taken for harmless: ${found}`
  }
  const sentences = demand.outcome === 'unknown' ? judged.problems : [...judged.problems, ...judged.warnings]
  return sentences.some((sentence) => demand.says.test(sentence)) ? '' : `does not say ${demand.says}: ${found}`
}
