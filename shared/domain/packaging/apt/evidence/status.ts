import { malformed, tooLarge } from '../../evidence-fault.ts'
import type { AptPackage } from '../model.ts'
import { findKnownEntry, keepEntry } from './known-entries.ts'
import { readStatusEntry } from './status-entry.ts'
import type { StatusEntry } from './status-entry.ts'

/** Entries, installed or not, that one machine may have; the largest real one known has some 10,000. */
export const MAX_STATUS_ENTRIES = 200_000

/** Entries of one file that are looked for among those of other machines: more has no honest machine, and a hostile one gets no memory for it. */
const MOST_SHARED = 16_384

type Field = keyof StatusEntry
type Draft = { -readonly [Key in Field]: string }

// The names as dpkg writes them, and those that no rule needs, so that the common case is one look-up.
const FIELDS = new Map<string, Field | null>([
  ['Package', 'package'],
  ['Status', 'status'],
  ['Architecture', 'architecture'],
  ['Version', 'version'],
  ['Source', 'source'],
  ['Multi-Arch', 'multiArch'],
  ['Installed-Size', 'installedSize'],
  ['Essential', 'essential'],
  ['Depends', 'depends'],
  ['Pre-Depends', 'preDepends'],
  ['Conflicts', 'conflicts'],
  ['Breaks', 'breaks'],
  ['Replaces', 'replaces'],
  ['Provides', 'provides'],
  ['Recommends', 'recommends'],
  ...['Priority', 'Section', 'Maintainer', 'Description', 'Homepage', 'Conffiles', 'Suggests'].map(
    (name): [string, null] => [name, null],
  ),
])
const FOLDED = new Map([...FIELDS].map(([name, field]) => [name.toLowerCase(), field]))

const SINGLE: readonly Field[] = ['package', 'status', 'architecture', 'version']

/**
 * Reads a dpkg status file in one pass over its bytes. Strict where a mistake could lose a package: a file that ends inside a line
 * or whose last entry is incomplete is refused, for what came after is unknown.
 * @throws Fault `evidence_malformed`, `evidence_too_large`
 */
export function readStatus(
  bytes: Uint8Array,
  options: { file: string; statusless: boolean },
): { packages: AptPackage[]; warnings: string[]; entries: number } {
  // One byte, one character: encodings are not dpkg's concern, and nothing that is not ASCII gets into a name or a version.
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = buffer.toString('latin1')
  const packages: AptPackage[] = []
  const warnings: string[] = []
  const lines = { text, file: options.file }
  if (text !== '' && !text.endsWith('\n')) {
    throw faultAt(lines, text.length - 1, 'the file ends in the middle of a line; it was cut off.')
  }

  let entries = 0
  let position = 0
  let previous: Pick<FoundEntry, 'start' | 'described' | 'closed'> | null = null
  while (position < text.length) {
    const own = options.statusless || entries >= MOST_SHARED ? null : ownText(lines, buffer, position)
    const known = own === null ? undefined : findKnownEntry(own)
    if (own !== null && known !== undefined) {
      previous = { ...known, start: position, closed: true }
      position += own.length
      entries++
      if (entries > MAX_STATUS_ENTRIES) throw tooLarge(options.file, `more than ${MAX_STATUS_ENTRIES} entries.`)
      if (known.package !== null) packages.push(known.package)
      continue
    }

    const found = own === null ? scanEntry(lines, position) : scanOwn(lines, own, position)
    position = found.next
    if (found.fields === 0) continue

    entries++
    if (entries > MAX_STATUS_ENTRIES) throw tooLarge(options.file, `more than ${MAX_STATUS_ENTRIES} entries.`)
    if (position >= text.length) refuseCutEntry(lines, found, previous)
    const line = () => lineAt(text, found.start)
    const read = readStatusEntry(found.entry, {
      file: options.file,
      statusless: options.statusless,
      get line() {
        return line()
      },
    })
    if (read.package !== null) packages.push(read.package)
    if (read.warning !== null) warnings.push(read.warning)
    else if (own !== null && found.next === found.start + own.length)
      keepEntry(own, { package: read.package, described: found.described })
    previous = found
  }
  return { packages, warnings, entries }
}

/**
 * An entry up to and with the empty line that closes it, as a string of its own: what is read of it keeps no more than that in memory.
 * null: none begins here, or nothing closes it as dpkg does.
 */
function ownText({ text }: Lines, buffer: Buffer, start: number): string | null {
  const first = text.charCodeAt(start)
  const end = text.indexOf('\n\n', start)
  return end === -1 || first === NEWLINE || first === CARRIAGE_RETURN ? null : buffer.toString('latin1', start, end + 2)
}

/** The same as `scanEntry` at this place of the whole file. */
function scanOwn(lines: Lines, own: string, start: number): FoundEntry {
  try {
    const found = scanEntry({ ...lines, text: own }, 0)
    return { ...found, start: start + found.start, next: start + found.next }
  } catch {
    // Only there it is known which line it is.
    return scanEntry(lines, start)
  }
}

interface FoundEntry {
  readonly entry: StatusEntry
  readonly start: number
  readonly next: number
  readonly fields: number
  readonly described: boolean
  /** An empty line follows, as dpkg writes it after every entry. */
  readonly closed: boolean
}

interface Lines {
  readonly text: string
  readonly file: string
}

function scanEntry(lines: Lines, start: number): FoundEntry {
  const { text } = lines
  const draft = emptyEntry()
  let fields = 0
  let described = false
  let position = start
  let begin = start
  while (position < text.length) {
    const end = text.indexOf('\n', position)
    if (end === position || (text.charCodeAt(position) === CARRIAGE_RETURN && end === position + 1)) {
      return { entry: draft, start: begin, next: end + 1, fields, described, closed: true }
    }
    if (isBlank(text.charCodeAt(position)))
      throw faultAt(lines, position, 'a continuation line that continues nothing.')
    const colon = text.indexOf(':', position)
    if (colon === -1 || colon >= end || colon === position) throw faultAt(lines, position, 'a line that is no field.')
    if (fields === 0) begin = position
    fields++

    const name = text.slice(position, colon)
    const field = findField(name)
    const last = fieldEnd(text, end)
    if (field === null) described ||= name === 'Description'
    else {
      if (draft[field] !== '' && SINGLE.includes(field)) {
        throw faultAt(lines, position, `a second ${name} in one entry.`)
      }
      const value = text.slice(colon + 1, last)
      draft[field] = last === end ? value.trim() : joinLines(value)
    }
    position = last + 1
  }
  return { entry: draft, start: begin, next: text.length, fields, described, closed: false }
}

/** The newline that ends a field: the first one after which no line begins with a blank. */
function fieldEnd(text: string, lineEnd: number): number {
  let end = lineEnd
  while (end + 1 < text.length && isBlank(text.charCodeAt(end + 1))) end = text.indexOf('\n', end + 1)
  return end
}

function joinLines(value: string): string {
  return value
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB
}

const SPACE = 0x20
const TAB = 0x09
const NEWLINE = 0x0a
const CARRIAGE_RETURN = 0x0d

function findField(name: string): Field | null {
  const known = FIELDS.get(name)
  if (known !== undefined) return known

  return name.length > 64 ? null : (FOLDED.get(name.trimEnd().toLowerCase()) ?? null)
}

/**
 * A file that ends inside its last entry at the end of a line. dpkg closes every entry with an empty line; where that is missing the
 * entry must at least be as complete as the one before it.
 */
function refuseCutEntry(
  lines: Lines,
  last: Pick<FoundEntry, 'start' | 'described' | 'closed'>,
  previous: Pick<FoundEntry, 'described'> | null,
): void {
  if (last.closed || previous === null || !previous.described || last.described) return

  throw faultAt(lines, last.start, 'the last entry is incomplete; the file was cut off.')
}

function emptyEntry(): Draft {
  return {
    package: '',
    status: '',
    architecture: '',
    version: '',
    source: '',
    multiArch: '',
    installedSize: '',
    essential: '',
    depends: '',
    preDepends: '',
    conflicts: '',
    breaks: '',
    replaces: '',
    provides: '',
    recommends: '',
  }
}

function faultAt(lines: Lines, offset: number, what: string): Error {
  return malformed(lines.file, lineAt(lines.text, offset), what)
}

/** Line number (from 1) of an offset; counted only when something is to be said about it. */
function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}
