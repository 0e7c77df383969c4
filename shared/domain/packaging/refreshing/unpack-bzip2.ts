import type { ByteSink, ByteSource } from 'seek-bzip'

// One of its blocks is at most 900 kB before run lengths are undone; a block of runs alone may grow to 46 MB.
const PIECE_BYTES = 1 << 20

/**
 * Unpacks .bz2, several streams one after another too. Works on the main thread and yields to others after each block.
 * @throws Error when the data are not sound, or as soon as they hold more than `maxBytes`
 */
export async function* unpackBzip2(packed: Uint8Array, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
  const { default: Bunzip } = await import('seek-bzip')
  const source = openSource(packed)
  const sink = openSink(maxBytes)

  const decoder = new Bunzip(source, sink)
  for (;;) {
    if (decoder._init_block()) {
      decoder._read_bunzip()
      yield* sink.take()
      await new Promise((resolve) => setImmediate(resolve))
      continue
    }
    if (decoder.reader.read(32) >>> 0 !== decoder.streamCRC) throw new Error('Its checksum is wrong.')
    if (source.eof()) return

    decoder._start_bunzip(source, sink)
  }
}

/** Unlike the decoder's own source, one that says when the data end too early. */
function openSource(packed: Uint8Array): ByteSource {
  let at = 0
  const readByte = () => {
    const byte = packed[at]
    if (byte === undefined) throw new Error('It is truncated.')

    at += 1
    return byte
  }
  return {
    readByte,
    read(buffer, offset, length) {
      for (let index = 0; index < length; index += 1) buffer[offset + index] = readByte()
      return length
    },
    eof: () => at >= packed.length,
  }
}

function openSink(maxBytes: number): ByteSink & { take(): Uint8Array[] } {
  let piece = new Uint8Array(PIECE_BYTES)
  let used = 0
  let total = 0
  let full: Uint8Array[] = []
  return {
    writeByte(byte) {
      if (used === piece.length) {
        full.push(piece)
        piece = new Uint8Array(PIECE_BYTES)
        used = 0
      }
      total += 1
      if (total > maxBytes) throw new Error(`It unpacks to more than ${maxBytes} bytes.`)

      piece[used] = byte
      used += 1
    },
    take() {
      const taken = [...full, piece.slice(0, used)]
      full = []
      used = 0
      return taken
    },
  }
}
