import { crc32 } from 'node:zlib'
import { CHECKSUM_BYTES, COUNTS, HEADER_BYTES, LIST_MAGIC } from './list-layout.ts'
import { distinctNames, numberNames, sortRecords } from '../../refreshing/order-records.ts'

/** Gathers records in the order of an index and writes the stored list. */
export interface ListBuilder {
  /** Room for one record of at most so many bytes. Valid until the next call. */
  reserve(bytes: number): { readonly buffer: Uint8Array; readonly at: number }
  /** Closes the record that ends there; the name is lower case, one character a byte. */
  close(name: string, end: number): void
  /** The record last closed provides this (one character a byte). */
  provide(virtual: string): void
  readonly records: number
  /** Entries of the table of providers so far. */
  readonly providers: number
  finish(): Uint8Array
}

/** An empty list. */
export function openListBuilder(): ListBuilder {
  let heap = new Uint8Array(1 << 16)
  let used = 0
  let providers = 0
  const names: string[] = []
  const ends: number[] = []
  const provided = new Map<string, number[]>()

  return {
    reserve(bytes) {
      if (used + bytes > heap.length) {
        const grown = new Uint8Array(Math.max(heap.length * 2, used + bytes))
        grown.set(heap.subarray(0, used))
        heap = grown
      }
      return { buffer: heap, at: used }
    },
    close(name, end) {
      used = end
      names.push(name)
      ends.push(end)
    },
    provide(virtual) {
      const record = names.length - 1
      const by = provided.get(virtual)
      if (by === undefined) provided.set(virtual, [record])
      else if (by.at(-1) !== record) by.push(record)
      providers += 1
    },
    get records() {
      return names.length
    },
    get providers() {
      return providers
    },
    finish: () => assemble(heap.subarray(0, used), names, ends, provided),
  }
}

function assemble(
  heap: Uint8Array,
  names: readonly string[],
  ends: readonly number[],
  provided: ReadonlyMap<string, readonly number[]>,
): Uint8Array {
  const order = sortRecords(names)
  const { nameOf, unique } = numberNames(names, order)
  const virtuals = [...provided.keys()].toSorted()
  const providers = virtuals.map((virtual) => distinctNames(provided.get(virtual) ?? [], nameOf))
  const [nameText, providedText] = [unique.join(''), virtuals.join('')]

  const counts = [
    unique.length,
    names.length,
    virtuals.length,
    providers.reduce((sum, by) => sum + by.length, 0),
    nameText.length,
    providedText.length,
    heap.length,
  ] as const satisfies { length: typeof COUNTS }
  const numbers = 2 * (unique.length + 1) + 2 * (virtuals.length + 1) + counts[3]
  const bytes = HEADER_BYTES + 4 * numbers + counts[4] + counts[5] + counts[6] + CHECKSUM_BYTES
  const out = Buffer.from(new ArrayBuffer(bytes))

  LIST_MAGIC.copy(out)
  for (const [index, count] of counts.entries()) out.writeUInt32LE(count, LIST_MAGIC.length + 4 * index)
  const table = new Uint32Array(numbers)
  let at = writeOffsets(table, 0, unique, sizeOfText)
  const recordOffsets = at
  at = writeOffsets(table, at + unique.length + 1, virtuals, sizeOfText)
  at = writeOffsets(table, at, providers, (by) => by.length)
  for (const by of providers) {
    table.set(by, at)
    at += by.length
  }

  let to = HEADER_BYTES + 4 * numbers
  to += out.write(nameText, to, 'latin1')
  to += out.write(providedText, to, 'latin1')
  copyRecords(out.subarray(to), heap, ends, order)
  fillRecordOffsets(table.subarray(recordOffsets), { ends, order, nameOf })
  writeNumbers(out, table)
  out.writeUInt32LE(crc32(out.subarray(0, -CHECKSUM_BYTES)), bytes - CHECKSUM_BYTES)
  return out
}

/** Characters are bytes here: names were read as Latin-1. */
function sizeOfText(text: string): number {
  return text.length
}

/** Running sums of the sizes, beginning with 0. Where the next section begins. */
function writeOffsets<T>(
  table: Uint32Array,
  start: number,
  things: readonly T[],
  sizeOf: (thing: T) => number,
): number {
  let offset = 0
  let at = start + 1
  for (const thing of things) {
    offset += sizeOf(thing)
    table[at] = offset
    at += 1
  }
  return at
}

/** Records that follow one another in the index and in the list are copied in one go. */
function copyRecords(to: Buffer, heap: Uint8Array, ends: readonly number[], order: readonly number[]): void {
  let at = 0
  let index = 0
  while (index < order.length) {
    const first = order[index] ?? 0
    let last = first
    for (index += 1; order[index] === last + 1; index += 1) last += 1

    const bytes = heap.subarray(first === 0 ? 0 : ends[first - 1], ends[last])
    to.set(bytes, at)
    at += bytes.length
  }
}

function fillRecordOffsets(
  offsets: Uint32Array,
  from: { ends: readonly number[]; order: readonly number[]; nameOf: Uint32Array },
): void {
  let at = 0
  for (const record of from.order) {
    at += (from.ends[record] ?? 0) - (record === 0 ? 0 : (from.ends[record - 1] ?? 0))
    offsets[(from.nameOf[record] ?? 0) + 1] = at
  }
}

/** Little-endian whatever the machine. */
function writeNumbers(out: Buffer, table: Uint32Array): void {
  const bytes = Buffer.from(table.buffer)
  if (IS_BIG_ENDIAN) bytes.swap32()
  bytes.copy(out, HEADER_BYTES)
}

const IS_BIG_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 0
