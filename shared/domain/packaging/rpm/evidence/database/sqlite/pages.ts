import type { Buffer } from 'node:buffer'
import { damaged, type DatabaseFile } from '../header-blob.ts'
import { readWal, type WalOverlay } from './wal.ts'

/** The pages of an SQLite database as its last commit left them, the write-ahead log applied. */
export interface SqlitePages {
  readonly path: string
  readonly pageSize: number
  /** Bytes of each page that may be used; the rest is reserved for extensions. */
  readonly usable: number
  readonly count: number
  /** The page of this number (from 1). @throws Fault `evidence_malformed` where there is none */
  readonly get: (page: number) => Buffer
  /** Where that page lies in the file, or would lie; for sentences. */
  readonly offsetOf: (page: number) => number
}

/**
 * The page, marked as used; a page that is used twice would let a small file pose as an endless one.
 * @throws Fault `evidence_malformed`
 */
export function claimPage(pages: SqlitePages, page: number, used: Set<number>): Buffer {
  if (used.has(page)) throw damaged(pages.path, pages.offsetOf(page), `page ${page} is used twice`)
  const bytes = pages.get(page)
  used.add(page)
  return bytes
}

const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100

export function isSqlite(bytes: Buffer): boolean {
  return bytes.length >= MAGIC.length && bytes.toString('latin1', 0, MAGIC.length) === MAGIC
}

/**
 * Opens a database (https://www.sqlite.org/fileformat2.html, section 1). The size in the header is trusted over the file's only
 * as SQLite does: where its counters agree.
 * @throws Fault `evidence_malformed`: header wrong, encoding not UTF-8, or file cut
 */
export function openPages(file: DatabaseFile, wal: Buffer | null): SqlitePages {
  const { path, bytes } = file
  if (bytes.length < HEADER_BYTES) throw damaged(path, bytes.length, 'the database ends inside its header')

  const pageSize = readPageSize(file)
  const overlay = wal === null ? null : readWal(wal, pageSize)
  const first = pageOne(file, pageSize, wal, overlay)
  const usable = pageSize - (first[20] ?? 0)
  if (usable < 480) throw damaged(path, 20, 'too much of each page is reserved')

  const encoding = first.readUInt32BE(56)
  if (encoding !== 1 && encoding !== 0) throw damaged(path, 56, 'the text encoding is not UTF-8')

  const count = overlay === null ? countPages(file, pageSize) : overlay.pageCount
  const offsetOf = (page: number) => (page - 1) * pageSize
  const get = (page: number) => {
    if (page < 1 || page > count)
      throw damaged(path, offsetOf(count), `a page of number ${page} is asked for; the database has ${count}`)
    const place = overlay?.pages.get(page)
    if (wal !== null && place !== undefined) return wal.subarray(place, place + pageSize)
    if (offsetOf(page) + pageSize > bytes.length) throw damaged(path, bytes.length, `the file ends before page ${page}`)
    return bytes.subarray(offsetOf(page), offsetOf(page) + pageSize)
  }
  return { path, pageSize, usable, count, get, offsetOf }
}

function readPageSize({ path, bytes }: DatabaseFile): number {
  const written = bytes.readUInt16BE(16)
  const pageSize = written === 1 ? 65_536 : written
  const isPowerOfTwo = (pageSize & (pageSize - 1)) === 0
  if (pageSize < 512 || !isPowerOfTwo) throw damaged(path, 16, `a page size of ${pageSize} is not possible`)
  return pageSize
}

function pageOne(
  { path, bytes }: DatabaseFile,
  pageSize: number,
  wal: Buffer | null,
  overlay: WalOverlay | null,
): Buffer {
  const place = overlay?.pages.get(1)
  if (wal !== null && place !== undefined) return wal.subarray(place, place + pageSize)
  if (bytes.length < pageSize) throw damaged(path, bytes.length, 'the file ends inside its first page')
  return bytes.subarray(0, pageSize)
}

/** A file that is shorter than its header says was cut. */
function countPages({ path, bytes }: DatabaseFile, pageSize: number): number {
  const inFile = Math.floor(bytes.length / pageSize)
  const inHeader = bytes.readUInt32BE(28)
  const isHeaderValid = inHeader > 0 && bytes.readUInt32BE(24) === bytes.readUInt32BE(92)
  if (!isHeaderValid) return inFile
  if (inHeader > inFile)
    throw damaged(path, bytes.length, `the file ends: ${inHeader} pages should be there, ${inFile} are`)
  return inHeader
}
