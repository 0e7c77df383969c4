import { readFileSync } from 'node:fs'

/**
 * For `node --import`: the clock of this process is off by as many milliseconds as the file named in CLOCK_SHIFT says, at each moment.
 * Timers go on as before, as they do when a clock is set.
 */
const file = process.env['CLOCK_SHIFT'] ?? ''
const right = Date
const now = () => right.now() + Number(readFileSync(file, 'utf8'))

globalThis.Date = new Proxy(right, {
  construct: (target, given, made) => Reflect.construct(target, given.length === 0 ? [now()] : given, made) as Date,
  get: (target, key) => (key === 'now' ? now : (Reflect.get(target, key) as unknown)),
})
