import { crc32 } from 'node:zlib'
import { Fault } from '../../../fault.ts'
import {
  CHECKSUM_BYTES,
  FIELDS,
  hashText,
  HEADER_BYTES,
  LIST_MAGIC,
  MAX_PROBES,
  SECTIONS,
  type Section,
} from './list-layout.ts'

/** A stored list as sections, texts and numbers. Everything is checked where it is touched. @throws Fault `data_damaged` */
export interface ListTable {
  readonly packages: number
  readonly hasAdvisories: boolean
  readonly hasModules: boolean
  readonly texts: number
  /** Numbers in a section of numbers. */
  count(section: Section): number
  number(section: Section, index: number): number
  /** The text of this number. */
  text(number: number): string
  /** Its number, -1 where the list has no such text. */
  findText(text: string): number
  /** Indexes of all that belong to a key (a text's number). */
  range(keys: Section, offsets: Section, key: number): number[]
  /** Where a record's bytes lie. */
  record(offsets: Section, bytes: Section, index: number): { readonly start: number; readonly end: number }
  /** Where a section's bytes lie. */
  span(section: Section): { readonly start: number; readonly end: number }
  readonly file: Buffer
}

interface Span {
  readonly start: number
  readonly length: number
}

export function openTable(file: Buffer): ListTable {
  const { fields, spans } = readFrame(file)
  const numbers = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const [seed = 0, packages = 0, texts = 0, slots = 0, hasAdvisories = 0, hasModules = 0] = fields
  const spanOf = (section: Section): Span => spans.get(section) ?? { start: 0, length: 0 }
  const [offsetSpan, byteSpan, slotSpan] = [spanOf('textOffsets'), spanOf('textBytes'), spanOf('slots')]
  if (offsetSpan.length !== 4 * (texts + 1) || slotSpan.length !== 4 * slots || (slots & (slots - 1)) !== 0) {
    throw damaged('its texts')
  }
  if (slots === 0 || spanOf('recordOffsets').length !== 4 * (packages + 1)) throw damaged('its records')

  const number = (section: Section, index: number): number => {
    const span = spanOf(section)
    if (index < 0 || 4 * index + 4 > span.length) throw damaged(`the end of ${section}`)
    return numbers.getUint32(span.start + 4 * index, true)
  }
  const bounds = (offsets: Section, bytes: Section, index: number) => {
    const [from, to, heap] = [number(offsets, index), number(offsets, index + 1), spanOf(bytes)]
    if (from > to || to > heap.length) throw damaged(`the offsets of ${bytes}`)
    return { start: heap.start + from, end: heap.start + to }
  }
  const known: (string | undefined)[] = []
  const text = (index: number): string => {
    const cached = known[index]
    if (cached !== undefined) return cached
    if (index >= texts) throw damaged('the number of a text')

    const { start, end } = bounds('textOffsets', 'textBytes', index)
    const found = file.toString('utf8', start, end)
    known[index] = found
    return found
  }
  const findText = (wanted: string): number => {
    for (let at = hashText(wanted, seed), probes = 0; probes < MAX_PROBES; at += 1, probes += 1) {
      const slot = numbers.getUint32(slotSpan.start + 4 * (at & (slots - 1)), true)
      if (slot === 0) return -1
      if (isText(slot - 1, wanted)) return slot - 1
    }
    return -1
  }
  const isText = (index: number, wanted: string): boolean => {
    if (index >= texts) throw damaged('the number of a text')

    const from = numbers.getUint32(offsetSpan.start + 4 * index, true)
    const to = numbers.getUint32(offsetSpan.start + 4 * index + 4, true)
    if (to - from < wanted.length || to > byteSpan.length) return false
    return text(index) === wanted
  }
  return {
    packages,
    hasAdvisories: hasAdvisories === 1,
    hasModules: hasModules === 1,
    texts,
    count: (section) => spanOf(section).length / 4,
    number,
    text,
    findText,
    range(keys, offsets, key) {
      const index = key < 0 ? -1 : searchNumber(spanOf(keys), numbers, key)
      if (index < 0) return []

      const [from, to] = [number(offsets, index), number(offsets, index + 1)]
      if (from > to || to - from > file.length) throw damaged(`the offsets of ${keys}`)
      return Array.from({ length: to - from }, (_, step) => from + step)
    },
    record: bounds,
    span(section) {
      const { start, length } = spanOf(section)
      return { start, end: start + length }
    },
    file,
  }
}

/** Keys are in order. */
function searchNumber(span: Span, numbers: DataView, wanted: number): number {
  let [low, high] = [0, span.length / 4 - 1]
  while (low <= high) {
    const middle = (low + high) >>> 1
    const key = numbers.getUint32(span.start + 4 * middle, true)
    if (key === wanted) return middle
    if (key < wanted) low = middle + 1
    else high = middle - 1
  }
  return -1
}

function readFrame(file: Buffer): { fields: number[]; spans: Map<Section, Span> } {
  if (file.length < HEADER_BYTES + CHECKSUM_BYTES || LIST_MAGIC.compare(file, 0, LIST_MAGIC.length) !== 0) {
    throw damaged('its beginning')
  }
  const read = (index: number) => file.readUInt32LE(LIST_MAGIC.length + 4 * index)
  const spans = new Map<Section, Span>()
  let start = HEADER_BYTES
  for (const [index, section] of SECTIONS.entries()) {
    const length = read(FIELDS + index)
    spans.set(section, { start, length })
    start += Math.ceil(length / 4) * 4
  }
  if (start + CHECKSUM_BYTES !== file.length) throw damaged('its length')
  if (crc32(file.subarray(0, start)) !== file.readUInt32LE(start)) throw damaged('its checksum')

  return { fields: Array.from({ length: FIELDS }, (_, index) => read(index)), spans }
}

export function damaged(what: string): Fault {
  return new Fault('data_damaged', `A stored package list is damaged: ${what}.`)
}
