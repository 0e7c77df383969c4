import { giveSlotBack, noteAnswer, ScannerState, takeSlot, UNUSED_SCANNER } from '#shared/domain/scan/scanner-state.ts'
import type { ScanLimits } from '#shared/domain/scan/settings.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { scannerStateKey } from './scan-records.ts'

type Needs = Pick<Station, 'table' | 'clock'>

/** Who has a place: one scanner of one machine in one scan. */
export function holderOf(run: { scan: string; machine: string }): string {
  return `${run.scan}/${run.machine}`
}

/** null: the place is had. Else why it is not. */
export async function askForSlot(
  station: Needs,
  run: { scan: string; machine: string; scanner: string },
  slots: number,
): Promise<string | null> {
  let refused: string | null = null
  await change(station, run.scanner, (state) => {
    const taken = takeSlot(state, holderOf(run), { slots, now: station.clock.now() })
    refused = taken.refused
    return taken.state
  })
  return refused
}

export async function leaveSlot(station: Needs, run: { scan: string; machine: string; scanner: string }) {
  await change(station, run.scanner, (state) => giveSlotBack(state, holderOf(run)))
}

/** Notes for the breaker whether a scanner answered. */
export async function noteScannerAnswer(
  station: Needs,
  scanner: string,
  of: { isFailure: boolean; limits: ScanLimits },
): Promise<void> {
  const context = { now: station.clock.now(), limits: of.limits }
  await change(station, scanner, (state) => noteAnswer(state, of.isFailure, context))
}

const TRIES = 20

/** Reads, changes, writes; again when somebody else wrote meanwhile. What does not change is not written. */
async function change(station: Needs, scanner: string, how: (state: ScannerState) => ScannerState): Promise<void> {
  const key = scannerStateKey(scanner)
  for (let tries = 1; ; tries += 1) {
    const found = parseItem(ScannerState, await station.table.get(key))
    const state = found?.value ?? UNUSED_SCANNER
    const next = how(state)
    if (next === state || JSON.stringify(next) === JSON.stringify(state)) return

    try {
      await station.table.put({ ...key, value: next, expect: found?.version ?? 'absent' })
      return
    } catch (error) {
      if (!isConflict(error) || tries >= TRIES) throw error
    }
  }
}
