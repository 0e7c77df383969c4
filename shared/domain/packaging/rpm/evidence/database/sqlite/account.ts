import { damaged } from '../header-blob.ts'
import { claimPage, type SqlitePages } from './pages.ts'
import { readVarint, type Piece } from './record.ts'

const KINDS = { indexInterior: 0x02, tableInterior: 0x05, indexLeaf: 0x0a, tableLeaf: 0x0d } as const
const MAX_DEPTH = 20

/**
 * Demands that every page of the database belongs to something: to a tree that `used` names already, to one of the trees at `roots`
 * (the indexes, which are walked but not read), or to the list of free pages. A page that belongs to nothing may hold packages
 * that a damaged tree no longer leads to.
 * @throws Fault `evidence_malformed`
 */
export function accountForPages(pages: SqlitePages, roots: Iterable<number>, used: Set<number>): void {
  // With automatic vacuum there are further pages, of pointers; rpm never asks for it.
  if (pages.get(1).readUInt32BE(52) !== 0)
    throw damaged(pages.path, 52, 'the database cleans itself up, which one of rpm never does')

  for (const root of roots) if (!used.has(root)) claimTree(pages, root, used)
  claimFreePages(pages, used)
  for (let page = 1; page <= pages.count; page += 1) {
    if (!used.has(page)) throw damaged(pages.path, pages.offsetOf(page), `page ${page} belongs to nothing`)
  }
}

/** The list of free pages: trunks, each naming leaves (fileformat2, 1.5). */
function claimFreePages(pages: SqlitePages, used: Set<number>): void {
  let trunk = pages.get(1).readUInt32BE(32)
  while (trunk !== 0) {
    const bytes = claimPage(pages, trunk, used)
    const count = bytes.readUInt32BE(4)
    if (8 + count * 4 > pages.usable)
      throw damaged(pages.path, pages.offsetOf(trunk), 'the list of free pages is damaged')
    for (let index = 0; index < count; index += 1) claimPage(pages, bytes.readUInt32BE(8 + index * 4), used)
    trunk = bytes.readUInt32BE(0)
  }
}

function claimTree(pages: SqlitePages, root: number, used: Set<number>): void {
  const waiting = [{ page: root, depth: 0 }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { page, depth } = next
    const piece: Piece = { path: pages.path, bytes: claimPage(pages, page, used), offset: pages.offsetOf(page) }
    if (depth > MAX_DEPTH) throw damaged(pages.path, piece.offset, 'the tree of pages is too deep')
    for (const child of claimCells(pages, piece, used)) waiting.push({ page: child, depth: depth + 1 })
  }
}

/** Claims what the cells of one page overflow into; gives the pages below it. */
function claimCells(pages: SqlitePages, piece: Piece, used: Set<number>): number[] {
  const { bytes, path, offset } = piece
  const kind = bytes[0]
  const isInterior = kind === KINDS.tableInterior || kind === KINDS.indexInterior
  if (!isInterior && kind !== KINDS.tableLeaf && kind !== KINDS.indexLeaf)
    throw damaged(path, offset, 'a page of a tree is none')

  const first = isInterior ? 12 : 8
  const count = bytes.readUInt16BE(3)
  if (first + count * 2 > pages.usable) throw damaged(path, offset + 3, 'a page has more cells than fit into it')

  const children = isInterior ? [bytes.readUInt32BE(8)] : []
  for (let index = 0; index < count; index += 1) {
    const at = bytes.readUInt16BE(first + index * 2)
    if (at + 4 > pages.usable) throw damaged(path, offset + first + index * 2, 'a cell lies outside its page')
    if (isInterior) children.push(bytes.readUInt32BE(at))
    if (kind !== KINDS.tableInterior)
      claimOverflow(pages, piece, isInterior ? at + 4 : at, kind === KINDS.tableLeaf, used)
  }
  return children
}

function claimOverflow(pages: SqlitePages, piece: Piece, at: number, isTable: boolean, used: Set<number>): void {
  const payload = readVarint(piece, at)
  const start = isTable ? readVarint(piece, payload.next).next : payload.next
  const local = localBytes(pages.usable, payload.value, isTable)
  if (local === payload.value) return

  if (start + local + 4 > pages.usable) throw damaged(piece.path, piece.offset + at, 'a row leaves its page')
  let next = piece.bytes.readUInt32BE(start + local)
  while (next !== 0) next = claimPage(pages, next, used).readUInt32BE(0)
}

/** How many bytes of a row lie in its page itself; the rest is in overflow pages (fileformat2, 1.6). */
export function localBytes(usable: number, payload: number, isTableLeaf: boolean): number {
  const most = isTableLeaf ? usable - 35 : Math.floor(((usable - 12) * 64) / 255) - 23
  if (payload <= most) return payload

  const least = Math.floor(((usable - 12) * 32) / 255) - 23
  const wanted = least + ((payload - least) % (usable - 4))
  return wanted <= most ? wanted : least
}
