import type { Memo, PackageReader } from './package-reader.ts'
import { XML_LIMITS, type Attributes } from './xml.ts'

const [TAB, NEWLINE, SPACE, QUOTE, AMPERSAND, SLASH, COLON, LESS, EQUAL, GREATER] = [
  9, 10, 32, 34, 38, 47, 58, 60, 61, 62,
]
const MAX_ATTRIBUTES = 16

// A carriage return is no less unusual: XML makes a newline of it.
const CONTROL = /[^\t\n\u0020-\u00ff]/
const OTHER_ENTITY = /&(?!amp;|lt;|gt;|quot;|apos;)/

/**
 * Reads one `<package …>…</package>` of plain XML several times faster than the parser: elements, attributes in double quotes, text, the
 * five entities. Whatever else there is (comments, CDATA, other entities, anything not well-formed) makes it answer false; then the
 * parser must read the package anew, and says what is wrong.
 * @param text one character a byte, UTF-8 checked before
 */
export function slicePackage(text: string, from: number, end: number, reader: PackageReader): boolean {
  const body = text.slice(from, end)
  if (CONTROL.test(body) || body.includes(']]>') || body.includes('\u00ef\u00bf')) return false

  const hasEntities = body.includes('&')
  if (hasEntities && OTHER_ENTITY.test(body)) return false

  const stack: string[] = []
  const locals: string[] = []
  const attributes: string[] = []
  let isWanted = false
  let at = from
  let textFrom = from
  for (;;) {
    // Here begins a tag.
    if (text.charCodeAt(at + 1) === SLASH) {
      const name = stack.pop()
      const local = locals.pop()
      if (name === undefined || local === undefined || !text.startsWith(name, at + 2)) return false
      if (text.charCodeAt(at + 2 + name.length) !== GREATER) return false

      const value = isWanted ? plain(text.slice(textFrom, at), hasEntities) : ''
      if (value.length > XML_LIMITS.silence) return false
      reader.close(local, value, stack.length)
      isWanted = false
      at += name.length + 3
    } else {
      if (isWanted || stack.length >= XML_LIMITS.depth - 1) return false

      // Relations are two thirds of the text, and mostly the same ones over and over.
      const entryEnd = stack.length === 3 ? readEntry(text, at, reader, hasEntities) : -1
      if (entryEnd >= 0) {
        at = text.indexOf('<', entryEnd)
        textFrom = entryEnd
        if (at < 0 || at >= end) return false
        continue
      }
      const nameEnd = skipName(text, at + 1)
      if (nameEnd === at + 1) return false
      const local = localNameAt(text, at + 1, nameEnd)
      const tagEnd = readAttributes(text, nameEnd, attributes, hasEntities)
      if (tagEnd < 0) return false

      isWanted = reader.open(local, attributes, stack.length)
      if (text.charCodeAt(tagEnd) === SLASH) {
        reader.close(local, '', stack.length)
        isWanted = false
        at = tagEnd + 2
      } else {
        stack.push(text.slice(at + 1, nameEnd))
        locals.push(local)
        at = tagEnd + 1
      }
    }
    if (stack.length === 0) return at === end

    textFrom = at
    at = text.indexOf('<', at)
    if (at < 0 || at >= end) return false
  }
}

interface KnownTag {
  readonly local: string
  readonly attributes: Attributes
  readonly memo: Memo
}

// Several times what one repository has of them again and again; the bytes that it may keep are bounded with it.
const MAX_KNOWN = 20_000
const MAX_KNOWN_LENGTH = 400
const known = new Map<string, KnownTag>()
// Hashes of what was seen once: what never comes again is not worth to be kept.
const seen = new Uint32Array(1 << 15)

/** An element without contents, if it is one: told to the reader; where it ends. -1: it must be read like any other. */
function readEntry(text: string, at: number, reader: PackageReader, hasEntities: boolean): number {
  const end = text.indexOf('/>', at) + 2
  if (end === 1 || end - at > MAX_KNOWN_LENGTH) return -1

  const tag = text.slice(at, end)
  const entry = known.get(tag) ?? (isSeenAgain(tag) ? learnEntry(tag, hasEntities) : null)
  if (entry === null) return -1

  const { local, attributes, memo } = entry
  reader.open(local, attributes, 3, memo)
  reader.close(local, '', 3)
  return end
}

function isSeenAgain(tag: string): boolean {
  let hash = tag.length
  for (let at = 0; at < tag.length; at += 1) hash = Math.imul(hash ^ tag.charCodeAt(at), 0x0100_0193)
  const slot = (hash ^ (hash >>> 15)) & (seen.length - 1)
  const isKnown = seen[slot] === hash >>> 0
  seen[slot] = hash
  return isKnown
}

function learnEntry(piece: string, hasEntities: boolean): KnownTag | null {
  // A copy: the piece would keep the whole text alive.
  const tag = Buffer.from(piece, 'latin1').toString('latin1')
  const nameEnd = skipName(tag, 1)
  const attributes: string[] = []
  if (nameEnd === 1 || readAttributes(tag, nameEnd, attributes, hasEntities) !== tag.length - 2) return null

  const entry: KnownTag = { local: localNameAt(tag, 1, nameEnd), attributes, memo: { relation: null } }
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(tag, entry)
  return entry
}

/** `entry` for `rpm:entry`: a piece of its own, so that the text is not kept alive. */
function localNameAt(text: string, from: number, end: number): string {
  for (let at = from; at < end; at += 1) if (text.charCodeAt(at) === COLON) return text.slice(at + 1, end)
  return text.slice(from, end)
}

function isNameStart(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95
}

function isNameCharacter(code: number): boolean {
  return isNameStart(code) || (code >= 48 && code <= 58) || code === 45 || code === 46
}

/** Where a name ends that begins here; the same place where none does. */
function skipName(text: string, from: number): number {
  if (!isNameStart(text.charCodeAt(from))) return from

  let at = from + 1
  while (isNameCharacter(text.charCodeAt(at))) at += 1
  return at
}

/** Where the tag ends (at `>` or `/>`), with its attributes in `to`; -1 where they are unusual. */
function readAttributes(text: string, from: number, to: string[], hasEntities: boolean): number {
  to.length = 0
  let at = from
  for (;;) {
    const start = at
    let code = text.charCodeAt(at)
    while (code === SPACE || code === NEWLINE || code === TAB) code = text.charCodeAt(++at)
    if (code === GREATER) return at
    if (code === SLASH) return text.charCodeAt(at + 1) === GREATER ? at : -1
    if (at === start || to.length >= 2 * MAX_ATTRIBUTES) return -1

    const nameEnd = skipName(text, at)
    if (nameEnd === at || text.charCodeAt(nameEnd) !== EQUAL || text.charCodeAt(nameEnd + 1) !== QUOTE) return -1
    const valueEnd = skipValue(text, nameEnd + 2)
    if (valueEnd < 0 || valueEnd - nameEnd > XML_LIMITS.attributeBytes) return -1

    const name = text.slice(at, nameEnd)
    for (let index = 0; index < to.length; index += 2) if (to[index] === name) return -1
    to.push(name, plain(text.slice(nameEnd + 2, valueEnd), hasEntities))
    at = valueEnd + 1
  }
}

/** Where the value ends; -1 for one that XML would change or refuse. */
function skipValue(text: string, from: number): number {
  for (let at = from; ; at += 1) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) return at
    // Also the end of the text, which is not a number.
    if (!(code >= SPACE) || code === LESS) return -1
  }
}

const NOT_ASCII = /[\u0080-\u00ff]/
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&quot;', '"'],
  ['&apos;', "'"],
])

/** The text that is meant: entities replaced, bytes read as UTF-8. */
function plain(text: string, hasEntities: boolean): string {
  const decoded = NOT_ASCII.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text
  if (!hasEntities || decoded.indexOf(AMPERSAND_TEXT) < 0) return decoded

  return decoded.replaceAll(/&[a-z]+;/g, (entity) => ENTITIES.get(entity) ?? entity)
}

const AMPERSAND_TEXT = String.fromCharCode(AMPERSAND)
