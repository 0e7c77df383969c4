import { Fault } from '../../../fault.ts'
import type { AptRelease } from '../model.ts'

/** A Release file, read. Fields that are absent are '' or null. */
export interface ReleaseFile {
  readonly release: AptRelease
  /** Milliseconds since 1970; null: absent. */
  readonly date: ReleaseDate
  readonly validUntil: ReleaseDate
  /** null: the field is absent, so that every architecture may be there. */
  readonly architectures: readonly string[] | null
  readonly components: readonly string[]
  /** Packages of architecture `all` are in each architecture's index too, not only in one of their own. */
  readonly noSupportForAll: boolean
  readonly acquireByHash: boolean
  /** Indexes of packages, by path relative to the Release file. Only those with a strong hash. */
  readonly files: ReadonlyMap<string, PromisedFile>
  /** Paths that have no hash but MD5 or SHA-1. */
  readonly hasOnlyWeakHashes: boolean
}

export type ReleaseDate = { readonly status: 'absent' | 'garbage' } | { readonly status: 'set'; readonly ms: number }

export interface PromisedFile {
  readonly bytes: number
  readonly algorithm: 'sha256' | 'sha512'
  /** Lower-case hex. */
  readonly hash: string
}

export const RELEASE_BYTES = 16 * 1024 * 1024
const MAX_LINES = 400_000
const MAX_ENTRIES = 100_000
const MAX_FIELD = 64 * 1024
/** What people are shown of a release: its names. */
const MAX_WORD = 1024

const STRONG = [
  { field: 'sha256', algorithm: 'sha256', digits: 64 },
  { field: 'sha512', algorithm: 'sha512', digits: 128 },
] as const

/**
 * Reads the first stanza of a Release file. Only what decides is kept; of a repeated field the last one counts.
 * @throws Fault `repository_refused` naming the URL and the line
 */
export function parseRelease(bytes: Uint8Array, url: string): ReleaseFile {
  const fields = readFields(bytes, url)
  const text = (name: string) => fields.get(name)?.lines[0] ?? ''
  const word = (name: string) => {
    if (text(name).length > MAX_WORD) refuse(url, fields.get(name)?.line ?? 1, `a field that is too long, ${name}`)
    return text(name)
  }
  const files = new Map<string, PromisedFile>()
  for (const { field, algorithm, digits } of STRONG) {
    const section = fields.get(field)
    if (section !== undefined) readEntries(section, { algorithm, digits, url, files })
  }

  const weak = fields.has('md5sum') || fields.has('sha1')
  const architectures = fields.has('architectures') ? words(text('architectures')) : null
  return {
    release: {
      origin: word('origin'),
      label: word('label'),
      suite: word('suite'),
      codename: word('codename'),
      version: word('version'),
      notAutomatic: isYes(text('notautomatic')),
      butAutomaticUpgrades: isYes(text('butautomaticupgrades')),
    },
    date: readDate(text('date')),
    validUntil: readDate(text('valid-until')),
    architectures,
    components: words(text('components')),
    noSupportForAll: words(text('no-support-for-architecture-all')).includes('Packages'),
    acquireByHash: isYes(text('acquire-by-hash')),
    files,
    hasOnlyWeakHashes: weak && !fields.has('sha256') && !fields.has('sha512'),
  }
}

interface Field {
  readonly line: number
  /** The first is what follows the colon. Trimmed. */
  readonly lines: string[]
}

function readFields(bytes: Uint8Array, url: string): Map<string, Field> {
  const lines = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes).split('\n', MAX_LINES + 1)
  if (lines.length > MAX_LINES) refuse(url, MAX_LINES, `more than ${MAX_LINES} lines`)

  const fields = new Map<string, Field>()
  let current: Field | null = null
  for (const [index, raw] of lines.entries()) {
    const line = raw.trimEnd()
    if (line === '' && (raw === '' || raw === '\r')) {
      if (fields.size > 0) break
      continue
    }
    if (raw.startsWith(' ') || raw.startsWith('\t')) {
      if (current === null) refuse(url, index + 1, 'a continued line that continues nothing')
      current.lines.push(line.trimStart())
      continue
    }
    const colon = line.indexOf(':')
    if (colon <= 0) refuse(url, index + 1, describeStranger(line))
    if (colon > 200 || line.length > MAX_FIELD) refuse(url, index + 1, 'a field that is too long')

    current = { line: index + 1, lines: [line.slice(colon + 1).trim()] }
    fields.set(line.slice(0, colon).toLowerCase(), current)
  }
  if (fields.size === 0) refuse(url, 1, 'it is empty')

  return fields
}

function readEntries(
  section: Field,
  into: {
    algorithm: 'sha256' | 'sha512'
    digits: number
    url: string
    files: Map<string, PromisedFile>
  },
): void {
  const { url, files } = into
  if (section.lines.length > MAX_ENTRIES) refuse(url, section.line, `more than ${MAX_ENTRIES} files`)

  for (const [index, line] of section.lines.entries()) {
    if (line === '') continue

    const [hash = '', size = '', path = '', ...rest] = words(line)
    const sound =
      rest.length === 0 &&
      hash.length === into.digits &&
      /^[0-9a-fA-F]+$/.test(hash) &&
      /^\d{1,15}$/.test(size) &&
      path !== ''
    if (!sound) refuse(url, section.line + index, 'an entry that is not hash, size and path')
    if (!isIndexOfPackages(path)) continue

    const known = files.get(path)
    if (known !== undefined && known.bytes !== Number(size)) {
      refuse(url, section.line + index, `two sizes for ${path.slice(0, 200)}`)
    }
    if (known === undefined || known.algorithm === into.algorithm) {
      files.set(path, { bytes: Number(size), algorithm: into.algorithm, hash: hash.toLowerCase() })
    }
  }
}

/** `Packages`, packed or not, in any folder. */
function isIndexOfPackages(path: string): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return name === 'Packages' || name.startsWith('Packages.')
}

function words(text: string): string[] {
  return text.split(/[ \t]+/).filter((word) => word !== '')
}

function isYes(text: string): boolean {
  return ['yes', 'true', 'with', 'on', 'enable', '1'].includes(text.toLowerCase())
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DATE =
  /^(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (?:UTC|GMT|Z|[+-]0{1,4})$/

/** RFC 1123 in UTC, as apt reads it (a time zone other than UTC is garbage there too). */
export function readDate(text: string): ReleaseDate {
  if (text === '') return { status: 'absent' }

  const match = DATE.exec(text)
  const month = MONTHS.indexOf(match?.[2]?.toLowerCase() ?? '')
  if (match === null || month < 0) return { status: 'garbage' }

  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map((group) => Number(match[group]))
  const ms = Date.UTC(year ?? 0, month, day, hour, minute, second)
  const exists = new Date(ms).getUTCDate() === day && (hour ?? 24) < 24 && (minute ?? 60) < 60 && (second ?? 61) < 61
  return exists ? { status: 'set', ms } : { status: 'garbage' }
}

function describeStranger(line: string): string {
  return line.trimStart().startsWith('<') ? 'it is a web page' : 'a line that is neither a field nor a continuation'
}

function refuse(url: string, line: number, what: string): never {
  throw new Fault('repository_refused', `The Release file is refused: ${what}.`, { place: { file: url, line } })
}
