/** A repeatable source of choices. Equal seeds give equal worlds, on every machine and in every version of Node. */
export interface Random {
  /** A whole number from `low` to `high`, both included. */
  int(low: number, high: number): number
  /** True in about `probability` of the calls. */
  chance(probability: number): boolean
  pick<T>(from: readonly T[]): T
  /** Some of them, each with the probability, in their order. */
  some<T>(from: readonly T[], probability: number): T[]
  shuffle<T>(from: readonly T[]): T[]
  hex(digits: number): string
  /** An independent stream, so that more choices in one part do not change another part. */
  fork(label: string): Random
}

/** Opens a stream by seed (any text). The generator is mulberry32 over an FNV-1a hash of the text. */
export function openRandom(seed: string): Random {
  let state = hashText(seed)

  function next(): number {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))

  function pick<T>(from: readonly T[]): T {
    if (from.length === 0) throw new RangeError('nothing to pick from')
    return from[int(0, from.length - 1)] as T
  }

  function shuffle<T>(from: readonly T[]): T[] {
    const out = [...from]
    for (let i = out.length - 1; i > 0; i--) {
      const j = int(0, i)
      const held = out[i] as T
      out[i] = out[j] as T
      out[j] = held
    }
    return out
  }

  return {
    int,
    chance: (probability) => next() < probability,
    pick,
    some: (from, probability) => from.filter(() => next() < probability),
    shuffle,
    hex: (digits) => Array.from({ length: digits }, () => int(0, 15).toString(16)).join(''),
    fork: (label) => openRandom(`${seed}/${label}`),
  }
}

function hashText(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash | 0
}
