import { z } from 'zod'
import { MACHINE_PHASES } from '#shared/domain/scan/machine-run.ts'
import type { MachineRun } from '#shared/domain/scan/machine-run.ts'
import { Scan } from '#shared/domain/scan/scan.ts'
import { SCANNER_PHASES } from '#shared/domain/scan/scanner-run.ts'
import type { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { howExamined } from './scan-history.ts'
import { findScan, getScan, listRuns, ownerScanKey, scanKey } from './scan-records.ts'

type Needs = Pick<Station, 'table'>

/** One scanner on one machine, as it stands. */
export const ScannerProgress = z.object({
  scanner: z.string(),
  kind: z.string(),
  phase: z.enum(SCANNER_PHASES),
  /** Of the scanner's own run, 0 to 100; null where it says nothing, or has not begun. */
  percent: z.number().nullable(),
  status: z.enum(['under-way', 'done', 'partial', 'failed', 'not-examined', 'cancelled']),
  /** Why it is not `done`, or what the last trouble was. */
  reason: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
})
export const MachineProgress = z.object({
  name: z.string(),
  phase: z.enum(MACHINE_PHASES),
  addresses: z.array(z.string()),
  /** What was done to make it ready; null: nothing yet. */
  plan: z.enum(['in-place', 'start', 'resume', 'copy']).nullable(),
  /** Whether it is back as it was; null: nothing was changed, or not yet. */
  isRestored: z.boolean().nullable(),
  reason: z.string(),
  /** null while a scanner is at work. */
  examined: z.enum(['examined', 'partly', 'not-examined']).nullable(),
  scanners: z.array(ScannerProgress),
})
export const ScanSummary = z.object({ ...Scan.shape, status: z.enum(['under-way', 'ending', 'ended']) })
export type ScanSummary = z.infer<typeof ScanSummary>
export const ScanProgress = z.object({
  schema: z.literal('lazaret.scan/1'),
  ...ScanSummary.shape,
  progress: z.array(MachineProgress),
})
export type ScanProgress = z.infer<typeof ScanProgress>

/** How far a scan is, machine by machine and scanner by scanner. @throws Fault `not_found` */
export async function showScan(station: Needs, id: string): Promise<ScanProgress> {
  const { value: scan } = await getScan(station.table, id)
  const runs = await listRuns(station.table, id)
  const machines = new Map(runs.machines.map((run) => [run.machine, run]))
  const scanners = Map.groupBy(runs.scanners, (run) => run.machine)
  const progress = scan.machines.map((name) => describeMachine(name, machines.get(name), scanners.get(name) ?? []))
  return { schema: 'lazaret.scan/1', ...summarizeScan(scan), progress }
}

export function summarizeScan(scan: Scan): ScanSummary {
  return { ...scan, status: scan.endedAt !== null ? 'ended' : scan.cancelledAt === null ? 'under-way' : 'ending' }
}

function describeMachine(name: string, run: MachineRun | undefined, scanners: readonly ScannerRun[]) {
  const isOver = scanners.every((one) => one.endedAt !== null)
  return {
    name,
    phase: run?.phase ?? 'ended',
    addresses: run?.addresses ?? [],
    plan: run?.plan ?? null,
    isRestored: run?.isRestored ?? null,
    reason: run?.unavailable ?? (run?.failures === 0 ? '' : (run?.lastFailure ?? '')),
    examined: isOver ? howExamined(scanners) : null,
    scanners: scanners.map(describeScanner),
  }
}

function describeScanner(run: ScannerRun): z.infer<typeof ScannerProgress> {
  const { scanner, kind, phase, startedAt, endedAt, outcome } = run
  return {
    scanner,
    kind,
    phase,
    percent: run.runningSince === null ? null : run.stoppedAt === null ? run.progress.percent : 100,
    status: endedAt === null ? 'under-way' : (outcome?.status ?? 'failed'),
    reason: outcome?.reason ?? run.lastFailure,
    startedAt,
    endedAt,
  }
}

/** Scans and imports, the newest first; of one owner, or of everyone (null). */
export async function listScans(
  station: Needs,
  query: { owner: string | null; limit: number; cursor: string | null },
): Promise<{ items: ScanSummary[]; cursor: string | null }> {
  const { partition } = query.owner === null ? scanKey('') : ownerScanKey(query.owner, '')
  const page = await station.table.query({
    partition,
    limit: query.limit,
    ...(query.cursor === null ? {} : { cursor: query.cursor }),
  })
  const scans = await Promise.all(
    page.items.map(async (item) => (query.owner === null ? parseItem(Scan, item) : findScan(station.table, item.sort))),
  )
  return { items: scans.flatMap((found) => (found === null ? [] : [summarizeScan(found.value)])), cursor: page.cursor }
}
