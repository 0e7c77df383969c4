import { isInWindows } from '#shared/domain/scan/scan-window.ts'
import { secondsSince } from '#shared/domain/scan/run.ts'
import { isFault } from '#shared/domain/fault.ts'
import { closeScan } from './close-scan.ts'
import { walkMachines } from './list-machines.ts'
import type { Station } from './needs.ts'
import { MOST_MACHINES, requestScan } from './request-scan.ts'
import { getHistory } from './scan-history.ts'
import { getScan, listRuns, openScanKey, walkItems } from './scan-records.ts'
import { advanceJob } from './step-run.ts'

/** A step that is overdue for so long has lost its message. */
const OVERDUE_SECONDS = 120

/**
 * Sees to it that every scan ends: queues again what is overdue, and machines that are still on their way back. Then asks for the
 * scans that the schedule wants now. Returns how many messages were lost.
 */
export async function tendScans(station: Station): Promise<number> {
  const now = station.clock.now()
  let lost = 0
  for await (const { sort: id } of walkItems(station.table, openScanKey('').partition)) {
    const runs = await listRuns(station.table, id)
    const open = [...runs.machines, ...runs.scanners].filter((run) => run.endedAt === null)
    const overdue = open.filter(
      (run) => secondsSince(run.nextAt, now) > OVERDUE_SECONDS && secondsSince(run.claim?.until ?? run.nextAt, now) > 0,
    )
    const jobs = overdue.map((run) => advanceJob({ scanner: null, ...run }))
    if (jobs.length > 0) await station.queue.send(jobs)
    lost += jobs.length
    if (runs.scanners.every((run) => run.endedAt !== null)) await closeIfOver(station, id)
  }
  if (lost > 0) station.log.warn('scan.steps-overdue', { lost })
  await askForScheduled(station)
  return lost
}

async function closeIfOver(station: Station, id: string): Promise<void> {
  try {
    await closeScan(station, id)
  } catch (error) {
    station.log.error('scan.not-closed', { scan: id, reason: String(error) })
  }
}

/** Machines whose last report is older than the schedule wants, in scans of their own, inside the windows. */
async function askForScheduled(station: Station): Promise<void> {
  const settings = station.scanning?.settings
  const schedule = settings?.scanSchedule
  const now = station.clock.now()
  if (schedule == null || station.scanning?.scanners.size === 0) return
  if (!isInWindows(settings?.scanWindows ?? [], now)) return

  const busy = await machinesUnderWay(station)
  const due: string[] = []
  for await (const machines of walkMachines(station, null)) {
    for (const { name } of machines) {
      const isMeant = schedule.machines?.includes(name) ?? true
      if (!isMeant || busy.has(name) || due.length >= MOST_MACHINES) continue

      const last = (await getHistory(station, name)).reports[0]
      // What came to nothing is tried again sooner.
      const days = last?.examined === 'examined' ? schedule.everyDays : Math.min(schedule.everyDays, 1)
      if (last === undefined || secondsSince(last.endedAt, now) >= days * 86_400) due.push(name)
    }
  }
  if (due.length === 0) return

  const machines = due.map((name) => ({ name, addresses: [] }))
  const { scanners } = schedule
  try {
    await requestScan(station, { machines, owner: null, why: 'schedule', ...(scanners !== undefined && { scanners }) })
  } catch (error) {
    // A machine was forgotten in between, or the schedule names a scanner that is not there.
    if (!isFault(error, 'not_found')) throw error
    station.log.error('scan.not-scheduled', { reason: error.message })
  }
}

async function machinesUnderWay(station: Station): Promise<Set<string>> {
  const busy = new Set<string>()
  for await (const { sort: id } of walkItems(station.table, openScanKey('').partition)) {
    for (const name of (await getScan(station.table, id)).value.machines) busy.add(name)
  }
  return busy
}
