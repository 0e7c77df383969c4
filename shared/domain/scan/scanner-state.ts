import { z } from 'zod'
import type { ScanLimits } from './settings.ts'

/** What all scans share of one scanner: who has a place on it, and whether it fails all the time. */
export const ScannerState = z.object({
  /** Who has a place, as `scan/machine`. */
  holders: z.array(z.string()),
  /** Failures in a row. */
  failures: z.number(),
  /** Left alone until then. */
  openUntil: z.string().nullable(),
})
export type ScannerState = z.infer<typeof ScannerState>

export const UNUSED_SCANNER: ScannerState = { holders: [], failures: 0, openUntil: null }

/** A place for `holder`, who may have one already; else why there is none. */
export function takeSlot(
  state: ScannerState,
  holder: string,
  context: { slots: number; now: Date },
): { readonly state: ScannerState; readonly refused: string | null } {
  if (state.holders.includes(holder)) return { state, refused: null }

  if (isOpen(state, context.now)) return { state, refused: 'It failed several times in a row and is left alone.' }
  if (state.holders.length >= Math.max(1, context.slots)) return { state, refused: 'Every place on it is taken.' }
  return { state: { ...state, holders: [...state.holders, holder] }, refused: null }
}

export function giveSlotBack(state: ScannerState, holder: string): ScannerState {
  return { ...state, holders: state.holders.filter((one) => one !== holder) }
}

/** A success closes the breaker; enough failures in a row open it. */
export function noteAnswer(
  state: ScannerState,
  isFailure: boolean,
  context: { now: Date; limits: Pick<ScanLimits, 'breakerFailures' | 'breakerSeconds'> },
): ScannerState {
  if (!isFailure) return state.failures === 0 ? state : { ...state, failures: 0, openUntil: null }

  const failures = state.failures + 1
  const { breakerFailures, breakerSeconds } = context.limits
  if (failures < breakerFailures) return { ...state, failures }
  return { ...state, failures, openUntil: new Date(context.now.getTime() + breakerSeconds * 1000).toISOString() }
}

/** A clock that was set back does not keep it open for longer than a day. */
function isOpen(state: ScannerState, now: Date): boolean {
  if (state.openUntil === null) return false

  const leftMs = Date.parse(state.openUntil) - now.getTime()
  return leftMs > 0 && leftMs < 86_400_000
}
