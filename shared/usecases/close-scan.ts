import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { rememberReports } from './scan-history.ts'
import { findScan, listRuns, openScanKey, scanKey } from './scan-records.ts'

type Needs = Pick<Station, 'table' | 'objects' | 'clock' | 'log'>

/**
 * Notes that a scan has ended, once every scanner of every machine has; it is tended until every machine is back as it was, too.
 * Seen twice, it changes nothing.
 */
export async function closeScan(station: Needs, id: string): Promise<void> {
  const found = await findScan(station.table, id)
  if (found === null) return

  const { machines, scanners } = await listRuns(station.table, id)
  if (found.value.endedAt === null) {
    if (scanners.some((run) => run.endedAt === null)) return

    const endedAt = station.clock.now().toISOString()
    await rememberReports(station, { scan: found.value, endedAt, runs: scanners })
    try {
      await station.table.put({ ...scanKey(id), value: { ...found.value, endedAt }, expect: found.version })
      station.log.info('scan.ended', { scan: id, runs: scanners.length })
    } catch (error) {
      if (!isConflict(error)) throw error
      return closeScan(station, id)
    }
  }
  if (machines.every((run) => run.endedAt !== null)) await station.table.delete(openScanKey(id))
}
