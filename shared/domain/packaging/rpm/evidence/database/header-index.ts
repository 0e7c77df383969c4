import type { Buffer } from 'node:buffer'
import { damaged, MAX_HEADER_BYTES, type HeaderBlob } from './header-blob.ts'

/** Where one tag's data lies. Kinds as rpm numbers them: 4 is a 32-bit number, 6 a text, 8 and 9 are lists of texts. */
interface Entry {
  readonly kind: number
  /** From the start of the data. */
  readonly offset: number
  readonly count: number
}

/** A header taken apart far enough to look tags up. */
export interface HeaderIndex {
  readonly path: string
  /** Of the header in its file; for sentences. */
  readonly offset: number
  readonly entries: ReadonlyMap<number, Entry>
  readonly data: Buffer
  /** The part that was digested when the package was built; null for one without (rpm before 4.0.4). */
  readonly immutable: { readonly index: Buffer; readonly data: Buffer } | null
}

const ENTRY_BYTES = 16
/** rpm's own limit, HEADER_TAGS_MAX. */
const MAX_ENTRIES = 0xffff
const KIND_INT32 = 4
const KIND_STRING = 6
const KIND_STRINGS = 8
const KIND_I18N_STRINGS = 9
const IMMUTABLE = 63

/**
 * The index of a header blob as a database holds it: number of entries and of data bytes, the entries, the data, all big end first and
 * without the magic that a package file has (rpm, lib/header.c). Of a tag that is there twice the later entry counts: rpm adds
 * behind the immutable part what replaces something in it.
 * @throws Fault `evidence_malformed`
 */
export function readHeaderIndex(path: string, { bytes, offset }: HeaderBlob): HeaderIndex {
  if (bytes.length < 8) throw damaged(path, offset, 'a header is cut')
  if (bytes.length > MAX_HEADER_BYTES) throw damaged(path, offset, `a header has ${bytes.length} bytes`)

  const count = bytes.readUInt32BE(0)
  const dataBytes = bytes.readUInt32BE(4)
  if (count === 0 || count > MAX_ENTRIES) throw damaged(path, offset, `a header claims ${count} entries`)
  const dataStart = 8 + count * ENTRY_BYTES
  if (dataStart + dataBytes !== bytes.length)
    throw damaged(
      path,
      offset,
      `a header of ${count} entries and ${dataBytes} bytes of data does not fill its ${bytes.length} bytes`,
    )

  const data = bytes.subarray(dataStart)
  const entries = new Map<number, Entry>()
  for (let index = 0; index < count; index += 1) {
    const at = 8 + index * ENTRY_BYTES
    const entry = {
      kind: bytes.readUInt32BE(at + 4),
      offset: bytes.readInt32BE(at + 8),
      count: bytes.readUInt32BE(at + 12),
    }
    if (entry.offset < 0 || entry.offset > dataBytes)
      throw damaged(path, offset + at, 'an entry of a header points outside it')
    entries.set(bytes.readUInt32BE(at), entry)
  }
  return { path, offset, entries, data, immutable: readImmutable(path, { bytes, offset }, data) }
}

/** The first entry names the immutable region; its trailer in the data says, negated, how many bytes of index belong to it. */
function readImmutable(path: string, { bytes, offset }: HeaderBlob, data: Buffer): HeaderIndex['immutable'] {
  if (bytes.readUInt32BE(8) !== IMMUTABLE) return null

  const trailer = bytes.readInt32BE(8 + 8)
  if (trailer < 0 || trailer + ENTRY_BYTES > data.length)
    throw damaged(path, offset, 'the immutable part of a header leaves it')
  const indexBytes = -data.readInt32BE(trailer + 8)
  const mostBytes = bytes.length - data.length - 8
  if (indexBytes <= 0 || indexBytes > mostBytes || indexBytes % ENTRY_BYTES !== 0)
    throw damaged(path, offset, 'the immutable part of a header has an impossible length')
  return { index: bytes.subarray(8, 8 + indexBytes), data: data.subarray(0, trailer + ENTRY_BYTES) }
}

/** The tag's text, null where the header has no such tag. Of translated texts the first, which is not translated. @throws Fault */
export function readTextTag(header: HeaderIndex, tag: number): string | null {
  const entry = header.entries.get(tag)
  if (entry === undefined) return null
  if (entry.kind !== KIND_STRING && entry.kind !== KIND_I18N_STRINGS)
    throw damaged(header.path, header.offset, `tag ${tag} is no text`)
  return readTexts(header, tag, entry.offset, 1)[0] ?? ''
}

/** The tag's list of texts, empty where the header has no such tag. @throws Fault */
export function readTextsTag(header: HeaderIndex, tag: number): string[] {
  const entry = header.entries.get(tag)
  if (entry === undefined) return []
  if (entry.kind !== KIND_STRINGS) throw damaged(header.path, header.offset, `tag ${tag} is no list of texts`)
  return readTexts(header, tag, entry.offset, entry.count)
}

/** The tag's numbers, unsigned; empty where the header has no such tag. @throws Fault */
export function readNumbersTag(header: HeaderIndex, tag: number): number[] {
  const entry = header.entries.get(tag)
  if (entry === undefined) return []
  if (entry.kind !== KIND_INT32) throw damaged(header.path, header.offset, `tag ${tag} is no number`)
  if (entry.offset + entry.count * 4 > header.data.length)
    throw damaged(header.path, header.offset, `tag ${tag} leaves its header`)

  const numbers: number[] = []
  for (let index = 0; index < entry.count; index += 1) numbers.push(header.data.readUInt32BE(entry.offset + index * 4))
  return numbers
}

/** Texts that end with a zero byte each. Bytes that are not UTF-8 become U+FFFD. */
function readTexts({ path, offset, data }: HeaderIndex, tag: number, from: number, count: number): string[] {
  if (from + count > data.length) throw damaged(path, offset, `tag ${tag} leaves its header`)

  let end = from
  for (let index = 0; index < count; index += 1) {
    const zero = data.indexOf(0, end)
    if (zero === -1) throw damaged(path, offset, `a text of tag ${tag} does not end`)
    end = zero + 1
  }
  return count === 0 ? [] : data.toString('utf8', from, end - 1).split('\0')
}
