import { isAscii } from 'node:buffer'

const [TAB, NEWLINE, AMPERSAND] = [9, 10, 38]
const END_OF_CDATA = Buffer.from(']]>')
// Whatever begins so is U+FFC0 or later; two of these are no characters.
const LAST_CHARACTERS = Buffer.from([0xef, 0xbf])
const ENTITIES = ['&amp;', '&lt;', '&gt;', '&quot;', '&apos;'].map((entity) => Buffer.from(entity))

/**
 * Looks a piece of XML through for what the slicer does not read: control characters (a carriage return too: XML makes a newline of it), the end
 * of CDATA, characters that are none, entities but the five.
 * @returns where the first one is, `end` where there is none
 */
export function findUnusual(bytes: Buffer, end: number): number {
  const first = Math.min(findControl(bytes, end), findBytes(bytes, END_OF_CDATA, end), findEntity(bytes, end))
  if (isAscii(bytes.subarray(0, end))) return first
  return Math.min(first, findBytes(bytes, LAST_CHARACTERS, end))
}

function findBytes(bytes: Buffer, wanted: Buffer, end: number): number {
  const at = bytes.subarray(0, end).indexOf(wanted)
  return at < 0 ? end : at
}

/** Four bytes at a time: of each the highest bit says whether taking 32 away borrowed. */
function findControl(bytes: Buffer, end: number): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  const count = Math.min(words.length, (end + 3) >> 2)
  for (let index = 0; index < count; index += 1) {
    const word = words[index] ?? 0
    if (((word - 0x2020_2020) & ~word & 0x8080_8080) === 0) continue

    for (let at = 4 * index; at < 4 * index + 4; at += 1) {
      const byte = bytes[at] ?? 0
      if (byte < 32 && byte !== NEWLINE && byte !== TAB) return Math.min(at, end)
    }
  }
  return end
}

function findEntity(bytes: Buffer, end: number): number {
  for (let at = bytes.indexOf(AMPERSAND); at >= 0 && at < end; at = bytes.indexOf(AMPERSAND, at + 1)) {
    if (!ENTITIES.some((entity) => bytes.compare(entity, 0, entity.length, at, at + entity.length) === 0)) return at
  }
  return end
}
