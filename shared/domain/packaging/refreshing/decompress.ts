import { constants, createGunzip, createZstdDecompress } from 'node:zlib'
import { Fault } from '../../fault.ts'
import { unpackBzip2 } from './unpack-bzip2.ts'
import { unpackXz } from './unpack-xz.ts'

/** How an index may be packed, best first. */
export const COMPRESSIONS = [
  { extension: '.xz', kind: 'xz' },
  { extension: '.zst', kind: 'zst' },
  { extension: '.gz', kind: 'gz' },
  { extension: '.bz2', kind: 'bz2' },
  { extension: '', kind: 'plain' },
] as const
export type Compression = (typeof COMPRESSIONS)[number]['kind']

// zstd's own default bound for decoders: 128 MiB.
const ZSTD_WINDOW_LOG = 27

/**
 * Unpacks a whole file piece by piece, never more than `maxBytes` of it: a file that holds more is refused as soon as that is known,
 * for xz before the first byte is decoded. The work is done off the main thread, but for bzip2's, which yields between blocks.
 * @throws Fault `repository_refused` naming the URL
 */
export async function* decompress(
  kind: Compression,
  packed: Uint8Array,
  limits: { readonly maxBytes: number; readonly url: string },
): AsyncGenerator<Uint8Array, void, undefined> {
  let total = 0
  try {
    for await (const piece of unpack(kind, packed, limits.maxBytes)) {
      total += piece.length
      if (total > limits.maxBytes) throw tooLarge(limits)
      if (piece.length > 0) yield piece
    }
  } catch (error) {
    if (error instanceof Fault) throw error

    throw new Fault('repository_refused', `The file is not sound ${kind === 'plain' ? 'data' : kind}.`, {
      cause: error,
      place: { file: limits.url },
    })
  }
}

function unpack(kind: Compression, packed: Uint8Array, maxBytes: number): AsyncIterable<Uint8Array> {
  switch (kind) {
    case 'xz':
      return unpackXz(packed, maxBytes)
    case 'zst':
      return throughZlib(
        createZstdDecompress({ chunkSize: 1 << 18, params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
        packed,
      )
    case 'gz':
      return throughZlib(createGunzip({ chunkSize: 1 << 18 }), packed)
    case 'bz2':
      return unpackBzip2(packed, maxBytes)
    case 'plain':
      return once(packed)
    default:
      return kind satisfies never
  }
}

async function* throughZlib(
  unpacker: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>,
  packed: Uint8Array,
): AsyncGenerator<Uint8Array, void, undefined> {
  unpacker.end(packed)
  yield* unpacker
}

async function* once(packed: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  yield packed
}

function tooLarge(limits: { readonly maxBytes: number; readonly url: string }): Fault {
  return new Fault('repository_refused', `The file unpacks to more than ${limits.maxBytes} bytes.`, {
    place: { file: limits.url },
  })
}
