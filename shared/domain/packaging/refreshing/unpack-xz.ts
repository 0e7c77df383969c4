import { Fault } from '../../fault.ts'
import { findXzBlocks, packXzBlock, type XzBlock } from './xz-shape.ts'

// `xz -9` claims 64 MiB; a file may claim 4 GiB.
const MAX_DICTIONARY_BYTES = 128 * 1024 * 1024
const MAX_WHOLE_BYTES = 64 * 1024 * 1024

/**
 * Unpacks .xz, a decoder with a thread of its own for each block, two at a time: large files are written in blocks of 24 MiB.
 * Refused before anything is decoded: more than `maxBytes`, too large a dictionary, a shape that does not add up.
 * @throws Error saying what is wrong
 */
export async function* unpackXz(packed: Uint8Array, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const blocks = findXzBlocks(packed)
  if (blocks === null) throw new Error('It is truncated, or not xz with LZMA2.')

  const total = blocks.reduce((sum, block) => sum + block.plainBytes, 0)
  if (total > maxBytes) throw new Error(`It unpacks to ${total} bytes, not to at most ${maxBytes}.`)
  if (blocks.some((block) => block.dictionaryBytes > MAX_DICTIONARY_BYTES)) {
    throw new Error('It needs a dictionary of more than 128 MiB.')
  }

  const running = new Map<number, Promise<Uint8Array>>()
  for (const [index, block] of blocks.entries()) {
    const next = blocks[index + 1]
    if (next !== undefined && next.plainBytes <= MAX_WHOLE_BYTES) running.set(index + 1, startWhole(packed, next))

    const whole = running.get(index)
    running.delete(index)
    if (whole === undefined) yield* decode(packed, block)
    else yield await whole
  }
}

/** A block piece by piece as it is decoded. */
async function* decode(packed: Uint8Array, block: XzBlock): AsyncGenerator<Uint8Array, void, undefined> {
  const { xz } = await loadDecoder()
  yield* xz.decompressStream(new Blob(packXzBlock(packed, block)).stream())
}

/** A block in one piece, decoded while others are read. Its failure is only raised for the one who awaits it. */
function startWhole(packed: Uint8Array, block: XzBlock): Promise<Uint8Array> {
  const decoding = (async () => {
    const { XzDecompressor } = await loadDecoder()
    const decoder = new XzDecompressor()
    const pieces = packXzBlock(packed, block).map((piece) => decoder.update(piece))
    return Buffer.concat([...pieces, await decoder.finish()])
  })()
  decoding.catch(() => undefined)
  return decoding
}

/** Loaded only where something is unpacked: a process that merely reads caches does not pay for it. */
async function loadDecoder(): Promise<typeof import('@napi-rs/lzma')> {
  try {
    return await import('@napi-rs/lzma')
  } catch (cause) {
    // Not the repository's fault: nothing that it offers is judged by this.
    const message = 'The xz decompressor of this installation cannot be loaded ("lazaret doctor" says more).'
    throw new Fault('repository_unreachable', message, { cause })
  }
}
