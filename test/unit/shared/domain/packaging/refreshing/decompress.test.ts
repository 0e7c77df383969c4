import { describe, expect, it } from 'vitest'
import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { xz } from '@napi-rs/lzma'
import * as fc from 'fast-check'
import { isFault } from '#shared/domain/fault.ts'
import { decompress, type Compression } from '#shared/domain/packaging/refreshing/decompress.ts'
import { findXzBlocks } from '#shared/domain/packaging/refreshing/xz-shape.ts'

const RUNS = process.env['CI'] ? 10_000 : 1000
const URL = 'http://mirror.example.org/Packages'
const TEXT = 'Package: a\nVersion: 1\nArchitecture: all\n\n'

async function unpack(kind: Compression, packed: Uint8Array, maxBytes = 1000): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of decompress(kind, packed, { maxBytes, url: URL })) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

const fromBase64 = (text: string) => Buffer.from(text, 'base64')

// Made with bzip2 1.0.8 and xz 5.4.1: TEXT; 20,000,000 zero bytes; two xz streams (`one`, `two`) with padding after them; a dictionary
// of 1.5 GiB; a chain with the x86 filter.
const BZIP2 = fromBase64(
  'QlpoOTFBWSZTWbov4KkAAAZfgAAQQAAgECAAQQAq7Z4AIAAijJo0DIeoKBpoZGTEYyVIo+IJE7OXFoxhkccLcwB7WZrn4u5IpwoSF0X8FSA=',
)
const BZIP2_BOMB = fromBase64('QlpoOTFBWSZTWb/Kr8QAmS/CAMAAAAgACCAAMMwFKaaqkRRsAoijxdyRThQkL/Kr8QA=')
const XZ_STREAMS = fromBase64(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQADb25lCgD1XLtWH8b9hgABHARvLJzBH7bzfQEAAAAABFla/Td6WFoAAArh+wyhAgAhARYAAAB0L+WjAQADdHdvCgAn3Y7USoP/lNVX+f0EEu1ajLymnqBJItiMARhKBzAKWgABNATFgsGcGJtLmgEAAAAACllaAAAAAAAAAAA=',
)
const XZ_DICTIONARY = fromBase64(
  '/Td6WFoAAAD/EtlBAgAhASUAAAA7eHtB4AErAAhdADDv+7e/7gAAAAABHKwCAAAAIayfqKgACvwCAAAAAABZWg==',
)
const XZ_FILTER = fromBase64(
  '/Td6WFoAAATm1rRGAgEEACEBFgANhjUf4AErAAhdADDv+7e/7gAAANtOmwUbOpZMAAEkrAIAAADhKbZAscRn+wIAAAAABFla',
)

const ZEROS = Buffer.alloc(4_000_000)
// Without it zstd does not notice every change; the checksums of the Release file do.
const CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } }
const PACKERS: readonly [Compression, () => Promise<Uint8Array>, () => Promise<Uint8Array>][] = [
  ['xz', () => xz.compress(TEXT), () => xz.compress(ZEROS)],
  ['zst', async () => zstdCompressSync(TEXT, CHECKSUM), async () => zstdCompressSync(ZEROS)],
  ['gz', async () => gzipSync(TEXT), async () => gzipSync(ZEROS)],
  ['bz2', async () => BZIP2, async () => BZIP2_BOMB],
]

describe.each(PACKERS)('%s', (kind, packed, bomb) => {
  it('unpacks', async () => {
    expect(await unpack(kind, await packed())).toBe(TEXT)
  })

  it('that is truncated is refused, naming the URL', async () => {
    const bytes = await packed()
    for (const length of [0, 3, bytes.length >> 1, bytes.length - 1]) {
      await expect(unpack(kind, bytes.subarray(0, length))).rejects.toMatchObject({
        code: 'repository_refused',
        place: { file: URL },
      })
    }
  })

  it('with a byte changed in its middle is refused', async () => {
    const bytes = Buffer.from(await packed())
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x55

    await expect(unpack(kind, bytes)).rejects.toMatchObject({ code: 'repository_refused' })
  })

  it('that unpacks to more than it may is refused', async () => {
    await expect(unpack(kind, await bomb(), 1_000_000)).rejects.toMatchObject({ code: 'repository_refused' })
  })
})

describe('xz', () => {
  it('unpacks several streams with padding', async () => {
    expect(await unpack('xz', XZ_STREAMS)).toBe('one\ntwo\n')
  })

  it('is refused before decoding for what it would unpack to', async () => {
    const bomb = await xz.compress(ZEROS)
    await expect(unpack('xz', bomb, 1000)).rejects.toMatchObject({
      cause: expect.objectContaining({ message: 'It unpacks to 4000000 bytes, not to at most 1000.' }),
    })
  })

  it('is refused for the memory that it claims', async () => {
    await expect(unpack('xz', XZ_DICTIONARY)).rejects.toMatchObject({
      cause: expect.objectContaining({ message: expect.stringContaining('dictionary') }),
    })
  })

  it('is refused with another filter', async () => {
    expect(findXzBlocks(XZ_FILTER)).toBeNull()
    await expect(unpack('xz', XZ_FILTER)).rejects.toMatchObject({ code: 'repository_refused' })
  })

  it('shows its blocks without being decoded', () => {
    expect(findXzBlocks(XZ_STREAMS)).toMatchObject([
      { start: 12, plainBytes: 4, dictionaryBytes: 8 << 20 },
      { plainBytes: 4 },
    ])
    expect(findXzBlocks(XZ_DICTIONARY)?.[0]?.dictionaryBytes).toBe(1536 << 20)
  })

  it('that is damaged anywhere is refused or unpacks to the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(XZ_STREAMS.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const hurt = Buffer.from(XZ_STREAMS)
        hurt[at] = (hurt[at] ?? 0) ^ flip
        const outcome: unknown = await unpack('xz', hurt).catch((error: unknown) => error)
        expect(outcome === 'one\ntwo\n' || isFault(outcome, 'repository_refused')).toBe(true)
      }),
      { numRuns: RUNS },
    )
  }, 120_000)
})
