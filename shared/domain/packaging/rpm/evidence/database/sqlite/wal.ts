import type { Buffer } from 'node:buffer'

/** What a write-ahead log adds to its database: the newest committed content of each page it holds. */
export interface WalOverlay {
  /** Page number (from 1) → where its content begins in the log. */
  readonly pages: ReadonlyMap<number, number>
  /** Pages of the database after the last commit. */
  readonly pageCount: number
}

const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
const MAGIC_LITTLE = 0x377f0682
const MAGIC_BIG = 0x377f0683
const FORMAT = 3_007_000

/**
 * Reads a write-ahead log as SQLite recovers one (https://www.sqlite.org/fileformat2.html, section 4): frames count from the first on
 * while salts and running checksums are right, and only up to the last one that commits. What follows is left over from before and
 * is no part of the database. null: the log adds nothing, because it is empty, reset, or of another database.
 */
export function readWal(wal: Buffer, pageSize: number): WalOverlay | null {
  if (wal.length < HEADER_BYTES) return null

  const magic = wal.readUInt32BE(0)
  if ((magic !== MAGIC_LITTLE && magic !== MAGIC_BIG) || wal.readUInt32BE(4) !== FORMAT) return null
  if (wal.readUInt32BE(8) !== pageSize) return null

  const sum: Checksum = { first: 0, second: 0 }
  const isBig = magic === MAGIC_BIG
  add(sum, wal, 0, FRAME_HEADER_BYTES, isBig)
  if (sum.first !== wal.readUInt32BE(24) || sum.second !== wal.readUInt32BE(28)) return null

  return readFrames(wal, pageSize, sum, isBig)
}

interface Checksum {
  first: number
  second: number
}

function readFrames(wal: Buffer, pageSize: number, sum: Checksum, isBig: boolean): WalOverlay | null {
  const committed = new Map<number, number>()
  const pending = new Map<number, number>()
  let pageCount = 0
  const frameBytes = FRAME_HEADER_BYTES + pageSize
  for (let at = HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    // Both salts are copied from the log's header into each of its frames.
    if (wal.compare(wal, 16, 24, at + 8, at + 16) !== 0) break

    add(sum, wal, at, at + 8, isBig)
    add(sum, wal, at + FRAME_HEADER_BYTES, at + frameBytes, isBig)
    if (sum.first !== wal.readUInt32BE(at + 16) || sum.second !== wal.readUInt32BE(at + 20)) break

    pending.set(wal.readUInt32BE(at), at + FRAME_HEADER_BYTES)
    const size = wal.readUInt32BE(at + 4)
    if (size === 0) continue

    pageCount = size
    for (const [page, place] of pending) committed.set(page, place)
    pending.clear()
  }
  return committed.size === 0 ? null : { pages: committed, pageCount }
}

/** The running checksum over 32-bit words, in the byte order that the log's magic names. */
function add(sum: Checksum, bytes: Buffer, from: number, to: number, isBig: boolean): void {
  let { first, second } = sum
  for (let at = from; at < to; at += 8) {
    const left = isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)
    const right = isBig ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)
    first = (first + left + second) >>> 0
    second = (second + right + first) >>> 0
  }
  sum.first = first
  sum.second = second
}
