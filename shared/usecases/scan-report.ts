import { composeReport } from '#shared/domain/report/compose-report.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { Report } from '#shared/domain/report/report.ts'
import type { Examination, MachineReport } from '#shared/domain/report/report.ts'
import { Fault } from '#shared/domain/fault.ts'
import type { Scan } from '#shared/domain/scan/scan.ts'
import type { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { Station } from './needs.ts'
import { getHistory } from './scan-history.ts'
import { getScan, listRuns, scanObjects } from './scan-records.ts'
import { readTranslated } from './scanner-reports.ts'

type Needs = Pick<Station, 'table' | 'objects' | 'log'>

/**
 * The unified report of a scan: what there is of one that is under way, the whole of one that has ended, which is kept.
 * @throws Fault `not_found`
 */
export async function getReport(station: Needs, id: string): Promise<Report> {
  const { value: scan } = await getScan(station.table, id)
  const kept = scan.endedAt === null ? null : await readKept(station, id)
  if (kept !== null) return kept

  const report = await compose(station, scan)
  if (scan.endedAt !== null) {
    await station.objects.put(scanObjects.report(id), Buffer.from(JSON.stringify(report)), { cache: true })
  }
  return report
}

async function readKept(station: Needs, id: string): Promise<Report | null> {
  const found = await station.objects.get(scanObjects.report(id))
  if (found === null) return null

  const parsed = Report.safeParse(JSON.parse(Buffer.from(found.body).toString('utf8')))
  // Of an earlier version: it can be composed again.
  return parsed.success ? parsed.data : null
}

async function compose(station: Needs, scan: Scan): Promise<Report> {
  const { scanners } = await listRuns(station.table, scan.id)
  const byMachine = Map.groupBy(scanners, (run) => run.machine)
  const machines = []
  for (const name of scan.machines) {
    const runs = byMachine.get(name) ?? []
    const reports: ScannerReport[] = []
    for (const run of runs) {
      const report = run.isTranslated ? await readTranslated(station.objects, run) : null
      if (report !== null) reports.push(report)
    }
    const previous = await findPrevious(station, scan, name)
    machines.push({ name, examinations: runs.map(describeExamination), reports, previous })
  }
  return composeReport({ id: scan.id, createdAt: scan.endedAt ?? scan.requestedAt, machines })
}

function describeExamination(run: ScannerRun): Examination {
  const { outcome } = run
  return {
    scanner: run.scanner,
    kind: run.kind,
    status: run.endedAt === null ? 'under-way' : (outcome?.status ?? 'failed'),
    reason: outcome?.reason ?? '',
    startedAt: run.startedAt,
    endedAt: run.stoppedAt ?? run.endedAt,
    scannerVersion: run.version,
    feedVersion: run.feedVersion,
    authenticated: run.authenticated,
  }
}

/** The machine's part of the last report before this one in which somebody looked at it; null: there is none. */
async function findPrevious(station: Needs, scan: Scan, machine: string): Promise<MachineReport | null> {
  const before = (await getHistory(station, machine)).reports.find(
    (entry) => entry.scan !== scan.id && entry.examined !== 'not-examined' && entry.endedAt < (scan.endedAt ?? '9999'),
  )
  if (before === undefined) return null

  const kept = await readKept(station, before.scan)
  return kept?.machines.find((one) => one.name === machine) ?? null
}

/** One machine's part of a report. @throws Fault `not_found` */
export async function getMachineReport(station: Needs, id: string, machine: string): Promise<MachineReport> {
  const report = await getReport(station, id)
  const found = report.machines.find((one) => one.name === machine)
  if (found === undefined) throw new Fault('not_found', `The scan "${id}" is not about "${machine}".`)

  return found
}
