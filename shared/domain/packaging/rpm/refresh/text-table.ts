import { Fault } from '../../../fault.ts'
import { hashBytes, MAX_PROBES } from './list-layout.ts'
import { openNumberList } from './number-list.ts'
import type { PendingTexts } from './pending-texts.ts'

const FIRST_HEAP = 4096
const FIRST_SLOTS = 64
const MAX_SEEDS = 16
// Shorter ones are copied byte by byte faster than by a call.
const SHORT_BYTES = 64
// What a slot holds: hash, number + 1 (0: free), start and end in the heap. Side by side, as each look elsewhere waits for the memory.
const [SLOT, NUMBER, START, END] = [4, 1, 2, 3]

/** Texts, each once, by number in the order of first appearance. Kept as bytes: as strings they would take three times the memory. */
export interface TextTable {
  /** The number of a text; nothing of the text itself is kept. */
  intern(text: string): number
  /** The same of many texts, whose numbers are filled in. */
  internAll(texts: PendingTexts): void
  /** What hashes begin with; another one after any text that came too close to others. */
  readonly seed: number
  /** The text of a number that was given out. */
  textAt(number: number): string
  readonly count: number
  readonly bytes: number
  /** The table is not to be used after that. */
  finish(): {
    offsets: Uint32Array<ArrayBuffer>
    bytes: Uint8Array<ArrayBuffer>
    slots: Uint32Array<ArrayBuffer>
    seed: number
  }
}

/** @throws Fault `repository_refused` from its functions, for texts of a stranger that are made to collide */
export function openTextTable(): TextTable {
  const ends = openNumberList()
  let heap = new Uint8Array(FIRST_HEAP)
  let used = 0
  let slots = new Uint32Array(SLOT * FIRST_SLOTS)
  let seed = 1
  let scratch = Buffer.alloc(0)

  const append = (bytes: Uint8Array, from: number, end: number): void => {
    const next = used + end - from
    // Here too the old memory is given back at once.
    if (next > heap.length)
      heap = new Uint8Array(heap.buffer.transfer(Math.max(heap.length + (heap.length >> 1), next)))
    if (end - from > SHORT_BYTES) heap.set(bytes.subarray(from, end), used)
    else for (let at = from, to = used; at < end; at += 1, to += 1) heap[to] = bytes[at] ?? 0
    used = next
    ends.push(next)
  }
  const isText = (slot: number, bytes: Uint8Array, from: number, end: number): boolean => {
    const start = slots[slot + START] ?? 0
    if ((slots[slot + END] ?? 0) - start !== end - from) return false

    for (let at = from, other = start; at < end; at += 1, other += 1) if (heap[other] !== bytes[at]) return false
    return true
  }
  /** A free slot near where the hash points to; -1 where there is none. */
  const findFree = (hash: number): number => {
    const mask = slots.length - 1
    let at = (hash << 2) & mask
    for (let probes = 0; probes < MAX_PROBES; probes += 1, at = (at + SLOT) & mask) {
      if (slots[at + NUMBER] === 0) return at
    }
    return -1
  }
  const put = (at: number, hash: number, number: number): void => {
    slots[at] = hash
    slots[at + NUMBER] = number + 1
    slots[at + START] = number === 0 ? 0 : ends.at(number - 1)
    slots[at + END] = ends.at(number)
  }
  /** Takes over what another table has. */
  const takeOver = (old: Uint32Array): boolean => {
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from + NUMBER] === 0) continue
      const at = findFree(old[from] ?? 0)
      if (at < 0) return false
      for (let field = 0; field < SLOT; field += 1) slots[at + field] = old[from + field] ?? 0
    }
    return true
  }
  const placeAll = (): boolean => {
    for (let number = 0; number < ends.length; number += 1) {
      const hash = hashBytes(heap, number === 0 ? 0 : ends.at(number - 1), ends.at(number), seed)
      const at = findFree(hash)
      if (at < 0) return false
      put(at, hash, number)
    }
    return true
  }
  /** The next seed, and the next one, until no text is far from its place. */
  const reseed = (): void => {
    do {
      if (seed >= MAX_SEEDS) {
        throw new Fault('repository_refused', 'The repository uses names that are made to collide.')
      }
      seed += 1
      slots.fill(0)
    } while (!placeAll())
  }
  const enlarge = (): void => {
    const old = slots
    slots = new Uint32Array(2 * old.length)
    const isPlaced = takeOver(old)
    // Given back at once, not when it is found to be garbage.
    old.buffer.transfer(0)
    if (!isPlaced) reseed()
  }
  const internHashed = (bytes: Uint8Array, from: number, end: number, hash: number): number => {
    const mask = slots.length - 1
    let at = (hash << 2) & mask
    for (let probes = 0; probes < MAX_PROBES; probes += 1, at = (at + SLOT) & mask) {
      const number = (slots[at + NUMBER] ?? 0) - 1
      if (number < 0) {
        append(bytes, from, end)
        put(at, hash, ends.length - 1)
        if (2 * SLOT * ends.length > slots.length) enlarge()
        return ends.length - 1
      }
      if (slots[at] === hash && isText(at, bytes, from, end)) return number
    }
    append(bytes, from, end)
    reseed()
    return ends.length - 1
  }
  /** Asks for all that will be looked at: the memory answers many questions in the time of one. */
  const fetch = (texts: PendingTexts): number => {
    const { count, hashes } = texts
    const mask = slots.length - 1
    let sum = 0
    for (let index = 0; index < count; index += 1) sum += slots[(((hashes[index] ?? 0) << 2) & mask) + START] ?? 0
    for (let index = 0; index < count; index += 1)
      sum += heap[slots[(((hashes[index] ?? 0) << 2) & mask) + START] ?? 0] ?? 0
    return sum
  }

  return {
    intern(text) {
      if (scratch.length < 3 * text.length) scratch = Buffer.alloc(3 * text.length + 256)
      const length = scratch.write(text)
      return internHashed(scratch, 0, length, hashBytes(scratch, 0, length, seed))
    },
    internAll(texts) {
      // Never below zero; asked, so that no compiler leaves the reading out as useless.
      if (fetch(texts) < 0) return
      const { count, hashes, starts, ends: stops, numbers } = texts
      for (let index = 0; index < count; index += 1) {
        const [source, from, end] = [texts.sourceOf(index), starts[index] ?? 0, stops[index] ?? 0]
        const hash = seed === texts.seed ? (hashes[index] ?? 0) : hashBytes(source, from, end, seed)
        numbers[index] = internHashed(source, from, end, hash)
      }
    },
    get seed() {
      return seed
    },
    textAt: (number) => Buffer.from(heap.subarray(number === 0 ? 0 : ends.at(number - 1), ends.at(number))).toString(),
    get count() {
      return ends.length
    },
    get bytes() {
      return used
    },
    finish() {
      const offsets = new Uint32Array(ends.length + 1)
      offsets.set(ends.view(), 1)
      const numbers = new Uint32Array(slots.length / SLOT)
      for (let at = 0; at < numbers.length; at += 1) numbers[at] = slots[SLOT * at + NUMBER] ?? 0
      slots.buffer.transfer(0)
      return { offsets, bytes: heap.subarray(0, used), slots: numbers, seed }
    },
  }
}
