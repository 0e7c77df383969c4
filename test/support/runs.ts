import * as fc from 'fast-check'
import { isCi } from '#test/support/tools.ts'

/** How often a property is tried: 10,000 times in CI, 1,000 times otherwise. `FC_SEED` repeats a run. */
export function runs(): { numRuns: number; seed?: number } {
  const seed = process.env['FC_SEED'] ?? ''
  return { numRuns: isCi() ? 10_000 : 1000, ...(/^-?\d+$/.test(seed) ? { seed: Number(seed) } : {}) }
}

/** Tries a property; '' where it holds, else the counterexample and the seed that finds it again. */
export function counterexample<Tuple>(property: fc.IRawProperty<Tuple, false>): string {
  const { failed, seed, counterexample: found, errorInstance: error } = fc.check(property, runs())
  if (!failed) return ''
  return `seed ${seed}: ${fc.stringify(found)}${error instanceof Error ? `: ${error.message}` : ''}`
}
