import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/read-database.ts'
import { repositoryRoot } from './samples.ts'

/** What a made header holds: texts, lists of texts and numbers by tag, in the order in which they are written. */
export type HeaderTags = readonly (readonly [tag: number, value: string | readonly string[] | readonly number[]])[]

const KIND = { numbers: 4, text: 6, texts: 8 } as const

/** A header as a database keeps it (rpm, lib/header.c): counts, index, data. */
export function makeHeader(tags: HeaderTags): Buffer {
  const index: Buffer[] = []
  const data: Buffer[] = []
  let at = 0
  for (const [tag, value] of tags) {
    const isNumbers = typeof value !== 'string' && typeof value[0] === 'number'
    const bytes = isNumbers ? numbersOf(value as readonly number[]) : textsOf(value as string | readonly string[])
    const padding = isNumbers ? (4 - (at % 4)) % 4 : 0
    const entry = Buffer.alloc(16)
    const kind = isNumbers ? KIND.numbers : typeof value === 'string' ? KIND.text : KIND.texts
    entry.writeUInt32BE(tag, 0)
    entry.writeUInt32BE(kind, 4)
    entry.writeUInt32BE(at + padding, 8)
    entry.writeUInt32BE(typeof value === 'string' ? 1 : value.length, 12)
    index.push(entry)
    data.push(Buffer.alloc(padding), bytes)
    at += padding + bytes.length
  }
  const counts = Buffer.alloc(8)
  counts.writeUInt32BE(tags.length, 0)
  counts.writeUInt32BE(at, 4)
  return Buffer.concat([counts, ...index, ...data])
}

/** The least that a package needs. */
export function packageTags(name: string, more: HeaderTags = []): HeaderTags {
  return [[1000, name], [1001, '1.0'], [1002, '1'], [1022, 'noarch'], ...more]
}

/** An NDB with these headers: one page of slots, then the blobs (rpm, lib/backend/ndb/rpmpkg.c). */
export function makeNdb(headers: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(4096)
  head.write('RpmP', 0, 'latin1')
  head.writeUInt32LE(1, 8)
  head.writeUInt32LE(1, 12)
  head.writeUInt32LE(headers.length + 1, 16)
  for (let slot = 32; slot < 4096; slot += 16) head.write('Slot', slot, 'latin1')
  const blobs: Buffer[] = []
  let block = 4096 / 16
  headers.forEach((header, index) => {
    const blob = makeBlob(header, index + 1)
    const slot = 32 + index * 16
    head.writeUInt32LE(index + 1, slot + 4)
    head.writeUInt32LE(block, slot + 8)
    head.writeUInt32LE(blob.length / 16, slot + 12)
    block += blob.length / 16
    blobs.push(blob)
  })
  return Buffer.concat([head, ...blobs])
}

function makeBlob(header: Buffer, id: number): Buffer {
  const blob = Buffer.alloc(Math.ceil((header.length + 28) / 16) * 16)
  blob.write('BlbS', 0, 'latin1')
  blob.writeUInt32LE(id, 4)
  blob.writeUInt32LE(1, 8)
  blob.writeUInt32LE(header.length, 12)
  header.copy(blob, 16)
  const tail = blob.length - 12
  blob.writeUInt32LE(adler32(blob.subarray(0, tail)), tail)
  blob.writeUInt32LE(header.length, tail + 4)
  blob.write('BlbE', tail + 8, 'latin1')
  return blob
}

function adler32(bytes: Buffer): number {
  let [low, high] = [1, 0]
  for (const byte of bytes) {
    low = (low + byte) % 65_521
    high = (high + low) % 65_521
  }
  return high * 65_536 + low
}

function numbersOf(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => bytes.writeUInt32BE(value, index * 4))
  return bytes
}

function textsOf(value: string | readonly string[]): Buffer {
  const texts = typeof value === 'string' ? [value] : value
  return Buffer.from(texts.map((text) => `${text}\0`).join(''))
}

const SAMPLES = join(repositoryRoot, '../shared/samples/pkg')

/** Why tests on sample databases cannot run, '' where they can. */
export const noDatabaseSamples = existsSync(SAMPLES) ? '' : ' (skipped: the samples are not beside the repository)'

/** A sample database with its write-ahead log, by its path among the samples. */
export function readSampleDatabase(path: string): RpmDatabase {
  const file = join(SAMPLES, path)
  const wal = existsSync(`${file}-wal`) ? { wal: readFileSync(`${file}-wal`) } : {}
  return { path, bytes: readFileSync(file), ...wal }
}
