import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'

import { type BuiltPackage, fileNameOf, flagsOf, type PlannedRelation } from './package.ts'

/**
 * A package file as rpm writes it: lead, signature header, header, and an empty payload. rpmbuild takes a second for what this makes
 * in less than a millisecond; rpm, createrepo_c and libsolv read it like any other.
 */
export function makeRpmFile(built: BuiltPackage): Uint8Array {
  const header = encodeHeader(63, describe(built))
  const payload = gzipSync(EMPTY_CPIO)
  const signature = encodeHeader(62, [
    string(273, createHash('sha256').update(header).digest('hex')),
    int32(1000, [header.length + payload.length]),
    int32(1007, [EMPTY_CPIO.length]),
  ])
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8)
  return Buffer.concat([lead(built), signature, padding, header, payload])
}

interface Tag {
  readonly tag: number
  readonly type: number
  readonly count: number
  readonly alignment: number
  readonly data: Uint8Array
}

const EMPTY_CPIO = Buffer.from(`070701${'0'.repeat(40)}00000001${'0'.repeat(48)}0000000b00000000TRAILER!!!\0\0\0\0`)

function describe(built: BuiltPackage): Tag[] {
  return [
    strings(100, ['C']),
    string(1000, built.name),
    string(1001, built.version),
    string(1002, built.release),
    ...(built.epoch === null ? [] : [int32(1003, [built.epoch])]),
    translated(1004, `${built.name} of the generated world`),
    translated(1005, `${built.name} of the generated world`),
    int32(1006, [built.buildTime]),
    string(1007, 'builder.example.org'),
    int32(1009, [0]),
    ...(built.vendor === '' ? [] : [string(1011, built.vendor)]),
    string(1014, 'MIT'),
    translated(1016, 'Unspecified'),
    string(1021, 'linux'),
    string(1022, built.architecture),
    string(1044, built.sourceRpm),
    string(1064, '4.18.0'),
    string(1124, 'cpio'),
    string(1125, 'gzip'),
    string(1126, '9'),
    ...(built.module === '' ? [] : [string(5096, built.module)]),
    ...relations(built.provides, { name: 1047, flags: 1112, evr: 1113 }),
    ...relations(built.requires, { name: 1049, flags: 1048, evr: 1050 }),
    ...relations(built.conflicts, { name: 1054, flags: 1053, evr: 1055 }),
    ...relations(built.obsoletes, { name: 1090, flags: 1114, evr: 1115 }),
    ...describeFiles(built.files),
  ]
}

function relations(all: readonly PlannedRelation[], tags: { name: number; flags: number; evr: number }): Tag[] {
  if (all.length === 0) return []
  return [
    strings(
      tags.name,
      all.map(({ name }) => name),
    ),
    int32(
      tags.flags,
      all.map(({ operator }) => flagsOf(operator)),
    ),
    strings(
      tags.evr,
      all.map(({ evr }) => evr),
    ),
  ]
}

function describeFiles(files: readonly string[]): Tag[] {
  if (files.length === 0) return []

  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)
  const folders = [...new Set(files.map(folderOf))]
  const numbers = (tag: number, value: number) =>
    int32(
      tag,
      files.map(() => value),
    )
  const texts = (tag: number, value: string) =>
    strings(
      tag,
      files.map(() => value),
    )
  return [
    numbers(1028, 0),
    int16(
      1030,
      files.map(() => 0o100755),
    ),
    int16(
      1033,
      files.map(() => 0),
    ),
    numbers(1034, 1_700_000_000),
    texts(1035, ''),
    texts(1036, ''),
    numbers(1037, 0),
    texts(1039, 'root'),
    texts(1040, 'root'),
    numbers(1045, 0xffffffff),
    numbers(1095, 1),
    int32(
      1096,
      files.map((_, index) => index + 1),
    ),
    texts(1097, ''),
    int32(
      1116,
      files.map((path) => folders.indexOf(folderOf(path))),
    ),
    strings(
      1117,
      files.map((path) => path.slice(path.lastIndexOf('/') + 1)),
    ),
    strings(1118, folders),
  ]
}

function string(tag: number, text: string): Tag {
  return { tag, type: 6, count: 1, alignment: 1, data: Buffer.from(`${text}\0`) }
}

function translated(tag: number, text: string): Tag {
  return { tag, type: 9, count: 1, alignment: 1, data: Buffer.from(`${text}\0`) }
}

function strings(tag: number, texts: readonly string[]): Tag {
  return {
    tag,
    type: 8,
    count: texts.length,
    alignment: 1,
    data: Buffer.from(texts.map((text) => `${text}\0`).join('')),
  }
}

function int32(tag: number, numbers: readonly number[]): Tag {
  const data = Buffer.alloc(numbers.length * 4)
  for (const [index, number] of numbers.entries()) data.writeUInt32BE(number >>> 0, index * 4)
  return { tag, type: 4, count: numbers.length, alignment: 4, data }
}

function int16(tag: number, numbers: readonly number[]): Tag {
  const data = Buffer.alloc(numbers.length * 2)
  for (const [index, number] of numbers.entries()) data.writeUInt16BE(number, index * 2)
  return { tag, type: 3, count: numbers.length, alignment: 2, data }
}

/** A header with its region: the mark over all entries that makes them one immutable whole. */
function encodeHeader(region: number, tags: readonly Tag[]): Buffer {
  const sorted = tags.toSorted((a, b) => a.tag - b.tag)
  const entries: Buffer[] = []
  const parts: Uint8Array[] = []
  let offset = 0
  for (const { tag, type, count, alignment, data } of sorted) {
    const gap = (alignment - (offset % alignment)) % alignment
    parts.push(Buffer.alloc(gap), data)
    offset += gap
    entries.push(words(tag, type, offset, count))
    offset += data.length
  }
  parts.push(words(region, 7, -16 * (entries.length + 1), 16))
  entries.unshift(words(region, 7, offset, 16))
  const magic = Buffer.from('8eade80100000000', 'hex')
  return Buffer.concat([magic, words(entries.length, offset + 16), ...entries, ...parts])
}

function words(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4)
  for (const [index, number] of numbers.entries()) bytes.writeInt32BE(number | 0, index * 4)
  return bytes
}

function lead(built: BuiltPackage): Buffer {
  const bytes = Buffer.alloc(96)
  bytes.set(Buffer.from('edabeedb03000000', 'hex'))
  bytes.writeUInt16BE(1, 8)
  bytes.write(fileNameOf(built).slice(0, 65), 10, 'latin1')
  bytes.writeUInt16BE(1, 76)
  bytes.writeUInt16BE(5, 78)
  return bytes
}
