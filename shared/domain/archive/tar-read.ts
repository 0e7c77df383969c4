import { openByteSource, type ByteSource } from './byte-source.ts'
import { EVIDENCE_LIMITS } from '../evidence.ts'
import { Fault, type FaultCode } from '../fault.ts'
import { ARCHIVE_PLACE } from './gzip-read.ts'
import { isZeroBlock, parseTarHeader, readField, TAR_BLOCK, type TarHeader } from './tar-header.ts'
import { normalisePath, showName } from './tar-path.ts'
import { parsePax, type PaxRecords } from './tar-pax.ts'

export type EvidenceLimits = Readonly<Record<keyof typeof EVIDENCE_LIMITS, number>>

export interface TarContent {
  readonly files: Map<string, Uint8Array>
  /** Regular members that nobody wanted, by count and the first of them. */
  readonly skipped: { count: number; first: string }
  readonly warnings: string[]
}

/** Sums up one reading: what the headers so far said of the next member, and what was found. */
interface Reading {
  readonly source: ByteSource
  readonly limits: EvidenceLimits
  readonly wanted: (path: string) => boolean
  readonly seen: Set<string>
  readonly content: TarContent
  pending: { longName?: string; pax?: PaxRecords }
}

/**
 * Reads the wanted regular files out of a tar stream (ustar, GNU, pax) without a file system. Whatever is neither a regular file nor
 * a folder is refused, wanted or not; so are doubled paths and anything but zeros behind the end.
 * @throws Fault `evidence_malformed`, `evidence_too_large`, both with the member's path as place
 */
export async function readTar(
  plain: AsyncIterable<Uint8Array>,
  wanted: (path: string) => boolean,
  limits: EvidenceLimits = EVIDENCE_LIMITS,
): Promise<TarContent> {
  const content: TarContent = { files: new Map(), skipped: { count: 0, first: '' }, warnings: [] }
  const reading: Reading = { source: openByteSource(plain), limits, wanted, seen: new Set(), content, pending: {} }
  for (let members = 0; ; members++) {
    const at = reading.source.offset
    const block = await reading.source.read(TAR_BLOCK)
    if (block === null) throw refuse(null, at, 'is cut: there is no end mark')
    if (isZeroBlock(block)) break
    if (members >= limits.members) throw tooLarge(null, at, `has more than ${limits.members} members`)

    const header = parseTarHeader(block)
    if (typeof header === 'string') throw refuse(null, at, members === 0 ? `is no tar archive: it ${header}` : header)
    await readMember(reading, header, at)
  }
  await expectNothingMore(reading)
  return content
}

async function readMember(reading: Reading, header: TarHeader, at: number): Promise<void> {
  if (header.type === 'L') return await readLongName(reading, header, at)
  if (header.type === 'x') return await readPax(reading, header, at)
  if (header.type === 'g') return await readGlobalPax(reading, header, at)

  const { longName, pax } = reading.pending
  if (longName !== undefined && pax?.path !== undefined) throw refuse(longName, at, 'is named twice, by GNU and by pax')
  reading.pending = {}

  const name = pax?.path ?? longName ?? header.name
  const size = pax?.size ?? header.size
  const path = name === null ? null : judgeName(reading, name, at)
  const isFolder = header.type === '5' || (header.type === '0' && name !== null && name.endsWith('/'))
  if (isFolder && size > 0) throw refuse(name, at, 'is a folder with content')
  if (isFolder) return
  if (header.type !== '0') throw refuse(name, at, `is ${KINDS.get(header.type) ?? 'of an unknown kind'}, not a file`)
  if (path === '') throw refuse(name, at, 'is a file without a name')

  await readFile(reading, { path, size, at })
}

async function readFile(reading: Reading, file: { path: string | null; size: number; at: number }): Promise<void> {
  const { path, size, at } = file
  const { content, source, limits, seen } = reading
  if (size > limits.unpackedBytes) throw tooLarge(path, at, `is over ${limits.unpackedBytes} bytes`)
  if (path === null) content.warnings.push(`A file whose name is not UTF-8 was not read (byte ${at} of the archive).`)
  if (path !== null && seen.has(path)) throw refuse(path, at, 'is there twice')
  if (path !== null) seen.add(path)

  if (path === null || !reading.wanted(path)) {
    if (path !== null && content.skipped.count++ === 0) content.skipped.first = path
    if (!(await source.skip(padded(size)))) throw refuse(path, at, 'is cut')
    return
  }
  if (size > limits.fileBytes) throw tooLarge(path, at, `is over ${limits.fileBytes} bytes`)

  const bytes = await source.read(size)
  const isWhole = bytes !== null && (await source.skip(padded(size) - size))
  if (!isWhole) throw refuse(path, at, 'is cut')
  content.files.set(path, bytes)
}

async function readLongName(reading: Reading, header: TarHeader, at: number): Promise<void> {
  if (reading.pending.longName !== undefined) throw refuse(null, at, 'has two long names for one member')
  if (header.size > reading.limits.pathBytes + 1) throw tooLongName(reading, at)

  const bytes = await readExtra(reading, header.size, at)
  const end = bytes.indexOf(0)
  if (end !== -1 && end < bytes.length - 1) throw refuse(null, at, 'has a NUL in a long name')

  const name = readField(bytes)
  if (name === null) throw refuse(null, at, 'has a long name that is not UTF-8')
  reading.pending.longName = name
}

async function readPax(reading: Reading, header: TarHeader, at: number): Promise<void> {
  if (reading.pending.pax !== undefined) throw refuse(null, at, 'has two pax headers for one member')
  if (header.size > reading.limits.paxBytes)
    throw tooLarge(null, at, `has a pax header of more than ${reading.limits.paxBytes} bytes`)

  const records = parsePax(await readExtra(reading, header.size, at))
  if (typeof records === 'string') throw refuse(header.name, at, records)
  reading.pending.pax = records
}

/** A header for all members: a comment, as `git archive` writes it, is lawful; one path or size for all is not. */
async function readGlobalPax(reading: Reading, header: TarHeader, at: number): Promise<void> {
  if (header.size > reading.limits.paxBytes)
    throw tooLarge(null, at, `has a pax header of more than ${reading.limits.paxBytes} bytes`)

  const records = parsePax(await readExtra(reading, header.size, at))
  if (typeof records === 'string') throw refuse(header.name, at, records)
  if (records.path !== undefined || records.size !== undefined)
    throw refuse(header.name, at, 'has a pax header that gives all members one path or size')
}

async function readExtra({ source }: Reading, size: number, at: number): Promise<Uint8Array> {
  const bytes = await source.read(size)
  if (bytes === null || !(await source.skip(padded(size) - size))) throw refuse(null, at, 'is cut')
  return bytes
}

async function expectNothingMore({ source, pending }: Reading): Promise<void> {
  const at = source.offset - TAR_BLOCK
  if (pending.longName !== undefined || pending.pax !== undefined)
    throw refuse(null, at, 'ends with a name for nothing')

  for (let chunk = await source.next(); chunk !== null; chunk = await source.next()) {
    if (!isZeroBlock(chunk)) throw refuse(null, at, 'has something behind its end, such as a second archive')
  }
}

function judgeName(reading: Reading, name: string, at: number): string {
  if (Buffer.byteLength(name) > reading.limits.pathBytes) throw tooLongName(reading, at)

  const judged = normalisePath(name, reading.limits.pathBytes)
  if ('refused' in judged) throw refuse(name, at, judged.refused)
  return judged.path
}

const padded = (size: number) => Math.ceil(size / TAR_BLOCK) * TAR_BLOCK

const KINDS = new Map([
  ['1', 'a hard link'],
  ['2', 'a symbolic link'],
  ['3', 'a character device'],
  ['4', 'a block device'],
  ['6', 'a named pipe'],
  ['K', 'a link'],
  ['S', 'a sparse file'],
  ['D', 'a folder dump'],
  ['M', 'a part of another volume'],
  ['V', 'a volume label'],
])

const tooLongName = ({ limits }: Reading, at: number) =>
  tooLarge(null, at, `has a name of more than ${limits.pathBytes} bytes`)
const refuse = (name: string | null, at: number, what: string) => faultAt('evidence_malformed', name, at, what)
const tooLarge = (name: string | null, at: number, what: string) => faultAt('evidence_too_large', name, at, what)

function faultAt(code: FaultCode, name: string | null, at: number, what: string): Fault {
  const shown = name === null ? null : showName(name)
  const subject = shown === null ? 'The evidence archive' : `${shown} in the evidence archive`
  return new Fault(code, `${subject} ${what} (at byte ${at}).`, { place: { file: shown ?? ARCHIVE_PLACE } })
}
