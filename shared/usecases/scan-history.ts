import type { Scan } from '#shared/domain/scan/scan.ts'
import type { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { History, historyKey } from './scan-records.ts'

type Needs = Pick<Station, 'table'>

const KEPT = 10

/** A machine's last reports, newest first. */
export async function getHistory(station: Needs, machine: string): Promise<History> {
  return parseItem(History, await station.table.get(historyKey(machine)))?.value ?? { reports: [] }
}

/** `examined`: every scanner ended `done`. `partly`: some did, or saw a part. Cancelled, failed and not examined are nothing. */
export function howExamined(runs: readonly Pick<ScannerRun, 'outcome'>[]): History['reports'][number]['examined'] {
  const statuses = runs.map((run) => run.outcome?.status)
  if (statuses.length > 0 && statuses.every((status) => status === 'done')) return 'examined'
  return statuses.some((status) => status === 'done' || status === 'partial') ? 'partly' : 'not-examined'
}

/** Puts a scan that has ended among the last reports of each of its machines. Seen twice, it is there once. */
export async function rememberReports(
  station: Needs,
  of: { scan: Scan; endedAt: string; runs: readonly ScannerRun[] },
): Promise<void> {
  const byMachine = Map.groupBy(of.runs, (run) => run.machine)
  for (const [machine, runs] of byMachine) {
    // What somebody ended says nothing of the machine.
    if (runs.every((run) => run.outcome?.status === 'cancelled')) continue
    const { id, requestedAt, owner } = of.scan
    const scanners = runs.map((run) => run.scanner)
    const entry = { scan: id, endedAt: of.endedAt, requestedAt, owner, scanners, examined: howExamined(runs) }
    await remember(station, machine, entry)
  }
}

export async function remember(station: Needs, machine: string, entry: History['reports'][number]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const found = parseItem(History, await station.table.get(historyKey(machine)))
    const others = (found?.value.reports ?? []).filter((report) => report.scan !== entry.scan)
    const reports = [entry, ...others].toSorted((a, b) => b.endedAt.localeCompare(a.endedAt)).slice(0, KEPT)
    try {
      await station.table.put({ ...historyKey(machine), value: { reports }, expect: found?.version ?? 'absent' })
      return
    } catch (error) {
      if (!isConflict(error) || tries >= 10) throw error
    }
  }
}
