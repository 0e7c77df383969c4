/** A stream of chunks, read by counts of bytes. `offset` is where the next byte lies. */
export interface ByteSource {
  readonly offset: number
  /** Exactly that many bytes, or null when the stream ends before. Each call hands out memory of its own. */
  read(bytes: number): Promise<Uint8Array | null>
  /** Passes over that many bytes without keeping them; false when the stream ends before. */
  skip(bytes: number): Promise<boolean>
  /** The next chunk, whatever its size, or null at the end. */
  next(): Promise<Uint8Array | null>
}

export function openByteSource(chunks: AsyncIterable<Uint8Array>): ByteSource {
  const iterator = chunks[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)
  let offset = 0

  async function take(wanted: number): Promise<Uint8Array | null> {
    while (rest.length === 0) {
      const step = await iterator.next()
      if (step.done === true) return null
      rest = step.value
    }
    const taken = rest.subarray(0, wanted)
    rest = rest.subarray(taken.length)
    offset += taken.length
    return taken
  }

  /** Hands each piece to `use` until all bytes came; false when the stream ends before. */
  async function each(bytes: number, use: (piece: Uint8Array, at: number) => void): Promise<boolean> {
    for (let at = 0; at < bytes;) {
      const piece = await take(bytes - at)
      if (piece === null) return false
      use(piece, at)
      at += piece.length
    }
    return true
  }

  return {
    get offset() {
      return offset
    },
    async read(bytes) {
      // Not zeroed: the pages of a large claim with nothing behind it are never touched.
      const target = Buffer.allocUnsafeSlow(bytes)
      return (await each(bytes, (piece, at) => target.set(piece, at))) ? target : null
    },
    skip: (bytes) => each(bytes, () => undefined),
    next: () => take(Number.POSITIVE_INFINITY),
  }
}
