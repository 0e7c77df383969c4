import { z } from 'zod'

/** What the run of a machine and that of a scanner on it have in common: one record each, advanced by one message at a time. */
export const RunBase = z.object({
  scan: z.string(),
  machine: z.string(),
  /** ISO UTC: since when it is in its phase; when its next step is due; when it ended. */
  phaseSince: z.string(),
  nextAt: z.string(),
  endedAt: z.string().nullable(),
  /** Failures of the phase's call in a row, and what the last one said. */
  failures: z.number(),
  lastFailure: z.string(),
  /** Who is at work on it, and until when others keep away. */
  claim: z.object({ by: z.string(), until: z.string() }).nullable(),
})

/** When and within what a step is taken. */
export interface StepContext<Limits> {
  readonly now: Date
  readonly limits: Limits
  /** Someone wants the scan to end. */
  readonly isCancelled: boolean
}

/** Seconds since an ISO time; never negative, whoever set the clock. */
export function secondsSince(time: string, now: Date): number {
  return Math.max(0, (now.getTime() - Date.parse(time)) / 1000)
}

export function inSeconds(now: Date, seconds: number): string {
  return new Date(now.getTime() + seconds * 1000).toISOString()
}

/** A step that is due, or so far off that the clock must have been set back. */
export function isDueAt(nextAt: string, now: Date): boolean {
  const leftMs = Date.parse(nextAt) - now.getTime()
  return leftMs <= 0 || leftMs > LONGEST_WAIT_MS
}

/** No step is put off for longer. */
export const LONGEST_WAIT_MS = 3_600_000

/**
 * Seconds until what waits looks again: a twentieth of the time that it has waited, 5 to 60. It is woken when what it waits for is
 * there; looking is for the wake that was lost, and hundreds wait at the same time.
 */
export function patienceSeconds(since: string, now: Date): number {
  return Math.min(60, Math.max(5, secondsSince(since, now) / 20))
}
