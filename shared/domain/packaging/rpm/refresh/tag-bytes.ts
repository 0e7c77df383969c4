import { XML_LIMITS } from './xml.ts'

const [TAB, NEWLINE, SPACE, QUOTE, AMPERSAND, SLASH, LESS, EQUAL, GREATER] = [9, 10, 32, 34, 38, 47, 60, 61, 62]
const MAX_ATTRIBUTES = 16

/** The attributes of the tag last looked at: where names begin and end, where values do. */
export interface TagAttributes {
  readonly count: number
  /** Looks at the attributes from here on. Where the tag ends (at `>` or `/>`); -1 where they are unusual. */
  read(bytes: Uint8Array, from: number): number
  nameAt(index: number): number
  nameEnd(index: number): number
  valueAt(index: number): number
  valueEnd(index: number): number
}

/** Attributes in double quotes, each name once, with values that XML leaves as they are. */
export function openTagAttributes(): TagAttributes {
  const places = new Int32Array(4 * MAX_ATTRIBUTES)
  let count = 0
  const isRepeated = (bytes: Uint8Array, from: number, end: number): boolean => {
    for (let other = 0; other < count; other += 1) {
      const start = places[4 * other] ?? 0
      if ((places[4 * other + 1] ?? 0) - start === end - from && sameBytes(bytes, start, from, end)) return true
    }
    return false
  }
  return {
    get count() {
      return count
    },
    read(bytes, from) {
      count = 0
      let at = from
      for (;;) {
        const start = at
        let code = bytes[at]
        while (code === SPACE || code === NEWLINE || code === TAB) code = bytes[++at]
        if (code === GREATER) return at
        if (code === SLASH) return bytes[at + 1] === GREATER ? at : -1
        if (at === start || count >= MAX_ATTRIBUTES) return -1

        const nameEnd = skipName(bytes, at)
        if (nameEnd === at || bytes[nameEnd] !== EQUAL || bytes[nameEnd + 1] !== QUOTE) return -1
        if (isRepeated(bytes, at, nameEnd)) return -1

        let valueEnd = nameEnd + 2
        while (ENDS_VALUE[bytes[valueEnd] ?? 0] === 0 || bytes[valueEnd] === AMPERSAND) valueEnd += 1
        if (bytes[valueEnd] !== QUOTE || valueEnd - nameEnd > XML_LIMITS.attributeBytes) return -1

        places[4 * count] = at
        places[4 * count + 1] = nameEnd
        places[4 * count + 2] = nameEnd + 2
        places[4 * count + 3] = valueEnd
        count += 1
        at = valueEnd + 1
      }
    },
    nameAt: (index) => places[4 * index] ?? 0,
    nameEnd: (index) => places[4 * index + 1] ?? 0,
    valueAt: (index) => places[4 * index + 2] ?? 0,
    valueEnd: (index) => places[4 * index + 3] ?? 0,
  }
}

/** Where a value in double quotes ends, or has what is not meant as it stands: an entity, what XML would change (a newline) or refuses. */
export const ENDS_VALUE = Uint8Array.from({ length: 256 }, (_, code) =>
  code < SPACE || code === QUOTE || code === LESS || code === AMPERSAND ? 1 : 0,
)
const NAME_START = /[A-Za-z_]/
const NAME_CHARACTER = /[A-Za-z_0-9:.-]/
const STARTS_NAME = classOf(NAME_START)
const IN_NAME = classOf(NAME_CHARACTER)

function classOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, code) => (code < 128 && pattern.test(String.fromCharCode(code)) ? 1 : 0))
}

/** Where a name ends that begins here; the same place where none does. */
export function skipName(bytes: Uint8Array, from: number): number {
  if (STARTS_NAME[bytes[from] ?? 0] === 0) return from

  let at = from + 1
  while (IN_NAME[bytes[at] ?? 0] === 1) at += 1
  return at
}

/** Are the bytes at `other` those from `from` to `end`? */
export function sameBytes(bytes: Uint8Array, other: number, from: number, end: number): boolean {
  for (let at = from, to = other; at < end; at += 1, to += 1) if (bytes[at] !== bytes[to]) return false
  return true
}

/** Is this the word from `from` to `end`? */
export function isWord(bytes: Uint8Array, from: number, end: number, word: Uint8Array): boolean {
  if (end - from !== word.length) return false
  for (let at = 0; at < word.length; at += 1) if (bytes[from + at] !== word[at]) return false
  return true
}

export function hasEntity(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1) if (bytes[at] === AMPERSAND) return true
  return false
}

/** Not empty, printable ASCII without white space and entities. */
export function isPlainWord(bytes: Uint8Array, from: number, end: number): boolean {
  for (let at = from; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte <= SPACE || byte >= DELETE || byte === AMPERSAND) return false
  }
  return end > from
}

const DELETE = 127
