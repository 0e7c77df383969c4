import { Fault } from '../../../fault.ts'
import { hashText, MAX_PROBES } from './list-layout.ts'
import { openNumberList } from './number-list.ts'

// Chunks grow with what there is, so that a small repository costs little.
const [FIRST_CHUNK, LAST_CHUNK] = [4096, 1 << 20]
const MAX_SEEDS = 16

/** Texts, each once, by number in the order of first appearance. */
export interface TextTable {
  /** The number of a text. What is kept of it is a copy of its own. */
  intern(text: string): number
  readonly count: number
  readonly bytes: number
  finish(): { offsets: Uint32Array; chunks: readonly Uint8Array[]; slots: Uint32Array; seed: number }
}

export function openTextTable(): TextTable {
  const numbers = new Map<string, number>()
  const ends = openNumberList()
  const chunks: Uint8Array[] = []
  let chunk = Buffer.alloc(FIRST_CHUNK)
  let used = 0
  let bytes = 0

  /** Writes it into the heap and reads it back: a piece of a larger text would keep all of that alive. */
  const copy = (text: string): string => {
    const most = 3 * text.length
    if (used + most > chunk.length) {
      chunks.push(chunk.subarray(0, used))
      chunk = Buffer.alloc(Math.max(Math.min(LAST_CHUNK, Math.max(FIRST_CHUNK, bytes)), most))
      used = 0
    }
    const from = used
    used += chunk.write(text, used)
    bytes += used - from
    return chunk.toString(used - from === text.length ? 'latin1' : 'utf8', from, used)
  }
  return {
    intern(text) {
      const known = numbers.get(text)
      if (known !== undefined) return known

      const number = numbers.size
      numbers.set(copy(text), number)
      ends.push(bytes)
      return number
    },
    get count() {
      return numbers.size
    },
    get bytes() {
      return bytes
    },
    finish() {
      const offsets = new Uint32Array(numbers.size + 1)
      offsets.set(ends.view(), 1)
      return { offsets, chunks: [...chunks, chunk.subarray(0, used)], ...fillSlots(numbers) }
    },
  }
}

/** A seed for which no text is far from where its search begins. A stranger's texts may be made to collide: then there is none. */
function fillSlots(numbers: ReadonlyMap<string, number>): { slots: Uint32Array; seed: number } {
  let size = 4
  while (size < 2 * numbers.size) size *= 2

  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    const slots = new Uint32Array(size)
    if (place(slots, numbers, seed)) return { slots, seed }
  }
  throw new Fault('repository_refused', 'The repository uses names that are made to collide.')
}

function place(slots: Uint32Array, numbers: ReadonlyMap<string, number>, seed: number): boolean {
  const mask = slots.length - 1
  for (const [text, number] of numbers) {
    let at = hashText(text, seed) & mask
    let probes = 1
    while (slots[at] !== 0) {
      at = (at + 1) & mask
      probes += 1
      if (probes > MAX_PROBES) return false
    }
    slots[at] = number + 1
  }
  return true
}
