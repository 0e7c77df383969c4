import { crc32 } from 'node:zlib'

/**
 * The shape of an .xz file, found without decoding it: where its blocks lie, what they unpack to and how much memory they claim.
 * Every header, chunk and index is walked (The .xz File Format 1.1.0; LZMA2 chunks as in its section 5.3), so that nothing has to be
 * taken on trust before the first byte is decoded.
 */
export interface XzBlock {
  /** With header, padding and check. */
  readonly start: number
  readonly end: number
  /** Without padding, as the index counts it. */
  readonly unpaddedBytes: number
  readonly plainBytes: number
  readonly dictionaryBytes: number
  /** The two bytes of flags of its stream. */
  readonly streamFlags: Uint8Array
}

const [HEADER_MAGIC, FOOTER_MAGIC] = [Buffer.from('fd377a585a00', 'hex'), Buffer.from('YZ')]
const HEADER_BYTES = 12
const MAX_BLOCKS = 10_000
const LZMA2_FILTER = 0x21
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64] as const

/** The blocks of all streams, in order. null: not a whole .xz file with LZMA2 alone. */
export function findXzBlocks(bytes: Uint8Array): XzBlock[] | null {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const blocks: XzBlock[] = []
  let at = 0
  let streams = 0
  while (at < file.length) {
    const end = walkStream(file, at, blocks)
    if (end === null || blocks.length > MAX_BLOCKS) return null

    at = skipStreamPadding(file, end)
    streams += 1
    if (streams > MAX_BLOCKS) return null
  }
  return streams > 0 ? blocks : null
}

/** One block as a file of its own: decoders that work side by side each get one. */
export function packXzBlock(bytes: Uint8Array, block: XzBlock): Uint8Array[] {
  const header = Buffer.alloc(HEADER_BYTES)
  HEADER_MAGIC.copy(header)
  header.set(block.streamFlags, 6)
  header.writeUInt32LE(crc32(block.streamFlags), 8)

  const records = Buffer.from([0, 1, ...writeVarint(block.unpaddedBytes), ...writeVarint(block.plainBytes)])
  const index = Buffer.alloc(roundUp(records.length) + 4)
  records.copy(index)
  index.writeUInt32LE(crc32(index.subarray(0, -4)), index.length - 4)

  const footer = Buffer.alloc(HEADER_BYTES)
  footer.writeUInt32LE(index.length / 4 - 1, 4)
  footer.set(block.streamFlags, 8)
  footer.writeUInt32LE(crc32(footer.subarray(4, 10)), 0)
  FOOTER_MAGIC.copy(footer, 10)
  return [header, bytes.subarray(block.start, block.end), index, footer]
}

function walkStream(file: Buffer, start: number, blocks: XzBlock[]): number | null {
  const streamFlags = readStreamHeader(file, start)
  if (streamFlags === null) return null

  const first = blocks.length
  let at = start + HEADER_BYTES
  while (at < file.length && file[at] !== 0) {
    const block = walkBlock(file, at, streamFlags)
    if (block === null || blocks.length >= MAX_BLOCKS) return null

    blocks.push(block)
    at = block.end
  }
  const indexEnd = walkIndex(file, at, blocks.slice(first))
  return indexEnd === null || !isFooter(file, indexEnd, indexEnd - at, streamFlags) ? null : indexEnd + HEADER_BYTES
}

function readStreamHeader(file: Buffer, at: number): Buffer | null {
  if (at + HEADER_BYTES > file.length || HEADER_MAGIC.compare(file, at, at + 6) !== 0) return null

  const flags = file.subarray(at + 6, at + 8)
  const known = flags[0] === 0 && (flags[1] ?? 0) < CHECK_BYTES.length
  return known && crc32(flags) === file.readUInt32LE(at + 8) ? flags : null
}

function walkBlock(file: Buffer, start: number, streamFlags: Buffer): XzBlock | null {
  const headerBytes = ((file[start] ?? 0) + 1) * 4
  const dictionaryBytes = readBlockHeader(file, start, headerBytes)
  const data = dictionaryBytes === null ? null : walkChunks(file, start + headerBytes)
  if (dictionaryBytes === null || data === null) return null

  const checkBytes = CHECK_BYTES[streamFlags[1] ?? 0] ?? 0
  const unpaddedBytes = data.end - start + checkBytes
  const end = start + roundUp(data.end - start) + checkBytes
  if (end > file.length) return null

  return { start, end, unpaddedBytes, plainBytes: data.plainBytes, dictionaryBytes, streamFlags }
}

/** The dictionary that the header claims; null unless LZMA2 is the only filter. The sizes in it are left to the decoder. */
function readBlockHeader(file: Buffer, start: number, headerBytes: number): number | null {
  const end = start + headerBytes
  if (end > file.length || crc32(file.subarray(start, end - 4)) !== file.readUInt32LE(end - 4)) return null

  const flags = file[start + 1] ?? 0
  let at = start + 2
  for (const present of [0x40, 0x80]) if ((flags & present) !== 0) at = readVarint(file, at)?.next ?? end
  const onlyFilter = (flags & 0x3f) === 0 && at + 3 <= end - 4 && file[at] === LZMA2_FILTER && file[at + 1] === 1
  const size = file[at + 2] ?? 0
  if (!onlyFilter || size > 40) return null

  return size === 40 ? 0xffffffff : (2 | (size & 1)) * 2 ** ((size >> 1) + 11)
}

function walkChunks(file: Buffer, start: number): { end: number; plainBytes: number } | null {
  let at = start
  let plainBytes = 0
  while (at + 6 <= file.length) {
    const control = file[at] ?? 0
    if (control === 0) return { end: at + 1, plainBytes }
    if (control > 2 && control < 0x80) return null

    const low = file.readUInt16BE(at + 1)
    if (control <= 2) {
      plainBytes += low + 1
      at += 3 + low + 1
    } else {
      plainBytes += ((control & 0x1f) << 16) + low + 1
      at += (control >= 0xc0 ? 6 : 5) + file.readUInt16BE(at + 3) + 1
    }
  }
  return null
}

/** The end of an index that says what the walk found; else null. */
function walkIndex(file: Buffer, start: number, blocks: readonly XzBlock[]): number | null {
  const count = readVarint(file, start + 1)
  if (count === null || count.value !== blocks.length) return null

  let at = count.next
  for (const block of blocks) {
    const unpadded = readVarint(file, at)
    const plain = unpadded === null ? null : readVarint(file, unpadded.next)
    if (unpadded?.value !== block.unpaddedBytes || plain?.value !== block.plainBytes) return null

    at = plain.next
  }
  const end = start + roundUp(at - start)
  if (end + 4 > file.length || crc32(file.subarray(start, end)) !== file.readUInt32LE(end)) return null

  return end + 4
}

function isFooter(file: Buffer, at: number, indexBytes: number, streamFlags: Buffer): boolean {
  if (at + HEADER_BYTES > file.length || FOOTER_MAGIC.compare(file, at + 10, at + 12) !== 0) return false

  const sameFlags = streamFlags.compare(file, at + 8, at + 10) === 0
  const sameSize = file.readUInt32LE(at + 4) === indexBytes / 4 - 1
  return sameFlags && sameSize && crc32(file.subarray(at + 4, at + 10)) === file.readUInt32LE(at)
}

/** Zero bytes in fours may follow a stream. */
function skipStreamPadding(file: Buffer, start: number): number {
  let at = start
  while (at + 4 <= file.length && file.readUInt32LE(at) === 0) at += 4
  return at
}

function roundUp(bytes: number): number {
  return Math.ceil(bytes / 4) * 4
}

/** At most seven bytes: more than any size here, and exact as a number. */
function readVarint(file: Buffer, start: number): { value: number; next: number } | null {
  let value = 0
  for (let index = 0; index < 7; index += 1) {
    const byte = file[start + index]
    if (byte === undefined) return null

    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return { value, next: start + index + 1 }
  }
  return null
}

function writeVarint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}
