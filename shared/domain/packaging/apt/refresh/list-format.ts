import { crc32 } from 'node:zlib'
import { Fault } from '../../../fault.ts'
import { CHECKSUM_BYTES, COUNTS, HEADER_BYTES, LIST_MAGIC, RECORD_FIELDS } from './list-layout.ts'
import type { AptList, AptOffer } from '../model.ts'
import { readRecords } from './read-records.ts'

// More than a check ever asks for; a stranger's inventory cannot make the cache grow beyond it.
const MAX_CACHED_NAMES = 200_000

/** Raw access for comparing two lists: names in byte order, and the bytes of their records. */
export interface ListTable {
  readonly names: number
  nameAt(index: number): Buffer
  recordsAt(index: number): Buffer
}

const TABLES = new WeakMap<object, ListTable>()

/** The table under a list that `openAptList` made; null for any other. */
export function findTable(list: object): ListTable | null {
  return TABLES.get(list) ?? null
}

/**
 * Opens a stored list. Nothing is copied or parsed before it is asked for; a look-up is a binary search the first time and a map's
 * after that. The checksum and the frame are checked here; each look-up checks what it touches.
 * @throws Fault `data_damaged`, also from the look-ups
 */
export function openAptList(bytes: Uint8Array): AptList {
  const layout = readLayout(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const cache = new Map<string, readonly AptOffer[]>()
  const providers = new Map<string, readonly string[]>()

  const list: AptList = {
    packages: layout.records,
    find: (name) => cache.get(name) ?? remember(cache, name, findOffers(layout, name)),
    findProviders: (virtual) =>
      providers.get(virtual) ?? remember(providers, virtual, findProviderNames(layout, virtual)),
    *names() {
      for (let index = 0; index < layout.names.count; index += 1) yield textAt(layout, layout.names, index)
    },
  }
  TABLES.set(list, {
    names: layout.names.count,
    nameAt: (index) => sliceAt(layout, layout.names, index),
    recordsAt: (index) => sliceAt(layout, layout.recordsByName, index),
  })
  return list
}

function remember<T>(known: Map<string, T>, key: string, value: T): T {
  if (known.size >= MAX_CACHED_NAMES) known.clear()
  known.set(key, value)
  return value
}

/** Slices of bytes by number: `count + 1` offsets at `offsets`, into the bytes that start at `heap`. */
interface Slices {
  readonly count: number
  readonly offsets: number
  readonly heap: number
  readonly heapBytes: number
}

interface Layout {
  readonly file: Buffer
  /** Of the same bytes: numbers are read through it, several times faster than through a buffer. */
  readonly numbers: DataView
  readonly records: number
  readonly names: Slices
  readonly recordsByName: Slices
  readonly provided: Slices
  /** Counted in providers, not in bytes. */
  readonly providersByProvided: Slices
}

function readLayout(file: Buffer): Layout {
  if (file.length < HEADER_BYTES || LIST_MAGIC.compare(file, 0, LIST_MAGIC.length) !== 0) throw damaged('its beginning')

  const counts = Array.from({ length: COUNTS }, (_, index) => file.readUInt32LE(LIST_MAGIC.length + 4 * index))
  const [names = 0, records = 0, provided = 0, providers = 0, nameBytes = 0, providedBytes = 0, recordBytes = 0] =
    counts

  const nameOffsets = HEADER_BYTES
  const recordOffsets = nameOffsets + 4 * (names + 1)
  const providedOffsets = recordOffsets + 4 * (names + 1)
  const providerOffsets = providedOffsets + 4 * (provided + 1)
  const providerHeap = providerOffsets + 4 * (provided + 1)
  const nameHeap = providerHeap + 4 * providers
  const providedHeap = nameHeap + nameBytes
  const recordHeap = providedHeap + providedBytes
  const end = recordHeap + recordBytes
  if (end + CHECKSUM_BYTES !== file.length || records < names) throw damaged('its length')
  if (crc32(file.subarray(0, end)) !== file.readUInt32LE(end)) throw damaged('its checksum')

  return {
    file,
    numbers: new DataView(file.buffer, file.byteOffset, file.byteLength),
    records,
    names: { count: names, offsets: nameOffsets, heap: nameHeap, heapBytes: nameBytes },
    recordsByName: { count: names, offsets: recordOffsets, heap: recordHeap, heapBytes: recordBytes },
    provided: { count: provided, offsets: providedOffsets, heap: providedHeap, heapBytes: providedBytes },
    providersByProvided: { count: provided, offsets: providerOffsets, heap: providerHeap, heapBytes: providers },
  }
}

const NO_OFFERS: readonly AptOffer[] = []

function findOffers(layout: Layout, name: string): readonly AptOffer[] {
  const index = search(layout, layout.names, name)
  if (index < 0) return NO_OFFERS

  const offers = readRecords(name, textAt(layout, layout.recordsByName, index))
  if (offers === null) throw damaged(`the records of a name, which are not ${RECORD_FIELDS.length} lines each`)

  return offers
}

function findProviderNames(layout: Layout, virtual: string): readonly string[] {
  const index = search(layout, layout.provided, virtual)
  if (index < 0) return []

  const [start, end] = boundsAt(layout, layout.providersByProvided, index)
  const found: string[] = []
  for (let at = start; at < end; at += 1) {
    const name = layout.numbers.getUint32(layout.providersByProvided.heap + 4 * at, true)
    if (name >= layout.names.count) throw damaged('its providers')

    found.push(textAt(layout, layout.names, name))
  }
  return found
}

/** Index of the slice that is this text, -1 where there is none. */
function search(layout: Layout, slices: Slices, text: string): number {
  const wanted = isAscii(text) ? text : Buffer.from(text).toString('latin1')
  let low = 0
  let high = slices.count - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const order = compareSlice(layout, slices, middle, wanted)
    if (order === 0) return middle
    if (order < 0) low = middle + 1
    else high = middle - 1
  }
  return -1
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 127) return false
  return true
}

/** Sign of slice against text, of which every character is a byte. */
function compareSlice(layout: Layout, slices: Slices, index: number, wanted: string): number {
  const [start, end] = boundsAt(layout, slices, index)
  const length = Math.min(end - start, wanted.length)
  for (let at = 0; at < length; at += 1) {
    const difference = (layout.file[slices.heap + start + at] ?? 0) - wanted.charCodeAt(at)
    if (difference !== 0) return difference
  }
  return end - start - wanted.length
}

function boundsAt(layout: Layout, slices: Slices, index: number): [start: number, end: number] {
  const start = layout.numbers.getUint32(slices.offsets + 4 * index, true)
  const end = layout.numbers.getUint32(slices.offsets + 4 * index + 4, true)
  if (start > end || end > slices.heapBytes) throw damaged('its offsets')

  return [start, end]
}

function sliceAt(layout: Layout, slices: Slices, index: number): Buffer {
  const [start, end] = boundsAt(layout, slices, index)
  return layout.file.subarray(slices.heap + start, slices.heap + end)
}

function textAt(layout: Layout, slices: Slices, index: number): string {
  const [start, end] = boundsAt(layout, slices, index)
  return layout.file.toString('utf8', slices.heap + start, slices.heap + end)
}

function damaged(what: string): Fault {
  return new Fault('data_damaged', `A stored package list is damaged: ${what}.`)
}
