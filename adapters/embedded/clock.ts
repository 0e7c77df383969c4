import type { Clock } from '#shared/ports/clock.ts'

/** The machine's own time. */
export const SYSTEM_CLOCK: Clock = { now: () => new Date() }
