import type { Buffer } from 'node:buffer'
import { damaged, type DatabaseFile } from '../header-blob.ts'

// Berkeley DB, dbinc/db_page.h
const HASH_MAGIC = 0x061561
const TYPE_HASH_META = 8
const OFFSETS = {
  magic: 12,
  version: 16,
  pageSize: 20,
  encryption: 24,
  type: 25,
  flags: 26,
  lastPage: 32,
  maxBucket: 72,
  spares: 96,
}
const META_BYTES = 512
const SPARES = 32
/** In front of every page: log sequence number, own number, previous, next, entries, free offset, level, type. */
export const PAGE_HEADER_BYTES = 26
export const PAGE_TYPES = { invalid: 0, hashUnsorted: 2, overflow: 7, hash: 13 } as const

/** One page of a hash database. */
export interface BerkeleyPage {
  readonly number: number
  readonly bytes: Buffer
  /** In the file; for sentences. */
  readonly offset: number
  readonly next: number
  readonly entries: number
  /** Lowest byte in use; in an overflow page, how many bytes of data it holds. */
  readonly free: number
  readonly type: number
}

export interface BerkeleyPages {
  readonly path: string
  readonly pageSize: number
  readonly count: number
  readonly maxBucket: number
  readonly spares: readonly number[]
  readonly get: (page: number) => BerkeleyPage
  readonly readU16: (bytes: Buffer, at: number) => number
  readonly readU32: (bytes: Buffer, at: number) => number
}

/** A hash database of Berkeley DB, of either byte order. */
export function isBerkeleyHash(bytes: Buffer): boolean {
  return bytes.length >= META_BYTES && isBigEnd(bytes) !== null
}

function isBigEnd(bytes: Buffer): boolean | null {
  if (bytes.readUInt32LE(OFFSETS.magic) === HASH_MAGIC) return false
  return bytes.readUInt32BE(OFFSETS.magic) === HASH_MAGIC ? true : null
}

/**
 * Opens a hash database by its first page. Versions 8 to 10 share this form; checksummed and encrypted ones, which rpm never makes, are
 * refused.
 * @throws Fault `evidence_malformed`
 */
export function openPages({ path, bytes }: DatabaseFile): BerkeleyPages {
  const isBig = isBigEnd(bytes) === true
  const readU16 = (from: Buffer, at: number) => (isBig ? from.readUInt16BE(at) : from.readUInt16LE(at))
  const readU32 = (from: Buffer, at: number) => (isBig ? from.readUInt32BE(at) : from.readUInt32LE(at))

  const version = readU32(bytes, OFFSETS.version)
  if (version < 8 || version > 10)
    throw damaged(path, OFFSETS.version, `the hash format of version ${version} is not known`)
  if (bytes[OFFSETS.type] !== TYPE_HASH_META) throw damaged(path, OFFSETS.type, 'the first page is no head of a hash')
  if (bytes[OFFSETS.encryption] !== 0 || bytes[OFFSETS.flags] !== 0)
    throw damaged(path, OFFSETS.encryption, 'the database is encrypted, checksummed or split')

  const pageSize = readU32(bytes, OFFSETS.pageSize)
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0)
    throw damaged(path, OFFSETS.pageSize, `a page size of ${pageSize} is not possible`)
  const count = readU32(bytes, OFFSETS.lastPage) + 1
  if (count * pageSize > bytes.length)
    throw damaged(path, bytes.length, `the file ends: ${count} pages should be there`)

  const spares = Array.from({ length: SPARES }, (_, index) => readU32(bytes, OFFSETS.spares + index * 4))
  const maxBucket = readU32(bytes, OFFSETS.maxBucket)
  if (maxBucket >= count) throw damaged(path, OFFSETS.maxBucket, `there are more buckets, ${maxBucket}, than pages`)

  const get = (page: number): BerkeleyPage => {
    const offset = page * pageSize
    if (page < 1 || page >= count)
      throw damaged(path, OFFSETS.lastPage, `a page of number ${page} is asked for; there are ${count}`)
    const own = bytes.subarray(offset, offset + pageSize)
    return {
      number: page,
      bytes: own,
      offset,
      next: readU32(own, 16),
      entries: readU16(own, 20),
      free: readU16(own, 22),
      type: own[25] ?? 0,
    }
  }
  return { path, pageSize, count, maxBucket, spares, get, readU16, readU32 }
}
