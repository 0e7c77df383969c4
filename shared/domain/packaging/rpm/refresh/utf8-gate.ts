import { isAscii, isUtf8 } from 'node:buffer'
import { malformed } from './xml.ts'

/**
 * Checks that bytes that come in pieces are UTF-8 together. A character that is cut by the end of a piece is held until the next one.
 * @throws Fault `repository_refused` from its functions
 */
export function openUtf8Gate(file: string): { check(piece: Uint8Array): void; finish(): void } {
  let cut: Uint8Array = new Uint8Array(0)
  const refuse = (): never => {
    throw malformed(file, 'is not UTF-8')
  }
  return {
    check(piece) {
      if (cut.length === 0 && isAscii(piece)) return

      const joined = cut.length === 0 ? piece : Buffer.concat([cut, piece])
      const end = lastBoundary(joined)
      if (!isUtf8(joined.subarray(0, end))) refuse()
      cut = joined.slice(end)
    },
    finish() {
      if (cut.length > 0) refuse()
    },
  }
}

/** Where the last character begins that may not be complete; the length where none is cut. */
function lastBoundary(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return bytes.length
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return back < needed ? bytes.length - back : bytes.length
    }
  }
  return bytes.length
}
