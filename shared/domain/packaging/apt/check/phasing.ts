import { Buffer } from 'node:buffer'

/**
 * Phased updates: a version offered to some machines first. apt draws a number from source, version and machine-id, and defers
 * the version when it is greater than its Phased-Update-Percentage. The draw is the standard library's of C++ – `seed_seq`,
 * `minstd_rand`, `uniform_int_distribution(0, 100)` as libstdc++ has them – so it is portable arithmetic.
 */

const MODULUS = 2_147_483_647
const MULTIPLIER = 48_271
const OUTCOMES = 101
const SCALING = Math.floor((MODULUS - 2) / OUTCOMES)

/** 0 to 100 for a seed of the form `source-sourceVersion-machineId`. */
export function drawPhase(seed: string): number {
  let state = seedState(seed)
  for (;;) {
    // Below 2^31 × 2^16: exact in a double.
    state = (state * MULTIPLIER) % MODULUS
    if (state - 1 < OUTCOMES * SCALING) return Math.floor((state - 1) / SCALING)
  }
}

/** The last of the four words that `seed_seq` makes of the bytes, reduced as the engine does; never 0. */
function seedState(seed: string): number {
  const bytes = Buffer.from(seed, 'utf8')
  const words = 4
  const x = new Uint32Array(words).fill(0x8b8b8b8b)
  const rounds = Math.max(bytes.length + 1, words)

  for (let k = 0; k < rounds; k += 1) {
    const spread = Math.imul(1_664_525, mix(x[k % words]! ^ x[(k + 1) % words]! ^ x[(k + words - 1) % words]!)) >>> 0
    // A char is signed: bytes above 127 are extended with ones, which >>> 0 shows.
    const added = k === 0 ? bytes.length : k <= bytes.length ? (k % words) + ((bytes[k - 1]! << 24) >> 24) : k % words
    const stored = (spread + added) >>> 0
    x[(k + 1) % words]! += spread
    x[(k + 2) % words]! += stored
    x[k % words] = stored
  }
  for (let k = rounds; k < rounds + words; k += 1) {
    const sum = (x[k % words]! + x[(k + 1) % words]! + x[(k + words - 1) % words]!) >>> 0
    const spread = Math.imul(1_566_083_941, mix(sum)) >>> 0
    const stored = (spread - (k % words)) >>> 0
    x[(k + 1) % words]! ^= spread
    x[(k + 2) % words]! ^= stored
    x[k % words] = stored
  }
  return x[3]! % MODULUS || 1
}

function mix(word: number): number {
  return (word ^ (word >>> 27)) >>> 0
}
