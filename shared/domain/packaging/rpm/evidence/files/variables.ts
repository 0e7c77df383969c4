/** A text with its variables replaced; `unknown` are the names that nothing is known of, and that stay as they are. */
export interface Expanded {
  readonly text: string
  readonly unknown: readonly string[]
}

export type Variables = ReadonlyMap<string, string>

/** As deep as libdnf goes into `${a:-${b:-…}}`. */
const MAX_DEPTH = 32
/** Longer than any address. What would grow beyond stays as it is. */
const MAX_LENGTH = 64 * 1024

/**
 * Replaces `$name`, `${name}`, `${name:-word}` (where unset or empty) and `${name:+word}` (where set) as libdnf (ConfigParser, Vars) and
 * libzypp (RepoVariables) do. What is not well-formed stays. Values are not looked into again. A backslash takes the next character for
 * itself; for libzypp only within a word.
 */
export function expandVariables(text: string, variables: Variables, dialect: 'dnf' | 'yum' | 'zypp'): Expanded {
  if (!text.includes('$') && !text.includes('\\')) return { text, unknown: [] }

  const scan: Scan = { text, variables, dialect, unknown: new Set(), room: MAX_LENGTH }
  const { out, end } = expandFrom(scan, 0, 0)
  return { text: out + text.slice(end), unknown: [...scan.unknown] }
}

interface Scan {
  readonly text: string
  readonly variables: Variables
  readonly dialect: 'dnf' | 'yum' | 'zypp'
  readonly unknown: Set<string>
  /** Characters that values may still add. */
  room: number
}

/** `isClosed`: the word ended at its brace. */
interface Part {
  readonly out: string
  readonly end: number
  readonly isClosed: boolean
}

function expandFrom(scan: Scan, start: number, depth: number): Part {
  const { text } = scan
  const pieces: string[] = []
  let at = start
  while (at < text.length) {
    const character = text[at]
    if (character === '}' && depth > 0) return { out: pieces.join(''), end: at, isClosed: true }

    if (character === '\\' && isEscape(scan, at, depth)) {
      pieces.push(text[at + 1] ?? '')
      at += 2
      continue
    }
    if (character !== '$') {
      pieces.push(character ?? '')
      at += 1
      continue
    }
    const replaced = replaceAt(scan, at, depth)
    // A word without an end ends all: what follows stays as it is, and nobody looks at it twice.
    if (replaced === null) return { out: pieces.join(''), end: at, isClosed: false }
    pieces.push(replaced.out)
    at = replaced.end
  }
  return { out: pieces.join(''), end: at, isClosed: false }
}

function isEscape({ text, dialect }: Scan, at: number, depth: number): boolean {
  if (at + 1 >= text.length || dialect === 'yum') return false
  return dialect === 'dnf' || (depth > 0 && '$}\\'.includes(text[at + 1] ?? ' '))
}

/** What stands for the variable that begins at `at`, and where it ends; null: a word that never ends. */
function replaceAt(scan: Scan, at: number, depth: number): { out: string; end: number } | null {
  const { text } = scan
  const isBraced = text[at + 1] === '{'
  const from = at + (isBraced ? 2 : 1)
  let to = from
  while (to < text.length && isNameCharacter(text.charCodeAt(to))) to += 1
  const name = text.slice(from, to)
  if (name === '') return { out: '$', end: at + 1 }
  if (!isBraced) return { out: valueOf(scan, name) ?? text.slice(at, to), end: to }
  if (text[to] === '}') return { out: valueOf(scan, name) ?? text.slice(at, to + 1), end: to + 1 }

  const mode = text[to + 1]
  const isConditional = text[to] === ':' && (mode === '-' || mode === '+') && scan.dialect !== 'yum'
  if (!isConditional) return { out: text.slice(at, to), end: to }
  if (depth >= MAX_DEPTH) return null

  const word = expandFrom(scan, to + 2, depth + 1)
  if (!word.isClosed) return null
  const value = scan.variables.get(name) ?? ''
  const isSet = value !== ''
  if (mode === '-') return { out: isSet ? (valueOf(scan, name) ?? '') : word.out, end: word.end + 1 }
  return { out: isSet ? word.out : '', end: word.end + 1 }
}

/** null: unknown, or no room for it. */
function valueOf(scan: Scan, name: string): string | null {
  const value = scan.variables.get(name)
  if (value === undefined || value.length > scan.room) {
    scan.unknown.add(name)
    return null
  }
  scan.room -= value.length
  return value
}

function isNameCharacter(code: number): boolean {
  const isDigit = code >= 48 && code <= 57
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
  return isDigit || isLetter || code === 95
}
