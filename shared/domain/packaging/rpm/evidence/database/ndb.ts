import type { Buffer } from 'node:buffer'
import { damaged, MAX_HEADER_BYTES, type DatabaseFile, type HeaderBlob } from './header-blob.ts'

// rpm, lib/backend/ndb/rpmpkg.c: everything little end first.
const PACKAGE_MAGIC = 0x506d7052
const SLOT_MAGIC = 0x746f6c53
const BLOB_HEAD_MAGIC = 0x53626c42
const BLOB_TAIL_MAGIC = 0x45626c42
const PAGE_BYTES = 4096
const SLOT_BYTES = 16
const BLOCK_BYTES = 16
const HEAD_BYTES = 16
const TAIL_BYTES = 12
/** The file's header takes the place of the first two slots. */
const FILE_HEADER_BYTES = 32

export function isNdb(bytes: Buffer): boolean {
  return bytes.length >= FILE_HEADER_BYTES && bytes.readUInt32LE(0) === PACKAGE_MAGIC
}

interface Slot {
  readonly id: number
  readonly start: number
  readonly end: number
}

/**
 * The headers of a `Packages.db`: a table of slots, each naming blocks of 16 bytes that hold one header between a head and a tail with
 * its Adler-32 (rpm, lib/backend/ndb/rpmpkg.c). Slots must be whole, blobs must not overlap, and every blob that is there must have its
 * slot.
 * @throws Fault `evidence_malformed` naming file and offset
 */
export function* readNdb(file: DatabaseFile): Generator<HeaderBlob> {
  const { path, bytes } = file
  if (bytes.readUInt32LE(4) !== 0) throw damaged(path, 4, `the format's version ${bytes.readUInt32LE(4)} is not known`)

  let covered = tableBytes(file)
  for (const slot of readSlots(file)) {
    if (slot.start < covered) throw damaged(path, slot.start, 'two headers overlap')
    checkGap(file, covered, slot.start)
    covered = slot.end
    yield readBlob(file, slot)
  }
  checkGap(file, covered, bytes.length)
}

/** rpm writes zeros over what it deletes; a header that is still there and has no slot was lost. */
function checkGap({ path, bytes }: DatabaseFile, from: number, to: number): void {
  for (let at = from; at + BLOCK_BYTES <= to; at += BLOCK_BYTES) {
    if (bytes.readUInt32LE(at) === BLOB_HEAD_MAGIC) throw damaged(path, at, 'a header lies that no slot leads to')
  }
}

function tableBytes({ path, bytes }: DatabaseFile): number {
  const slotPages = bytes.readUInt32LE(12)
  if (slotPages === 0 || slotPages * PAGE_BYTES > bytes.length)
    throw damaged(path, 12, `the file ends inside its ${slotPages} pages of slots`)
  return slotPages * PAGE_BYTES
}

function readSlots(file: DatabaseFile): Slot[] {
  const { path, bytes } = file
  const tableEnd = tableBytes(file)
  const nextId = bytes.readUInt32LE(16)
  const slots: Slot[] = []
  const ids = new Set<number>()
  for (let at = FILE_HEADER_BYTES; at < tableEnd; at += SLOT_BYTES) {
    if (bytes.readUInt32LE(at) !== SLOT_MAGIC) throw damaged(path, at, 'a slot is damaged')
    const id = bytes.readUInt32LE(at + 4)
    const start = bytes.readUInt32LE(at + 8) * BLOCK_BYTES
    const end = start + bytes.readUInt32LE(at + 12) * BLOCK_BYTES
    if (id === 0 && start === 0) continue

    if (id === 0 || id >= nextId || ids.has(id)) throw damaged(path, at, `a slot has the impossible number ${id}`)
    if (start < tableEnd || end > bytes.length) throw damaged(path, at, 'a slot points outside the file')
    ids.add(id)
    slots.push({ id, start, end })
  }
  return slots.toSorted((a, b) => a.start - b.start)
}

function readBlob({ path, bytes }: DatabaseFile, { id, start, end }: Slot): HeaderBlob {
  if (end - start < HEAD_BYTES + TAIL_BYTES) throw damaged(path, start, 'a header has too few blocks')
  const length = bytes.readUInt32LE(start + 12)
  if (bytes.readUInt32LE(start) !== BLOB_HEAD_MAGIC || bytes.readUInt32LE(start + 4) !== id)
    throw damaged(path, start, 'no header begins where a slot says')
  if (length > MAX_HEADER_BYTES || roundUp(HEAD_BYTES + length + TAIL_BYTES) !== end - start)
    throw damaged(path, start + 12, `a header's length, ${length}, does not fit its blocks`)

  const tail = end - TAIL_BYTES
  if (bytes.readUInt32LE(tail + 8) !== BLOB_TAIL_MAGIC || bytes.readUInt32LE(tail + 4) !== length)
    throw damaged(path, tail, 'a header does not end where it should')
  if (adler32(bytes.subarray(start, tail)) !== bytes.readUInt32LE(tail))
    throw damaged(path, start, 'a header does not match its checksum')
  return { bytes: bytes.subarray(start + HEAD_BYTES, start + HEAD_BYTES + length), offset: start + HEAD_BYTES }
}

const roundUp = (bytes: number) => Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES

/** RFC 1950, 8.2; as many bytes at a time as cannot overflow 32 bits. */
function adler32(bytes: Buffer): number {
  let low = 1
  let high = 0
  for (let from = 0; from < bytes.length; from += 5552) {
    const to = Math.min(from + 5552, bytes.length)
    for (let at = from; at < to; at += 1) {
      low += bytes[at] ?? 0
      high += low
    }
    low %= 65_521
    high %= 65_521
  }
  return ((high << 16) | low) >>> 0
}
