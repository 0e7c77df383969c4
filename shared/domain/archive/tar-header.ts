import { isUtf8 } from 'node:buffer'

/** One 512-byte header of a tar archive, read but not yet judged. Offsets and sizes in bytes. */
export interface TarHeader {
  /** Name and prefix joined as the format says; null where the bytes are not UTF-8. */
  readonly name: string | null
  readonly size: number
  /** The type flag as a character; NUL, the flag of the oldest tars, reads as `0`. */
  readonly type: string
}

export const TAR_BLOCK = 512

/**
 * Reads a header block (POSIX.1-1988 ustar, GNU and the older format without a magic).
 * Returns a sentence's end where the block is no header: `has a wrong checksum`.
 */
export function parseTarHeader(block: Uint8Array): TarHeader | string {
  const stated = parseOctal(block.subarray(148, 156))
  if (stated === null || stated !== sumOf(block)) return 'has a wrong header checksum'

  const size = parseSize(block.subarray(124, 136))
  if (size === null) return 'states no readable size'

  const type = block[156] === 0 ? '0' : String.fromCodePoint(block[156] ?? 0)
  return { name: nameOf(block), size, type }
}

/** True for a block of zeros: the mark at an archive's end. */
export function isZeroBlock(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0)
}

/** UTF-8 text of a field up to its first NUL, null where it is not UTF-8. */
export function readField(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0)
  const used = end === -1 ? bytes : bytes.subarray(0, end)
  return isUtf8(used) ? Buffer.from(used).toString('utf8') : null
}

function nameOf(block: Uint8Array): string | null {
  const name = readField(block.subarray(0, 100))
  // Only POSIX ustar ("ustar", NUL) has a prefix there; GNU ("ustar", blank) keeps times in the same bytes.
  const isPosix = Buffer.from(block.subarray(257, 263)).toString('latin1') === 'ustar\0'
  if (!isPosix || block[345] === 0) return name

  const prefix = readField(block.subarray(345, 500))
  return prefix === null || name === null ? null : `${prefix}/${name}`
}

function sumOf(block: Uint8Array): number {
  let sum = 8 * 0x20
  for (let index = 0; index < TAR_BLOCK; index++) if (index < 148 || index >= 156) sum += block[index] ?? 0
  return sum
}

/** GNU and star write sizes over 8 GiB as a big-endian number behind a set top bit; a negative one is no size. */
function parseSize(field: Uint8Array): number | null {
  if (((field[0] ?? 0) & 0x80) === 0) return parseOctal(field)
  if (field[0] !== 0x80) return null

  let value = 0
  for (const byte of field.subarray(1)) value = value * 256 + byte
  return Number.isSafeInteger(value) ? value : null
}

function parseOctal(field: Uint8Array): number | null {
  const text = Buffer.from(field).toString('latin1')
  const digits = /^ *([0-7]{1,12})(?:[ \0]|$)/.exec(text)?.[1]
  return digits === undefined ? null : Number.parseInt(digits, 8)
}
