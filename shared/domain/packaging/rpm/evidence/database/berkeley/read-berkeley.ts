import { Buffer } from 'node:buffer'
import { damaged, MAX_HEADER_BYTES, type DatabaseFile, type HeaderBlob } from '../header-blob.ts'
import { openPages, PAGE_HEADER_BYTES, PAGE_TYPES, type BerkeleyPage, type BerkeleyPages } from './pages.ts'

const KEY_DATA = 1
const OFF_PAGE = 3

/**
 * The headers of a `Packages` file: a hash of Berkeley DB whose keys are numbers of four bytes and whose values are headers; number 0
 * holds the highest number given so far (rpm 4, lib/backend/db3.c). Every bucket is walked along its chain, every page is used once at
 * most, and a page with entries that no chain leads to is damage, never overlooked.
 * @throws Fault `evidence_malformed` naming file and offset
 */
export function* readBerkeley(file: DatabaseFile): Generator<HeaderBlob> {
  const pages = openPages(file)
  const used = new Set<number>()
  const keys = new Set<number>()
  for (let bucket = 0; bucket <= pages.maxBucket; bucket += 1) {
    for (const page of walkChain(pages, pageOfBucket(pages, bucket), used)) yield* readPage(pages, page, used, keys)
  }
  checkOrphans(pages, used)
}

/** Buckets come in doublings; `spares` says where each doubling's pages begin (Berkeley DB, dbinc/hash.h, BS_TO_PAGE). */
function pageOfBucket({ path, spares }: BerkeleyPages, bucket: number): number {
  const doubling = bucket === 0 ? 0 : 32 - Math.clz32(bucket)
  const spare = spares[doubling]
  if (spare === undefined) throw damaged(path, 0, `bucket ${bucket} has no place`)
  return bucket + spare
}

const isHashPage = ({ type }: BerkeleyPage) => type === PAGE_TYPES.hash || type === PAGE_TYPES.hashUnsorted

function* walkChain(pages: BerkeleyPages, first: number, used: Set<number>): Generator<BerkeleyPage> {
  for (let next = first; next !== 0;) {
    const page = take(pages, next, used)
    // A bucket that was never written is a page of zeros.
    if (page.type === PAGE_TYPES.invalid && page.entries === 0 && page.number === first) return
    if (!isHashPage(page)) throw damaged(pages.path, page.offset, `page ${next} should belong to a bucket and does not`)
    yield page
    next = page.next
  }
}

function take(pages: BerkeleyPages, number: number, used: Set<number>): BerkeleyPage {
  const page = pages.get(number)
  if (used.has(number)) throw damaged(pages.path, page.offset, `page ${number} is used twice`)
  used.add(number)
  return page
}

function* readPage(
  pages: BerkeleyPages,
  page: BerkeleyPage,
  used: Set<number>,
  keys: Set<number>,
): Generator<HeaderBlob> {
  const items = listItems(pages, page)
  for (let index = 0; index + 1 < items.length; index += 2) {
    const key = readKey(pages, page, items[index])
    if (keys.has(key)) throw damaged(pages.path, page.offset, `the number ${key} is there twice`)
    keys.add(key)
    const value = items[index + 1]
    if (key !== 0 && value !== undefined) yield readValue(pages, page, value, used)
  }
}

/** An entry of a page: its bytes, where it begins in the file. Entries are laid down from the page's end towards its head. */
interface Item {
  readonly bytes: Buffer
  readonly offset: number
}

function listItems(pages: BerkeleyPages, page: BerkeleyPage): Item[] {
  const { entries, bytes, offset } = page
  if (entries % 2 !== 0) throw damaged(pages.path, offset + 20, 'a page has a key without a value')
  const indexEnd = PAGE_HEADER_BYTES + entries * 2
  if (indexEnd > pages.pageSize) throw damaged(pages.path, offset + 20, 'a page has more entries than fit into it')

  const items: Item[] = []
  let end = pages.pageSize
  for (let index = 0; index < entries; index += 1) {
    const at = pages.readU16(bytes, PAGE_HEADER_BYTES + index * 2)
    if (at < indexEnd || at >= end)
      throw damaged(pages.path, offset + PAGE_HEADER_BYTES + index * 2, 'an entry lies outside its page')
    items.push({ bytes: bytes.subarray(at, end), offset: offset + at })
    end = at
  }
  return items
}

function readKey(pages: BerkeleyPages, page: BerkeleyPage, item: Item | undefined): number {
  if (item === undefined || item.bytes[0] !== KEY_DATA || item.bytes.length !== 5)
    throw damaged(pages.path, item?.offset ?? page.offset, 'a key is no number')
  return pages.readU32(item.bytes, 1)
}

function readValue(pages: BerkeleyPages, page: BerkeleyPage, item: Item, used: Set<number>): HeaderBlob {
  if (item.bytes[0] === KEY_DATA) return { bytes: item.bytes.subarray(1), offset: item.offset + 1 }
  if (item.bytes[0] !== OFF_PAGE || item.bytes.length !== 12)
    throw damaged(pages.path, item.offset, 'a value is of a kind that rpm never makes')
  return readOverflow(pages, item, pages.readU32(item.bytes, 4), pages.readU32(item.bytes, 8), used)
}

function readOverflow(pages: BerkeleyPages, item: Item, first: number, total: number, used: Set<number>): HeaderBlob {
  if (total > MAX_HEADER_BYTES) throw damaged(pages.path, item.offset, `a header claims ${total} bytes`)

  const parts: Buffer[] = []
  let bytes = 0
  let start = item.offset
  for (let next = first; next !== 0;) {
    const page = take(pages, next, used)
    if (page.type !== PAGE_TYPES.overflow)
      throw damaged(pages.path, page.offset, `page ${next} should go on with a header and does not`)
    if (PAGE_HEADER_BYTES + page.free > pages.pageSize)
      throw damaged(pages.path, page.offset + 22, 'a page holds more than fits into it')
    if (parts.length === 0) start = page.offset + PAGE_HEADER_BYTES
    parts.push(page.bytes.subarray(PAGE_HEADER_BYTES, PAGE_HEADER_BYTES + page.free))
    bytes += page.free
    if (bytes > total) throw damaged(pages.path, page.offset, 'a header is longer than it says')
    next = page.next
  }
  if (bytes !== total) throw damaged(pages.path, item.offset, `a header should have ${total} bytes and has ${bytes}`)
  return { bytes: Buffer.concat(parts, total), offset: start }
}

/** Pages that no chain leads to may only be free ones, or buckets that are not in use yet. */
function checkOrphans(pages: BerkeleyPages, used: ReadonlySet<number>): void {
  for (let number = 1; number < pages.count; number += 1) {
    if (used.has(number)) continue
    const page = pages.get(number)
    if (page.type === PAGE_TYPES.overflow || (isHashPage(page) && page.entries > 0))
      throw damaged(pages.path, page.offset, `page ${number} holds packages that no bucket leads to`)
  }
}
