import { Fault } from '../../../fault.ts'
import { hashText, MAX_PROBES } from './list-layout.ts'
import { openNumberList } from './number-list.ts'

const FIRST_HEAP = 4096
const FIRST_SLOTS = 64
const MAX_SEEDS = 16

/** Texts, each once, by number in the order of first appearance. Kept as bytes: as strings they would take three times the memory. */
export interface TextTable {
  /** The number of a text; nothing of the text itself is kept. */
  intern(text: string): number
  readonly count: number
  readonly bytes: number
  finish(): { offsets: Uint32Array; bytes: Uint8Array; slots: Uint32Array; seed: number }
}

/** @throws Fault `repository_refused` from `intern`, for texts of a stranger that are made to collide */
export function openTextTable(): TextTable {
  const [ends, hashes] = [openNumberList(), openNumberList()]
  let heap = Buffer.alloc(FIRST_HEAP)
  let used = 0
  let slots = new Uint32Array(FIRST_SLOTS)
  let seed = 1

  const startOf = (number: number) => (number === 0 ? 0 : ends.at(number - 1))
  const append = (text: string): void => {
    const most = 3 * text.length
    if (used + most > heap.length) {
      const grown = Buffer.alloc(Math.max(heap.length + (heap.length >> 1), used + most))
      grown.set(heap.subarray(0, used))
      heap = grown
    }
    used += heap.write(text, used)
  }
  const isText = (number: number, text: string): boolean => {
    const [start, end] = [startOf(number), ends.at(number)]
    if (end - start < text.length) return false
    if (end - start > text.length) return heap.toString('utf8', start, end) === text

    // As many bytes as characters: all of them are ASCII.
    for (let at = 0; at < text.length; at += 1) if (heap[start + at] !== text.charCodeAt(at)) return false
    return true
  }
  /** Where the text is or belongs; -1 where it is too far from where its search begins. */
  const findSlot = (hash: number, text: string | null): number => {
    const mask = slots.length - 1
    for (let probes = 0; probes < MAX_PROBES; probes += 1) {
      const at = (hash + probes) & mask
      const number = (slots[at] ?? 0) - 1
      if (number < 0) return at
      if (text !== null && hashes.at(number) === hash && isText(number, text)) return at
    }
    return -1
  }
  const place = (): boolean => {
    for (let number = 0; number < hashes.length; number += 1) {
      const at = findSlot(hashes.at(number), null)
      if (at < 0) return false
      slots[at] = number + 1
    }
    return true
  }
  /** A table of this size, with the next seed until no text is far from its place. */
  const rebuild = (size: number): void => {
    for (;;) {
      slots = new Uint32Array(size)
      if (place()) return
      if (seed >= MAX_SEEDS) {
        throw new Fault('repository_refused', 'The repository uses names that are made to collide.')
      }
      seed += 1
      for (let number = 0; number < hashes.length; number += 1) {
        hashes.set(number, hashText(heap.toString('utf8', startOf(number), ends.at(number)), seed))
      }
    }
  }

  return {
    intern(text) {
      const hash = hashText(text, seed)
      const at = findSlot(hash, text)
      const number = (slots[at] ?? 0) - 1
      if (at >= 0 && number >= 0) return number

      append(text)
      ends.push(used)
      hashes.push(hash)
      if (at >= 0) slots[at] = hashes.length
      if (at < 0) rebuild(slots.length)
      else if (2 * hashes.length > slots.length) rebuild(2 * slots.length)
      return hashes.length - 1
    },
    get count() {
      return hashes.length
    },
    get bytes() {
      return used
    },
    finish() {
      const offsets = new Uint32Array(ends.length + 1)
      offsets.set(ends.view(), 1)
      return { offsets, bytes: heap.subarray(0, used), slots, seed }
    },
  }
}
