import { createHash } from 'node:crypto'

const FIRST_SECONDS = 5
const LONGEST_SECONDS = 900

/** A number in [0, 1), the same for the same seed. */
export function jitter(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32
}

/** Seconds until the next try after `failures` in a row: doubling from 5 to 900, a part of it drawn from the seed. */
export function backOffSeconds(failures: number, seed: string): number {
  const full = Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** Math.min(20, Math.max(0, failures - 1)))
  return Math.ceil(full * (0.5 + jitter(`${seed} ${failures}`) / 2))
}
