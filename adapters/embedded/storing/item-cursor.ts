import { Fault } from '#shared/domain/fault.ts'

/**
 * A position in a list as opaque text. It says only where to go on, never in which list: a forged one can skip items of a query, not
 * show those of another.
 */
export function writeCursor(position: readonly string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Three keys of 1,024 bytes, each byte at most six letters of JSON. */
const LONGEST_CURSOR = 28_000

/** @throws Fault `request_invalid` when it was not written by `writeCursor` with as many keys */
export function readCursor(cursor: string, keys: number): readonly string[] {
  const position = cursor.length <= LONGEST_CURSOR ? parse(cursor) : null
  const isPosition =
    Array.isArray(position) && position.length === keys && position.every((key) => typeof key === 'string')
  if (!isPosition || writeCursor(position) !== cursor)
    throw new Fault('request_invalid', 'The cursor is not a valid one.')

  return position
}

function parse(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return null
  }
}

/**
 * The first text after all that begin with the prefix, in the order of code points, which is that of UTF-8's bytes; null when there is
 * none. No code point lies between U+D7FF and U+E000.
 */
export function endOfPrefix(prefix: string): string | null {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0)
  while (points.at(-1) === 0x10ffff) points.pop()
  const last = points.pop()
  if (last === undefined) return null

  return String.fromCodePoint(...points, last === 0xd7ff ? 0xe000 : last + 1)
}
