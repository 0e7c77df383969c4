import type { Buffer } from 'node:buffer'
import { damaged } from '../header-blob.ts'

/** A piece of a file, and where it lies there. */
export interface Piece {
  readonly path: string
  readonly bytes: Buffer
  readonly offset: number
}

export interface Varint {
  readonly value: number
  readonly next: number
}

/**
 * SQLite's integer of one to nine bytes, big end first (fileformat2, 1.6). Row ids up to 2^53 are exact; more is refused.
 * @throws Fault `evidence_malformed`
 */
export function readVarint({ path, bytes, offset }: Piece, at: number): Varint {
  let value = 0
  for (let index = 0; index < 9; index += 1) {
    const byte = bytes[at + index]
    if (byte === undefined) throw damaged(path, offset + at, 'a number is cut')
    value = index === 8 ? value * 256 + byte : value * 128 + (byte & 0x7f)
    if (value > Number.MAX_SAFE_INTEGER) throw damaged(path, offset + at, 'a number is impossibly large')
    if (byte < 0x80 || index === 8) return { value, next: at + index + 1 }
  }
  throw damaged(path, offset + at, 'a number does not end')
}

/** A column's value: bytes for text and blobs, a number for small integers, null for everything else. */
export type Column = Buffer | number | null

const MAX_COLUMNS = 16

/**
 * The columns of one row (fileformat2, 2.1): a header of types, then the values. Only what rpm's tables hold is told apart.
 * @throws Fault `evidence_malformed` where header or values leave the record
 */
export function readRecord(record: Piece): Column[] {
  const { path, bytes, offset } = record
  const { value: headerBytes, next } = readVarint(record, 0)
  if (headerBytes > bytes.length || headerBytes < next)
    throw damaged(path, offset, 'the header of a row leaves the row')

  const columns: Column[] = []
  let at = headerBytes
  for (let place = next; place < headerBytes;) {
    const type = readVarint(record, place)
    if (columns.length >= MAX_COLUMNS) throw damaged(path, offset, `a row has more than ${MAX_COLUMNS} columns`)

    const length = lengthOf(type.value)
    if (at + length > bytes.length) throw damaged(path, offset + place, 'a value leaves its row')
    columns.push(columnOf(type.value, bytes, at, length))
    at += length
    place = type.next
  }
  return columns
}

const FIXED_LENGTHS = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0]

function lengthOf(type: number): number {
  return FIXED_LENGTHS[type] ?? Math.floor((type - 12) / 2)
}

function columnOf(type: number, bytes: Buffer, at: number, length: number): Column {
  if (type >= 12) return bytes.subarray(at, at + length)
  if (type === 8 || type === 9) return type - 8
  if (type >= 1 && type <= 5) return bytes.readIntBE(at, length)
  return null
}
