import { parseMachineName } from '#shared/domain/machine.ts'
import type { Machine } from '#shared/domain/machine.ts'
import type { LevelCounts } from '#shared/domain/report/report.ts'
import { secondsSince } from '#shared/domain/scan/run.ts'
import type { ScannedMachine, Verdict } from '#shared/domain/verdict.ts'
import { unlessForgotten } from './forget-scans.ts'
import { judgeMachine } from './judge-machine.ts'
import { needScanning } from './need-scanning.ts'
import type { Station } from './needs.ts'
import { findMachine } from './records.ts'
import { requestScan } from './request-scan.ts'
import { getHistory } from './scan-history.ts'
import { findScan, openScanKey, walkItems } from './scan-records.ts'
import { getMachineReport } from './scan-report.ts'

export type RequiredScan =
  | { readonly status: 'judged'; readonly verdict: Verdict }
  /** Ask again when this scan has ended. */
  | { readonly status: 'scanning'; readonly scan: string }

/** A scan that came to nothing is not repeated for every question of a gate. */
const RETRY_SECONDS = 900

/**
 * The verdict with the findings of a report that is new enough. Where there is none, a scan is under way when this returns. A machine
 * that nobody registered is judged at once; one that no scanner could look at a moment ago, too: as not examined.
 * @throws Fault `name_invalid`, `request_invalid` where no scanner is configured
 */
export async function judgeWithScan(
  station: Station,
  rawName: string,
  options: { withinSeconds?: number } = {},
): Promise<RequiredScan> {
  const name = parseMachineName(rawName)
  const machine = (await findMachine(station.table, name))?.value
  if (machine === undefined) {
    return { status: 'judged', verdict: await judgeMachine(station, name, options) }
  }

  needScanning(station)
  const scanned = await findRecent(station, machine)
  if (scanned !== null) return { status: 'judged', verdict: await judgeMachine(station, name, { ...options, scanned }) }

  const open = await findOpen(station, name)
  if (open !== null) return { status: 'scanning', scan: open }

  const scan = await requestScan(station, { machines: [{ name, addresses: [] }], owner: null, why: 'gate' })
  return { status: 'scanning', scan: scan.id }
}

/**
 * The last report in which every scanner that the station drives was asked to look; where it drives none, the last one that an
 * administrator imported. Findings of newer ones, by fewer scanners or imported by whomever, count as well; that they found nothing
 * does not. What was asked for before the machine was registered is about another one of its name.
 */
async function findRecent(station: Station, { name: machine, registeredAt }: Machine): Promise<ScannedMachine | null> {
  const now = station.clock.now()
  const maxSeconds = station.settings.policy.scanMaxAgeDays * 86_400
  const required = [...needScanning(station).scanners.values()].filter((one) => one.abilities.control)
  const known = (await getHistory(station, machine)).reports
  const reports = known.filter((report) => report.requestedAt >= registeredAt)
  const at = reports.findIndex((report) =>
    required.length === 0 ? report.owner === null : required.every(({ id }) => report.scanners.includes(id)),
  )
  const last = reports[at]
  if (last === undefined) return null

  const isLookedAt = last.examined === 'examined'
  if (secondsSince(last.endedAt, now) > (isLookedAt ? maxSeconds : RETRY_SECONDS)) return null

  const read = (scan: string) => unlessForgotten(getMachineReport(station, scan, machine))
  const report = await read(last.scan)
  if (report === null) return null

  const newer = await Promise.all(reports.slice(0, at).map(({ scan }) => read(scan)))
  return {
    id: last.scan,
    endedAt: last.endedAt,
    // The worse of what the scan and its report say.
    examined: isLookedAt && report.examined !== 'examined' ? report.examined : last.examined,
    reasons: report.examinations.filter((one) => one.status !== 'done').map((one) => `${one.scanner}: ${one.reason}`),
    counts: highest([report, ...newer].flatMap((one) => (one === null ? [] : [one.counts]))),
  }
}

function highest(counts: readonly LevelCounts[]): LevelCounts {
  const most = (level: keyof LevelCounts) => Math.max(...counts.map((one) => one[level]))
  return {
    critical: most('critical'),
    high: most('high'),
    medium: most('medium'),
    low: most('low'),
    info: most('info'),
  }
}

async function findOpen(station: Station, machine: string): Promise<string | null> {
  for await (const { sort: id } of walkItems(station.table, openScanKey('').partition)) {
    const found = await findScan(station.table, id)
    const { machines = [], endedAt = null, cancelledAt = null } = found?.value ?? {}
    if (machines.includes(machine) && endedAt === null && cancelledAt === null) return id
  }
  return null
}
