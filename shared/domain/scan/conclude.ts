import type { Outcome, ScannerRun, SeenReport } from './scanner-run.ts'

/**
 * How a scan ended, by its translated report. `done` only where the scanner says that it reached the end with every address, nothing
 * disturbed it and the machine was still there. No host that was looked at: nobody examined the machine, whatever the scanner calls it.
 */
export function concludeReport(run: Pick<ScannerRun, 'flaws' | 'addresses'>, report: SeenReport): Outcome {
  const flaws = [...run.flaws, ...report.reasons]
  if (report.answersAfter === false) flaws.push('The machine no longer answered when the scan had ended.')

  if (report.completeHosts === 0 && report.findings === 0) {
    return { status: 'not-examined', reason: join(['The scanner looked at no host to the end.', ...flaws]) }
  }
  if (report.completeHosts < run.addresses.length) {
    flaws.push(`${report.completeHosts} of ${run.addresses.length} addresses were examined to the end.`)
  }
  if (!report.isComplete && flaws.length === 0) flaws.push('The report is not complete.')
  return flaws.length === 0 ? { status: 'done', reason: '' } : { status: 'partial', reason: join(flaws) }
}

function join(reasons: readonly string[]): string {
  return reasons.slice(0, 10).join(' ').slice(0, 2000)
}
