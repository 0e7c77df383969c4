import { RE2JS } from 're2js'

/**
 * POSIX extended regular expressions, ignoring case and unanchored, as apt takes them between slashes in preferences and in
 * Default-Release. They come from strangers, so they run on an engine whose time is linear in the text; an expression is rewritten
 * for it where the two languages differ, and refused where the rewriting would be a guess.
 */

const MAX_LENGTH = 300
/** A counted repetition is unrolled by the engine: cost without length. */
const MAX_REPEAT = 16
const MAX_COUNTED = 4

/** The matcher, or null for an expression that cannot be carried out safely and exactly: the caller says so to the person. */
export function compilePosixRegex(expression: string): ((text: string) => boolean) | null {
  const rewritten = rewrite(expression)
  if (rewritten === null) return null

  try {
    const compiled = RE2JS.compile(rewritten, RE2JS.CASE_INSENSITIVE | RE2JS.DOTALL)
    return (text) => compiled.matcher(text).find()
  } catch {
    return null
  }
}

function rewrite(expression: string): string | null {
  if (expression.length > MAX_LENGTH) return null

  let out = ''
  let depth = 0
  let counted = 0
  // May an operator of repetition stand here? Not at a beginning, and not twice: there the languages differ.
  let repeatable = false
  for (let at = 0; at < expression.length; at += 1) {
    const piece = readPiece(expression, at)
    if (piece === null) return null

    if (piece.kind === 'repeat' && !repeatable) return null
    if (piece.counted && (counted += 1) > MAX_COUNTED) return null
    if (piece.kind === 'open') depth += 1
    // A closing parenthesis without an opening one is a plain character.
    const isPlainClose = piece.kind === 'close' && depth === 0
    if (piece.kind === 'close' && !isPlainClose) depth -= 1
    out += isPlainClose ? '\\)' : piece.text
    repeatable = piece.kind === 'atom' || piece.kind === 'close'
    at = piece.end
  }
  return depth === 0 ? out : null
}

interface Piece {
  readonly kind: 'atom' | 'repeat' | 'open' | 'close' | 'anchor'
  readonly text: string
  /** Place of its last character. */
  readonly end: number
  readonly counted?: boolean
}

function readPiece(expression: string, at: number): Piece | null {
  const character = expression[at]!
  switch (character) {
    case '\\':
      return readEscape(expression, at)
    case '[':
      return readBracket(expression, at)
    case '{':
      return readCount(expression, at)
    case '(':
      return { kind: 'open', text: '(?:', end: at }
    case ')':
      return { kind: 'close', text: ')', end: at }
    case '|':
    case '^':
    case '$':
      return { kind: 'anchor', text: character, end: at }
    case '*':
    case '+':
    case '?':
      return { kind: 'repeat', text: character, end: at }
    case '.':
      return { kind: 'atom', text: '.', end: at }
    default:
      return { kind: 'atom', text: quote(character), end: at }
  }
}

function readEscape(expression: string, at: number): Piece | null {
  const escaped = expression[at + 1]
  // Back references, word anchors and the C library's own letters: not carried out.
  if (escaped === undefined || /[\w<>`']/.test(escaped)) return null

  return { kind: 'atom', text: quote(escaped), end: at + 1 }
}

function readCount(expression: string, at: number): Piece | null {
  const end = expression.indexOf('}', at)
  const found = /^(\d{1,2})(,(\d{0,2}))?$/.exec(expression.slice(at + 1, Math.max(end, 0)))
  if (found === null || Number(found[1]) > MAX_REPEAT || Number(found[3] ?? 0) > MAX_REPEAT) return null

  return { kind: 'repeat', text: `{${found[0]}}`, end, counted: true }
}

const CLASS = /^\[:(alpha|digit|alnum|upper|lower|space|blank|punct|print|graph|cntrl|xdigit):\]/

function readBracket(expression: string, start: number): Piece | null {
  let at = start + 1
  let text = '['
  if (expression[at] === '^') {
    text += '^'
    at += 1
  }
  for (let first = true; at < expression.length; first = false) {
    const character = expression[at]!
    if (character === ']' && !first) return { kind: 'atom', text: `${text}]`, end: at }

    const found = CLASS.exec(expression.slice(at, at + 12))
    if (found === null && character === '[' && /[.=:]/.test(expression[at + 1] ?? '')) return null
    // Inside brackets a backslash is a plain character in POSIX; a hyphen keeps its meaning in both languages.
    text += found?.[0] ?? (character === '-' ? '-' : quote(character))
    at += found?.[0].length ?? 1
  }
  return null
}

function quote(character: string): string {
  return /[\\.+*?()|[\]{}^$&~#-]/.test(character) ? `\\${character}` : character
}
