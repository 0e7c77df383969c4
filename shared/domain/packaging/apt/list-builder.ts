import { COUNTS, HEADER_BYTES, LIST_MAGIC } from './list-layout.ts'

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
  let heap = new Uint8Array(1 << 20)
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
  const { order, nameOf, unique } = sortNames(names)
  const virtuals = [...provided.keys()].toSorted()
  const providers = virtuals.map((virtual) => distinctNames(provided.get(virtual) ?? [], nameOf))

  const counts = [
    unique.length,
    names.length,
    virtuals.length,
    providers.reduce((sum, by) => sum + by.length, 0),
    totalLength(unique),
    totalLength(virtuals),
    heap.length,
  ] as const satisfies { length: typeof COUNTS }
  const offsets = 2 * (unique.length + 1) + 2 * (virtuals.length + 1) + counts[3]
  const out = Buffer.allocUnsafe(HEADER_BYTES + 4 * offsets + counts[4] + counts[5] + counts[6])

  LIST_MAGIC.copy(out)
  let at = LIST_MAGIC.length
  for (const count of counts) at = out.writeUInt32LE(count, at)
  at = writeOffsets(out, at, unique, (name) => name.length)
  const recordOffsets = at
  at += 4 * (unique.length + 1)
  at = writeOffsets(out, at, virtuals, (virtual) => virtual.length)
  at = writeOffsets(out, at, providers, (by) => by.length)
  for (const by of providers) for (const name of by) at = out.writeUInt32LE(name, at)
  for (const name of unique) at += out.write(name, at, 'latin1')
  for (const virtual of virtuals) at += out.write(virtual, at, 'latin1')
  writeRecords(out, at, { heap, ends, order, nameOf, recordOffsets })
  return out
}

/** Records in the order of their names (equal names as they came), the index of each record's name, and the names once each. */
function sortNames(names: readonly string[]): { order: number[]; nameOf: Uint32Array; unique: string[] } {
  const order = names.map((_, index) => index)
  order.sort((a, b) => {
    const [left, right] = [names[a] ?? '', names[b] ?? '']
    if (left === right) return a - b

    return left < right ? -1 : 1
  })

  const nameOf = new Uint32Array(names.length)
  const unique: string[] = []
  for (const record of order) {
    const name = names[record] ?? ''
    if (unique.at(-1) !== name) unique.push(name)
    nameOf[record] = unique.length - 1
  }
  return { order, nameOf, unique }
}

function distinctNames(records: readonly number[], nameOf: Uint32Array): number[] {
  if (records.length === 1) return [nameOf[records[0] ?? 0] ?? 0]

  return [...new Set(records.map((record) => nameOf[record] ?? 0))].toSorted((a, b) => a - b)
}

/** Characters are bytes here: names were read as Latin-1. */
function totalLength(texts: readonly string[]): number {
  let total = 0
  for (const text of texts) total += text.length
  return total
}

function writeOffsets<T>(out: Buffer, start: number, things: readonly T[], sizeOf: (thing: T) => number): number {
  let offset = 0
  let at = out.writeUInt32LE(0, start)
  for (const thing of things) {
    offset += sizeOf(thing)
    at = out.writeUInt32LE(offset, at)
  }
  return at
}

function writeRecords(
  out: Buffer,
  start: number,
  from: {
    heap: Uint8Array
    ends: readonly number[]
    order: readonly number[]
    nameOf: Uint32Array
    recordOffsets: number
  },
): void {
  let at = start
  out.writeUInt32LE(0, from.recordOffsets)
  for (const record of from.order) {
    const begin = record === 0 ? 0 : (from.ends[record - 1] ?? 0)
    const bytes = from.heap.subarray(begin, from.ends[record])
    out.set(bytes, at)
    at += bytes.length
    out.writeUInt32LE(at - start, from.recordOffsets + 4 * ((from.nameOf[record] ?? 0) + 1))
  }
}
