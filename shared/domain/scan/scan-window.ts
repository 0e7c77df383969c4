import { z } from 'zod'

export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const Time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'must be HH:MM')

/** Hours of the week, UTC. `to` at or before `from` is on the following day. */
export const ScanWindow = z.strictObject({
  /** The days on which it begins. */
  days: z
    .array(z.enum(WEEKDAYS))
    .min(1)
    .default([...WEEKDAYS]),
  from: Time,
  to: Time,
})
export type ScanWindow = z.infer<typeof ScanWindow>

const DAY = 1440

/** Whether a moment lies in one of the windows; always where there are none. */
export function isInWindows(windows: readonly ScanWindow[], now: Date): boolean {
  return windows.length === 0 || windows.some((window) => isIn(window, now))
}

function isIn(window: ScanWindow, now: Date): boolean {
  const minute = now.getUTCHours() * 60 + now.getUTCMinutes()
  const from = minuteOf(window.from)
  const to = minuteOf(window.to)
  const end = to > from ? to : to + DAY
  return (
    (hasDay(window, now.getUTCDay()) && minute >= from && minute < end) ||
    (hasDay(window, (now.getUTCDay() + 6) % 7) && minute + DAY < end)
  )
}

function hasDay(window: ScanWindow, day: number): boolean {
  return window.days.some((name) => name === WEEKDAYS[day])
}

function minuteOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
}
