import type { ScannerReport } from './finding.ts'
import type { Examination, MachineReport } from './report.ts'

type Judged = Pick<MachineReport, 'examined' | 'examinations'>

/**
 * How a machine was examined, never better than its reports say: `done` without a report is `failed`, with a partial one `partial`, with one
 * that has not seen every host to its end `partial`, and with one that has no finding and has seen no host to its end `not-examined`. A report that no examination
 * speaks of is one of its own (an import).
 */
export function judgeExaminations(examinations: readonly Examination[], reports: readonly ScannerReport[]): Judged {
  const byKind = Map.groupBy(reports, ({ scanner }) => scanner)
  const kinds = new Set(examinations.map(({ kind }) => kind))
  const judged = examinations.map((examination) => {
    const sameKind = examinations.filter(({ kind, status }) => kind === examination.kind && status === 'done')
    return judge(examination, byKind.get(examination.kind) ?? [], sameKind.length)
  })
  for (const report of reports) {
    if (!kinds.has(report.scanner)) judged.push(judge(describeReport(report), [report], 1))
  }

  const hasFindings = reports.some(({ findings }) => findings.length > 0)
  return { examinations: judged, examined: summarize(judged, hasFindings) }
}

function summarize(examinations: readonly Examination[], hasFindings: boolean): MachineReport['examined'] {
  if (examinations.length > 0 && examinations.every(({ status }) => status === 'done')) return 'examined'

  const hasPart = examinations.some(({ status }) => status === 'done' || status === 'partial')
  return hasPart || hasFindings ? 'partly' : 'not-examined'
}

/** How a report that was imported fared. */
function describeReport(report: ScannerReport): Examination {
  const asked = report.hosts.map(({ authenticated }) => authenticated).filter((got) => got !== null)
  return {
    scanner: report.scanner,
    kind: report.scanner,
    status: 'done',
    reason: '',
    startedAt: report.startedAt,
    endedAt: report.endedAt,
    scannerVersion: report.scannerVersion,
    feedVersion: report.feedVersion,
    authenticated: asked.length === 0 ? null : asked.every((got) => got),
  }
}

function judge(examination: Examination, reports: readonly ScannerReport[], expected: number): Examination {
  if (examination.status !== 'done') return examination
  if (reports.length === 0) return { ...examination, status: 'failed', reason: 'There is no report of it.' }

  if (reports.every(isEmpty)) {
    const reason = firstReason(reports, 'Its report shows no host that was examined.')
    return { ...examination, status: 'not-examined', reason }
  }
  if (reports.some(({ completeness }) => completeness === 'partial')) {
    return { ...examination, status: 'partial', reason: firstReason(reports, 'Its report is not complete.') }
  }
  if (reports.some(({ hosts }) => hosts.some(({ isComplete }) => !isComplete))) {
    return { ...examination, status: 'partial', reason: 'It did not reach the end of every host.' }
  }
  if (reports.length < expected) {
    const reason = `Only ${reports.length} of ${expected} reports of this kind are there.`
    return { ...examination, status: 'partial', reason }
  }
  return examination
}

/** Nothing was found, and nothing shows that anybody looked. */
function isEmpty({ hosts, findings }: ScannerReport): boolean {
  return findings.length === 0 && !hosts.some(({ isComplete }) => isComplete)
}

function firstReason(reports: readonly ScannerReport[], otherwise: string): string {
  return reports.flatMap(({ reasons }) => reasons)[0] ?? otherwise
}
