import { Fault } from '../../../fault.ts'
import { openListBuilder, type ListBuilder } from './list-builder.ts'
import { ARCHITECTURE, FIELD_NAMES, findField, PACKAGE, PHASED, PROVIDES, SOURCE, VERSION } from './index-fields.ts'

/** Limits on one index; beyond any of them it is refused. Real ones: 64,000 stanzas, a name of 80 bytes, a field of 100 KiB. */
export const INDEX_LIMITS = {
  stanzaBytes: 8 * 1024 * 1024,
  nameBytes: 512,
  wordBytes: 1024,
  fieldBytes: 1024 * 1024,
  packages: 1_000_000,
  providers: 4_000_000,
  architectures: 64,
} as const

export interface ScannedIndex {
  readonly bytes: Uint8Array
  readonly packages: number
  /** Some version has a Phased-Update-Percentage below 100. */
  readonly phased: boolean
  /** Every architecture that a record names, in byte order. */
  readonly architectures: readonly string[]
}

/** Reads an index (`Packages`) piece by piece; the pieces may end anywhere. */
export interface PackagesScanner {
  /** @throws Fault `repository_refused` naming the URL and the line */
  write(chunk: Uint8Array): void
  /** @throws Fault `repository_refused` */
  finish(): ScannedIndex
}

const [NEWLINE, RETURN, TAB, SPACE, COLON, COMMA, PARENTHESIS] = [10, 13, 9, 32, 58, 44, 40] as const

/** @param url of the index, for what is said of it. */
export function openPackagesScanner(url: string): PackagesScanner {
  const list = openListBuilder()
  const state: ScanState = {
    url,
    list,
    starts: new Int32Array(FIELD_NAMES.length).fill(-1),
    ends: new Int32Array(FIELD_NAMES.length),
    line: 0,
    stanzaLine: 0,
    phased: false,
    architectures: new Set(),
    architecture: new Uint8Array(0),
  }
  let rest: Buffer = Buffer.alloc(0)

  return {
    write(chunk) {
      const piece = asBuffer(chunk)
      const border = rest.length === 0 ? -1 : piece.indexOf('\n\n')
      if (border < 0) {
        rest = scanWhole(state, rest.length === 0 ? piece : Buffer.concat([rest, piece]))
        return
      }
      // Only the stanza that lies in two pieces is copied together.
      const joined = Buffer.concat([rest, piece.subarray(0, border + 2)])
      scan(state, joined, joined.length)
      rest = scanWhole(state, piece.subarray(border + 2))
    },
    finish() {
      const last = Buffer.concat([rest, Buffer.from('\n\n')])
      scan(state, last, last.length)
      return {
        bytes: list.finish(),
        packages: list.records,
        phased: state.phased,
        architectures: [...state.architectures].toSorted(),
      }
    },
  }
}

interface ScanState {
  readonly url: string
  readonly list: ListBuilder
  /** -1: the stanza has no such field so far. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  line: number
  /** 0: between stanzas. */
  stanzaLine: number
  phased: boolean
  readonly architectures: Set<string>
  /** Of the record before, so that a name is only made where it changes. */
  architecture: Uint8Array
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Scans the stanzas that are whole. What is left is copied: the piece may be memory that its giver uses again. */
function scanWhole(state: ScanState, piece: Buffer): Buffer {
  const end = endOfLastStanza(piece)
  if (piece.length - end > INDEX_LIMITS.stanzaBytes) refuse(state, 'a stanza of more than 8 MiB')

  scan(state, piece, end)
  return Buffer.from(piece.subarray(end))
}

function endOfLastStanza(piece: Buffer): number {
  const plain = piece.lastIndexOf('\n\n')
  if (plain >= 0) return plain + 2

  const withReturns = piece.lastIndexOf('\n\r\n')
  return withReturns < 0 ? 0 : withReturns + 3
}

/** Every byte of an index passes here: one loop, nothing allocated for a line. */
function scan(state: ScanState, piece: Buffer, end: number): void {
  const { starts, ends } = state
  let field = -1
  let at = 0
  while (at < end) {
    state.line += 1
    const first = piece[at] ?? 0
    let stop = at
    if (first === SPACE || first === TAB) {
      if (state.stanzaLine === 0) refuse(state, 'a continued line that continues nothing')
      while (stop < end && piece[stop] !== NEWLINE) stop += 1
      if (field >= 0) ends[field] = stop
    } else if (first === NEWLINE || (first === RETURN && piece[at + 1] === NEWLINE)) {
      stop = first === NEWLINE ? at : at + 1
      if (state.stanzaLine > 0) closeStanza(state, piece)
      field = -1
    } else {
      if (state.stanzaLine === 0) state.stanzaLine = state.line
      while (stop < end && piece[stop] !== COLON && piece[stop] !== NEWLINE) stop += 1
      if (stop === at || piece[stop] !== COLON) refuse(state, 'a line that is neither a field nor a continuation')

      field = findField(piece, at, stop - at)
      if (field >= 0) starts[field] = stop + 1
      while (stop < end && piece[stop] !== NEWLINE) stop += 1
      if (field >= 0) ends[field] = stop
    }
    at = stop + 1
  }
}

function closeStanza(state: ScanState, piece: Buffer): void {
  const { list, starts, ends } = state
  let total = FIELD_NAMES.length
  for (let field = 0; field < FIELD_NAMES.length; field += 1) {
    const length = trim(piece, starts, ends, field)
    if (length > INDEX_LIMITS.fieldBytes) refuse(state, `a ${FIELD_NAMES[field]} of ${length} bytes`)
    total += length
  }
  const name = readName(state, piece)
  for (const field of [ARCHITECTURE, VERSION]) {
    if (starts[field] === ends[field]) refuse(state, `${name} has no ${FIELD_NAMES[field]}`)
  }
  for (const field of [ARCHITECTURE, VERSION, SOURCE]) checkWord(state, piece, field)
  if (list.records >= INDEX_LIMITS.packages) refuse(state, `more than ${INDEX_LIMITS.packages} packages`)

  const { buffer, at } = list.reserve(total)
  let to = at
  for (let field = 1; field < FIELD_NAMES.length; field += 1) {
    to = copyValue(piece, starts[field] ?? 0, ends[field] ?? 0, buffer, to)
    buffer[to] = NEWLINE
    to += 1
  }
  list.close(name, to)
  noteArchitecture(state, piece)
  if (starts[PHASED] !== ends[PHASED])
    state.phased ||= !isHundred(piece.toString('latin1', starts[PHASED], ends[PHASED]))
  if (starts[PROVIDES] !== ends[PROVIDES]) noteProvides(state, piece, starts[PROVIDES] ?? 0, ends[PROVIDES] ?? 0)

  starts.fill(-1)
  state.stanzaLine = 0
}

/** Takes white space off both ends of a value; an absent one becomes empty. */
function trim(piece: Buffer, starts: Int32Array, ends: Int32Array, field: number): number {
  let start = starts[field] ?? -1
  if (start < 0) {
    starts[field] = ends[field] = 0
    return 0
  }
  let end = ends[field] ?? 0
  while (start < end && (piece[start] ?? 0) <= SPACE) start += 1
  while (end > start && (piece[end - 1] ?? 0) <= SPACE) end -= 1
  starts[field] = start
  ends[field] = end
  return end - start
}

/** A line break and the white space around it become one space: no value is longer than it was. */
function copyValue(piece: Buffer, start: number, end: number, to: Uint8Array, position: number): number {
  let out = position
  for (let at = start; at < end; at += 1) {
    const byte = piece[at] ?? 0
    if (byte !== NEWLINE) {
      to[out] = byte
      out += 1
      continue
    }
    while (out > position && (to[out - 1] ?? 0) <= SPACE) out -= 1
    while ((piece[at + 1] ?? 0) <= SPACE && at + 1 < end) at += 1
    to[out] = SPACE
    out += 1
  }
  return out
}

function readName(state: ScanState, piece: Buffer): string {
  const [start, end] = [state.starts[PACKAGE] ?? 0, state.ends[PACKAGE] ?? 0]
  if (start === end) refuse(state, 'a stanza without Package')
  if (end - start > INDEX_LIMITS.nameBytes) refuse(state, `a package name of ${end - start} bytes`)

  let upper = false
  for (let at = start; at < end; at += 1) {
    const byte = piece[at] ?? 0
    if (byte <= SPACE || byte === 127) refuse(state, 'a package name with white space or control characters')
    upper ||= byte >= 65 && byte <= 90
  }
  const name = piece.toString('latin1', start, end)
  // apt folds the case of names; only ASCII, so that other bytes stay as they are.
  return upper ? name.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : name
}

/** What people are shown of a record: bounded, and without control characters. */
function checkWord(state: ScanState, piece: Buffer, field: number): void {
  const [start, end] = [state.starts[field] ?? 0, state.ends[field] ?? 0]
  if (end - start > INDEX_LIMITS.wordBytes) refuse(state, `a ${FIELD_NAMES[field]} of ${end - start} bytes`)

  for (let at = start; at < end; at += 1) {
    const byte = piece[at] ?? 0
    // A continued line is folded into a space.
    const isControl = (byte < SPACE && byte !== NEWLINE && byte !== TAB) || byte === 127
    if (isControl) refuse(state, `a ${FIELD_NAMES[field]} with control characters`)
  }
}

function noteArchitecture(state: ScanState, piece: Buffer): void {
  const [start, end] = [state.starts[ARCHITECTURE] ?? 0, state.ends[ARCHITECTURE] ?? 0]
  const { architecture } = state
  let isSame = architecture.length === end - start
  for (let at = start; isSame && at < end; at += 1) isSame = piece[at] === architecture[at - start]
  if (isSame) return

  state.architecture = Uint8Array.from(piece.subarray(start, end))
  state.architectures.add(piece.toString('latin1', start, end))
  if (state.architectures.size > INDEX_LIMITS.architectures) refuse(state, 'more than 64 architectures')
}

function isHundred(percentage: string): boolean {
  return percentage.trim() === '100'
}

/** `a (= 1), b:any` provides `a` and `b`. */
function noteProvides(state: ScanState, piece: Buffer, start: number, end: number): void {
  let at = start
  while (at < end) {
    while (at < end && ((piece[at] ?? 0) <= SPACE || piece[at] === COMMA)) at += 1
    const begin = at
    while (at < end && !endsName(piece[at] ?? 0)) at += 1
    if (at > begin && at - begin <= INDEX_LIMITS.nameBytes) state.list.provide(piece.toString('latin1', begin, at))
    while (at < end && piece[at] !== COMMA) at += 1
  }
  if (state.list.providers > INDEX_LIMITS.providers) refuse(state, `more than ${INDEX_LIMITS.providers} provided names`)
}

function endsName(byte: number): boolean {
  return byte <= SPACE || byte === COMMA || byte === PARENTHESIS || byte === COLON
}

function refuse(state: ScanState, what: string): never {
  throw new Fault('repository_refused', `The index is malformed: ${what}.`, {
    place: { file: state.url, line: state.stanzaLine || state.line },
  })
}
