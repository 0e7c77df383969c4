import { isFault } from '#shared/domain/fault.ts'
import { Scan } from '#shared/domain/scan/scan.ts'
import { secondsSince } from '#shared/domain/scan/run.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { openScanKey, ownerScanKey, runsOf, scanKey, scanObjects, walkItems } from './scan-records.ts'

type Needs = Pick<Station, 'table' | 'objects' | 'clock' | 'log' | 'scanning'>

/**
 * Forgets scans and imported reports that ended longer ago than they are kept. The scan's record goes last: after a death in the
 * middle the next run does the rest. Returns how many went.
 */
export async function forgetScans(station: Needs): Promise<number> {
  const keptDays = station.scanning?.settings.scanKeptDays
  if (keptDays === undefined) return 0

  let forgotten = 0
  for await (const item of walkItems(station.table, scanKey('').partition)) {
    const scan = parseItem(Scan, item)?.value
    if (scan === undefined || scan.endedAt === null) continue
    if (secondsSince(scan.endedAt, station.clock.now()) <= keptDays * 86_400) continue
    if (await isStillOnItsWay(station, scan.id)) continue

    await forgetScan(station, scan)
    forgotten += 1
  }
  if (forgotten > 0) station.log.info('scans.forgotten', { forgotten })
  return forgotten
}

/** A machine of it is not back yet. */
async function isStillOnItsWay(station: Needs, id: string): Promise<boolean> {
  return (await station.table.get(openScanKey(id))) !== null
}

async function forgetScan(station: Needs, scan: Scan): Promise<void> {
  for await (const key of station.objects.list(scanObjects.folder(scan.id))) await station.objects.delete(key)
  for await (const run of walkItems(station.table, runsOf(scan.id))) await station.table.delete(run)
  if (scan.owner !== null) await station.table.delete(ownerScanKey(scan.owner, scan.id))
  await station.table.delete(scanKey(scan.id))
}

/** What was found, or null where it is forgotten. */
export async function unlessForgotten<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work
  } catch (error) {
    if (isFault(error, 'not_found')) return null
    throw error
  }
}
