import { Buffer } from 'node:buffer'
import { damaged, MAX_HEADER_BYTES } from '../header-blob.ts'
import { localBytes } from './account.ts'
import { claimPage, type SqlitePages } from './pages.ts'
import { readVarint, type Piece } from './record.ts'

/** One row of a table: its id and its record, not taken apart. */
export interface Row {
  readonly id: number
  readonly record: Piece
}

const INTERIOR = 0x05
const LEAF = 0x0d
/** Twenty levels hold more rows than there are atoms in any machine. */
const MAX_DEPTH = 20
const OVERFLOW_POINTER_BYTES = 4

/** Bounds on the row ids below a page: above `after`, up to `upTo`. */
interface Range {
  readonly after: number
  readonly upTo: number
}

/**
 * The rows of the table whose tree begins at page `root` (fileformat2, 1.6), in the order of their ids. Every page is used once at most,
 * ids must rise and keep within what the pages above say, cells must fit into their page together, and a page below the root is
 * never empty: so a damaged tree is refused rather than read with fewer rows.
 * @throws Fault `evidence_malformed`
 */
export function* readTable(pages: SqlitePages, root: number, used: Set<number>): Generator<Row> {
  yield* readPage(pages, root, { after: -1, upTo: Number.MAX_SAFE_INTEGER }, 0, used)
}

function* readPage(pages: SqlitePages, page: number, range: Range, depth: number, used: Set<number>): Generator<Row> {
  const start = pages.offsetOf(page)
  if (depth > MAX_DEPTH) throw damaged(pages.path, start, 'the tree of pages is too deep')
  const piece: Piece = { path: pages.path, bytes: claimPage(pages, page, used), offset: start }

  // The first page holds the file's header in front of its own.
  const head = page === 1 ? 100 : 0
  const kind = piece.bytes[head]
  if (kind !== INTERIOR && kind !== LEAF) throw damaged(pages.path, start + head, 'a page of a table is none')

  const cells = listCells(pages, piece, head, kind === INTERIOR ? 12 : 8)
  if (cells.length === 0 && depth > 0) throw damaged(pages.path, start, 'a page below the root of a table is empty')
  if (kind === LEAF) yield* readLeaf(pages, piece, cells, range, used)
  else yield* readInterior(pages, piece, head, cells, range, depth, used)
}

function listCells(pages: SqlitePages, piece: Piece, head: number, headerBytes: number): number[] {
  const { bytes, path, offset } = piece
  const count = bytes.readUInt16BE(head + 3)
  const first = head + headerBytes
  if (first + count * 2 > pages.usable) throw damaged(path, offset + head + 3, 'a page has more cells than fit into it')

  const cells: number[] = []
  for (let index = 0; index < count; index += 1) {
    const at = bytes.readUInt16BE(first + index * 2)
    if (at < first + count * 2 || at >= pages.usable)
      throw damaged(path, offset + first + index * 2, 'a cell lies outside its page')
    cells.push(at)
  }
  return cells
}

function* readInterior(
  pages: SqlitePages,
  piece: Piece,
  head: number,
  cells: readonly number[],
  range: Range,
  depth: number,
  used: Set<number>,
): Generator<Row> {
  const { bytes, path, offset } = piece
  let { after } = range
  for (const at of cells) {
    if (at + 4 > pages.usable) throw damaged(path, offset + at, 'a cell leaves its page')
    const { value: key } = readVarint(piece, at + 4)
    if (key <= after || key > range.upTo) throw damaged(path, offset + at, 'the rows are out of order')
    yield* readPage(pages, bytes.readUInt32BE(at), { after, upTo: key }, depth + 1, used)
    after = key
  }
  yield* readPage(pages, bytes.readUInt32BE(head + 8), { after, upTo: range.upTo }, depth + 1, used)
}

function* readLeaf(
  pages: SqlitePages,
  piece: Piece,
  cells: readonly number[],
  range: Range,
  used: Set<number>,
): Generator<Row> {
  const { path, offset } = piece
  let { after } = range
  let local = 0
  for (const at of cells) {
    const payload = readVarint(piece, at)
    const id = readVarint(piece, payload.next)
    if (id.value <= after || id.value > range.upTo) throw damaged(path, offset + at, 'the rows are out of order')
    if (payload.value > MAX_HEADER_BYTES) throw damaged(path, offset + at, `a row claims ${payload.value} bytes`)

    const inPage = localBytes(pages.usable, payload.value, true)
    local += inPage + (id.next - at)
    if (id.next + inPage > pages.usable || local > pages.usable)
      throw damaged(path, offset + at, 'a row leaves its page')

    yield { id: id.value, record: readPayload(pages, piece, id.next, payload.value, inPage, used) }
    after = id.value
  }
}

function readPayload(
  pages: SqlitePages,
  leaf: Piece,
  at: number,
  total: number,
  local: number,
  used: Set<number>,
): Piece {
  const { path, bytes } = leaf
  const offset = leaf.offset + at
  if (local === total) return { path, offset, bytes: bytes.subarray(at, at + total) }

  const parts = [bytes.subarray(at, at + local)]
  let missing = total - local
  if (at + local + OVERFLOW_POINTER_BYTES > pages.usable) throw damaged(path, offset, 'a row leaves its page')
  let next = bytes.readUInt32BE(at + local)
  while (missing > 0) {
    const page = claimPage(pages, next, used)
    const taken = Math.min(missing, pages.usable - OVERFLOW_POINTER_BYTES)
    parts.push(page.subarray(OVERFLOW_POINTER_BYTES, OVERFLOW_POINTER_BYTES + taken))
    missing -= taken
    next = page.readUInt32BE(0)
  }
  if (next !== 0) throw damaged(path, offset, 'a row is longer than it says')
  return { path, offset, bytes: Buffer.concat(parts, total) }
}
