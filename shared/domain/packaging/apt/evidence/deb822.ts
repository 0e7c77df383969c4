/** One stanza of a deb822 file. Field names are in lower case; of a repeated field the last one counts, as in apt. */
export interface Stanza {
  /** Of its first field, from 1. */
  readonly line: number
  readonly fields: ReadonlyMap<string, StanzaField>
}

export interface StanzaField {
  /** Without the white space around it; inner lines as written. */
  readonly value: string
  readonly line: number
}

/** `malformed`: the line where apt gives up the whole file, null where it reads it to the end. */
export interface StanzaFile {
  readonly stanzas: readonly Stanza[]
  readonly malformed: { readonly line: number } | null
}

/**
 * Reads a small deb822 file (sources, preferences) as apt's own scanner does: lines that begin with `#` vanish first, a line
 * without a colon swallows the text up to the next one, white space at the start of a line continues a field, and only an
 * entirely empty line ends a stanza. Rules: deb822(5), checked against apt 2.6.1.
 */
export function readStanzas(text: string): StanzaFile {
  const { body, lineOf } = withoutComments(text)
  const stanzas: Stanza[] = []
  let position = 0
  while (position < body.length) {
    const found = readStanza(body, position, lineOf)
    if (found.malformed !== null) return { stanzas, malformed: { line: found.malformed } }
    if (found.stanza !== null) stanzas.push(found.stanza)
    position = found.next
  }
  return { stanzas, malformed: null }
}

/** White-space separated words of a field; empty where the field is absent. */
export function fieldWords(stanza: Stanza, name: string): string[] {
  return (stanza.fields.get(name)?.value ?? '').split(/[ \t\n\r\v\f]+/).filter((word) => word !== '')
}

/** The field on one line: its lines joined by a space; '' where absent. */
export function fieldText(stanza: Stanza, name: string): string {
  return stanza.fields.get(name)?.value ?? ''
}

interface ReadStanza {
  stanza: Stanza | null
  next: number
  malformed: number | null
}

function readStanza(body: string, start: number, lineOf: (offset: number) => number): ReadStanza {
  const fields = new Map<string, StanzaField>()
  let firstLine = 0
  let position = start
  while (position < body.length) {
    if (isSpace(body.charCodeAt(position))) {
      // Text before the first field, or a continuation that its field has taken already.
      position = lineEnd(body, position)
    } else {
      const colon = body.indexOf(':', position)
      if (colon === -1) return { stanza: null, next: body.length, malformed: lineOf(position) }

      const line = lineOf(position)
      if (firstLine === 0) firstLine = line
      const name = body.slice(position, colon).trimEnd().toLowerCase()
      const end = valueEnd(body, colon + 1)
      fields.set(name, { value: trimSpaces(body.slice(colon + 1, end)), line })
      position = end
    }

    const next = afterBlankLine(body, position)
    if (next !== null) return { stanza: asStanza(fields, firstLine), next, malformed: null }
    position++
  }
  return { stanza: asStanza(fields, firstLine), next: body.length, malformed: null }
}

function asStanza(fields: ReadonlyMap<string, StanzaField>, line: number): Stanza | null {
  return fields.size === 0 ? null : { line, fields }
}

/** The newline at which a field's value ends: the first one that is not followed by white space on the same logical field. */
function valueEnd(body: string, start: number): number {
  let end = lineEnd(body, start)
  while (end + 1 < body.length && isBlank(body.charCodeAt(end + 1))) end = lineEnd(body, end + 1)
  return end
}

/** Where the next stanza begins, if the newline at `position` is followed by an empty line (carriage returns aside). */
function afterBlankLine(body: string, position: number): number | null {
  let next = position + 1
  while (body[next] === '\r') next++
  if (body[next] !== '\n') return null

  while (body[next] === '\n' || body[next] === '\r') next++
  return next
}

function lineEnd(body: string, from: number): number {
  const end = body.indexOf('\n', from)
  return end === -1 ? body.length : end
}

/** Space or tab: what continues a field. A carriage return alone does not, for it belongs to the end of a line. */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

function trimSpaces(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/** Drops whole lines that begin with `#`, and remembers which line of the file each kept line was. */
function withoutComments(text: string): { body: string; lineOf: (offset: number) => number } {
  const kept: string[] = []
  const starts: number[] = []
  const numbers: number[] = []
  let offset = 0
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('#')) continue

    kept.push(line)
    starts.push(offset)
    numbers.push(index + 1)
    offset += line.length + 1
  }
  return { body: kept.join('\n'), lineOf: (at) => numbers[lastNotAfter(starts, at)] ?? 1 }
}

/** Index of the last of the rising numbers that is at most `limit`. */
function lastNotAfter(rising: readonly number[], limit: number): number {
  let low = 0
  let high = rising.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((rising[middle] ?? 0) <= limit) low = middle
    else high = middle - 1
  }
  return low
}
