import type { Scan } from '#shared/domain/scan/scan.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { getScan, listRuns, scanKey } from './scan-records.ts'
import { advanceJob } from './step-run.ts'

/**
 * Wants a scan to end: what runs is stopped and removed, what was started is put back, and each ends as `cancelled` unless it had
 * ended before. @throws Fault `not_found`
 */
export async function cancelScan(station: Pick<Station, 'table' | 'queue' | 'clock'>, id: string): Promise<Scan> {
  const { value: scan, version } = await getScan(station.table, id)
  if (scan.endedAt !== null || scan.kind === 'import') return scan

  const cancelled = { ...scan, cancelledAt: scan.cancelledAt ?? station.clock.now().toISOString() }
  try {
    await station.table.put({ ...scanKey(id), value: cancelled, expect: version })
  } catch (error) {
    if (!isConflict(error)) throw error
    return cancelScan(station, id)
  }
  const { scanners } = await listRuns(station.table, id)
  const open = scanners.filter((run) => run.endedAt === null)
  if (open.length > 0) await station.queue.send(open.map((run) => advanceJob(run, 0, true)))
  return cancelled
}
