import { isCi } from './tools.ts'

/** Of all kills, the share of each test: starting a whole station again takes longer than opening its storage. */
const SHARE = { storage: 0.9, station: 0.1 }
const KILLS = isCi() ? 1000 : 100

/** How often a test kills what it tests. `LAZARET_KILLS` sets the sum over all of them, 1,000 in CI and 100 otherwise. */
export function killsOf(what: keyof typeof SHARE): number {
  const wanted = Number(process.env['LAZARET_KILLS'] ?? KILLS)
  return Math.round((Number.isFinite(wanted) ? wanted : KILLS) * SHARE[what])
}
