import { gunzipSync, gzipSync } from 'node:zlib'
import { BASE_FILES, refused, taken, told, type Demand, type HostileCase } from './hostile-case.ts'
import { seededNumbers } from './seeded.ts'
import { chunksOf, memberOf, paxOf, tarGzOf, tarOf, type TarMember } from './tar-builder.ts'

const BASE: readonly TarMember[] = Object.entries(BASE_FILES).map(([name, data]) => ({ name, data }))
const MEBIBYTE = 1024 * 1024
const HUGE = Buffer.from('800000000000000280000000', 'hex')

/** Cases whose trouble is in the stream: what is no archive, what is cut or damaged, what is far too much. */
export function listHostileStreams(seed: number): HostileCase[] {
  return [...streams(), ...damaged(seed), ...bombs()]
}

const whole = () => tarOf(BASE)
const packed = () => gzipSync(whole())
const withBytes = (name: string, bytes: () => Uint8Array, demand: Demand): HostileCase => ({
  name: `archive: ${name}`,
  body: () => chunksOf(bytes()),
  demand,
})
const withMembers = (name: string, members: readonly TarMember[], demand: Demand): HostileCase =>
  withBytes(name, () => tarGzOf([...BASE, ...members]), demand)

function streams(): HostileCase[] {
  return [
    withBytes('nothing at all', () => Buffer.alloc(0), refused()),
    withBytes('one byte', () => Buffer.of(0x1f), refused()),
    withBytes('HTML', () => Buffer.from('<!doctype html><title>Sign in</title>'), refused()),
    withBytes('JSON', () => Buffer.from('{"packages":[]}'), refused()),
    withBytes('a plain tar', whole, refused()),
    withBytes('a zip', () => Buffer.from('PK\u0003\u0004'), refused()),
    withBytes('an xz', () => Buffer.from('fd377a585a000004e6d6b446', 'hex'), refused()),
    withBytes('a zstd', () => Buffer.from('28b52ffd2000010000', 'hex'), refused()),
    withBytes('an empty gzip', () => gzipSync(''), refused()),
    withBytes('a gzip of text', () => gzipSync('Package: a\n'.repeat(100)), refused()),
    withBytes('a gzip in a gzip', () => gzipSync(gzipSync(whole())), refused()),
    withBytes(
      'a gzip of zeros, a tar without members',
      () => gzipSync(Buffer.alloc(10_240)),
      refused(undefined, 'evidence_unrecognised'),
    ),
    withBytes('a gzip of random bytes', () => gzipSync(Buffer.from('9f3c55aa01'.repeat(500), 'hex')), refused()),
    withBytes('a tar without an end', () => gzipSync(tarOf(BASE, Buffer.alloc(0))), refused()),
    withBytes('a tar with half an end', () => gzipSync(tarOf(BASE, Buffer.alloc(512))), taken()),
    withBytes('a second archive behind the end', () => gzipSync(Buffer.concat([whole(), whole()])), refused()),
    withBytes('a second gzip behind the first', () => Buffer.concat([gzipSync(whole()), tarGzOf(BASE)]), refused()),
    withBytes('text behind the gzip', () => Buffer.concat([gzipSync(whole()), Buffer.from('x'.repeat(99))]), refused()),
    withBytes(
      'zeros behind the gzip',
      () => Buffer.concat([gzipSync(whole()), Buffer.alloc(512)]),
      told(/512 bytes behind the end/),
    ),
    withBytes(
      'a tar in 1,000 gzip members',
      () => Buffer.concat(pieces(whole(), 1000).map((piece) => gzipSync(piece))),
      taken(),
    ),
    withBytes(
      '10,000 empty gzip members in front',
      () => Buffer.concat([...Array<Buffer>(10_000).fill(gzipSync('')), gzipSync(whole())]),
      taken(),
    ),
  ]
}

function damaged(seed: number): HostileCase[] {
  const next = seededNumbers(seed)
  const size = packed().length
  const cuts = [10, 11, 60, size - 8, size - 1, ...Array.from({ length: 5 }, () => 12 + next(size - 20))]
  const flips = Array.from({ length: 10 }, () => findHarmfulFlip(packed(), next))
  return [
    ...cuts.map((at) => withBytes(`cut after ${at} bytes`, () => packed().subarray(0, at), refused())),
    ...flips.map(({ at, bit }, index) =>
      withBytes(
        `bit ${bit} of byte ${at} flipped (${index})`,
        () => flip(packed(), at, bit),
        refused(undefined, 'evidence_malformed', 'evidence_too_large'),
      ),
    ),
  ]
}

function bombs(): HostileCase[] {
  const tooLarge = refused(undefined, 'evidence_too_large')
  const streamed = (name: string, body: () => AsyncIterable<Uint8Array>, demand = tooLarge): HostileCase => ({
    name: `archive: ${name}`,
    body,
    demand,
  })
  return [
    streamed('10 MB that unpack to 10 GB, unwanted', () => zeros('x', 1000)),
    streamed('10 MB that unpack to 10 GB as a status file', () => zeros('var/lib/dpkg/status', 1000)),
    streamed('zeros for ever', () => zeros('x', Number.POSITIVE_INFINITY)),
    streamed('one file of 100 MiB of zeros in 100 KB', () =>
      chunksOf(tarGzOf([...BASE, { name: 'x', data: Buffer.alloc(100 * MEBIBYTE) }])),
    ),
    withMembers(
      '20,001 members',
      Array.from({ length: 20_001 }, (_, n) => ({ name: `x/${n}` })),
      tooLarge,
    ),
    withMembers(
      '20,001 folders',
      Array.from({ length: 20_001 }, (_, n) => ({ name: `x/${n}`, type: '5' })),
      tooLarge,
    ),
    withMembers(
      '20,001 pax headers',
      Array.from({ length: 20_001 }, () => paxOf([['comment', 'c']], 'g')),
      tooLarge,
    ),
    streamed('more than 64 MiB packed', async function* noise() {
      const next = seededNumbers(1)
      const block = Buffer.from(Array.from({ length: MEBIBYTE }, () => next(256)))
      const member = memberOf({ name: 'x', size: 70 * MEBIBYTE, data: block })
      yield gzipSync(member, { level: 0 })
      for (let sent = 1; sent < 70; sent++) yield gzipSync(block, { level: 0 })
    }),
  ]
}

/** One member that claims 10 GiB, and as many gzip members of 10 MiB of zeros as the reader takes. */
async function* zeros(name: string, count: number): AsyncGenerator<Uint8Array> {
  yield gzipSync(memberOf({ name: 'first', data: 'x' }))
  yield gzipSync(memberOf({ name, sizeField: HUGE }).subarray(0, 512))
  const block = gzipSync(Buffer.alloc(10 * MEBIBYTE))
  for (let sent = 0; sent < count; sent++) yield block
}

/** A flip that changes what is unpacked. Some do not: a repetition may be copied from another place that holds the same. */
function findHarmfulFlip(bytes: Uint8Array, next: (below: number) => number): { at: number; bit: number } {
  for (;;) {
    const [at, bit] = [10 + next(bytes.length - 10), 1 << next(8)]
    try {
      gunzipSync(flip(Uint8Array.from(bytes), at, bit))
    } catch {
      return { at, bit }
    }
  }
}

function pieces(bytes: Uint8Array, count: number): Uint8Array[] {
  const size = Math.ceil(bytes.length / count)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))
}

function flip(bytes: Uint8Array, at: number, bit: number): Uint8Array {
  bytes[at] = (bytes[at] ?? 0) ^ bit
  return bytes
}
