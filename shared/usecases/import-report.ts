import { randomBytes } from 'node:crypto'
import { Fault } from '#shared/domain/fault.ts'
import { MachineName, parseMachineName } from '#shared/domain/machine.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { concludeReport } from '#shared/domain/scan/conclude.ts'
import { makeScanId } from '#shared/domain/scan/run-name.ts'
import type { Scan } from '#shared/domain/scan/scan.ts'
import { newScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import { needScanning } from './need-scanning.ts'
import type { Station } from './needs.ts'
import { findMachine } from './records.ts'
import { howExamined, remember } from './scan-history.ts'
import { ownerScanKey, scanKey, scannerRunKey } from './scan-records.ts'
import { storeTranslated, summarize } from './scanner-reports.ts'
import { stationIdentity } from './station-identity.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'log' | 'scanning'>

const MOST_MACHINES = 1000

/**
 * Takes a report that some scanner wrote, whole or not at all. `machine`: whose it is; null: each address in it is a machine of its
 * own. It counts for its machines like a scan of ours, with the completeness that the report itself proves.
 * @throws Fault `report_malformed`, `report_too_large`, `name_invalid`, `not_found` for a machine that nobody registered
 */
export async function importReport(
  station: Needs,
  request: { chunks: AsyncIterable<Uint8Array>; machine: string | null; owner: string | null },
): Promise<Scan> {
  const machine = request.machine === null ? null : parseMachineName(request.machine)
  if (machine !== null && (await findMachine(station.table, machine)) === null) {
    throw new Fault('not_found', `There is no machine "${machine}".`)
  }
  const report = await needScanning(station).readReport(request.chunks, machine)
  const names = machine === null ? namesIn(report) : [machine]
  const now = station.clock.now()
  const scan: Scan = {
    id: makeScanId(await stationIdentity(station), now, randomBytes(3).toString('hex')),
    kind: 'import',
    machines: names,
    scanners: [report.scanner],
    owner: request.owner,
    why: 'import',
    requestedAt: now.toISOString(),
    cancelledAt: null,
    endedAt: now.toISOString(),
  }
  const runs: ScannerRun[] = []
  for (const name of names) {
    const own = machine === null ? partOf(report, name) : report
    const run = endedRun(scan, name, own)
    await storeTranslated(station.objects, run, own)
    await station.table.put({ ...scannerRunKey(run), value: run })
    runs.push(run)
  }
  await station.table.write([
    { kind: 'put', ...scanKey(scan.id), value: scan, expect: 'absent' },
    ...(scan.owner === null ? [] : [{ kind: 'put' as const, ...ownerScanKey(scan.owner, scan.id), value: {} }]),
  ])
  for (const run of runs) {
    const endedAt = reportedAt(run) ?? now.toISOString()
    const { id, requestedAt, owner } = scan
    const scanners = [`import:${report.scanner}`]
    const entry = { scan: id, endedAt, requestedAt, owner, scanners, examined: howExamined([run]) }
    await remember(station, run.machine, entry)
  }
  station.log.info('report.imported', { scan: scan.id, scanner: report.scanner, machines: names.length })
  return scan
}

/** Addresses as names of machines; an IPv6 one with its colons as hyphens. */
function namesIn(report: ScannerReport): string[] {
  const names = new Set<string>()
  for (const one of [
    ...report.hosts.map((host) => host.address),
    ...report.findings.map((finding) => finding.machine),
  ]) {
    names.add(nameOf(one))
  }
  if (names.size > MOST_MACHINES)
    throw new Fault('report_too_large', `The report is about more than ${MOST_MACHINES} hosts.`)
  if (names.size === 0) throw new Fault('report_malformed', 'The report is about no host.')
  return [...names]
}

function nameOf(address: string): string {
  const name = address
    .toLowerCase()
    .replaceAll(':', '-')
    .replace(/^-+|-+$/g, '')
  if (MachineName.safeParse(name).success && !name.includes('..')) return name
  throw new Fault('report_malformed', 'A host of the report has no address that could be a name.')
}

function partOf(report: ScannerReport, name: string): ScannerReport {
  return {
    ...report,
    hosts: report.hosts.filter((host) => nameOf(host.address) === name),
    findings: report.findings
      .filter((finding) => nameOf(finding.machine) === name)
      .map((finding) => ({ ...finding, machine: name })),
  }
}

function endedRun(scan: Scan, machine: string, report: ScannerReport): ScannerRun {
  const now = new Date(scan.requestedAt)
  const { version, feedVersion, authenticated, ...seen } = summarize(report, null)
  const run = newScannerRun({ scan: scan.id, machine, scanner: report.scanner, kind: report.scanner, now })
  return {
    ...run,
    phase: 'ended',
    endedAt: scan.requestedAt,
    outcome: concludeReport(run, { ...seen, version, feedVersion, authenticated }),
    startedAt: report.startedAt,
    stoppedAt: report.endedAt,
    version,
    feedVersion,
    authenticated,
    isTranslated: true,
  }
}

/** When the scanner ended, not when its report came here: an old report is old. */
function reportedAt(run: ScannerRun): string | null {
  const at = run.stoppedAt ?? run.startedAt
  if (at === null || Number.isNaN(Date.parse(at))) return null
  return at < run.phaseSince ? new Date(at).toISOString() : run.phaseSince
}
