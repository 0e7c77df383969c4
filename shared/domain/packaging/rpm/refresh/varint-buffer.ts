const FIRST_BYTES = 1024
// A number below 2⁵³ takes at most eight.
const MOST_BYTES = 10

/** Numbers of variable length, seven bits a byte, lowest first, one after another. */
export interface VarintBuffer {
  /** Whole, from 0 to 2⁵³ - 1. */
  number(value: number): void
  append(other: VarintBuffer): void
  clear(): void
  readonly length: number
  /** More than `length` of them; good until the next number. */
  readonly bytes: Uint8Array
}

export function openVarintBuffer(): VarintBuffer {
  let bytes = new Uint8Array(FIRST_BYTES)
  let length = 0
  const makeRoom = (more: number) => {
    if (length + more > bytes.length) bytes = new Uint8Array(bytes.buffer.transfer(2 * (bytes.length + more)))
  }
  return {
    number(value) {
      makeRoom(MOST_BYTES)
      let rest = value
      // Beyond 31 bits there are no bit operations.
      for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) {
        bytes[length] = (rest % 0x80) + 0x80
        length += 1
      }
      for (; rest >= 0x80; rest >>= 7) {
        bytes[length] = (rest & 0x7f) | 0x80
        length += 1
      }
      bytes[length] = rest
      length += 1
    },
    append(other) {
      makeRoom(other.length)
      copyBytes(other.bytes, other.length, bytes, length)
      length += other.length
    },
    clear: () => void (length = 0),
    get length() {
      return length
    },
    get bytes() {
      return bytes
    },
  }
}

// Fewer are copied one by one faster than by a call.
const MANY_BYTES = 128

/** The first `count` bytes, to a place in others. */
export function copyBytes(from: Uint8Array, count: number, to: Uint8Array, at: number): void {
  if (count >= MANY_BYTES) to.set(from.subarray(0, count), at)
  else for (let index = 0; index < count; index += 1) to[at + index] = from[index] ?? 0
}
