import { isRegex } from './expression.ts'
import type { AptPin } from '../model.ts'

/**
 * Patterns come from strangers and are tried against every package, all within one check. What a pattern costs at most is known before it
 * is tried: so many nanoseconds for each character of the text (measured on a small machine, rounded up).
 */
const REGEX_NS = 8
const TOKEN_NS = 10
const LITERAL_NS = 1

/** All patterns together may take so long for one package: about as long as everything else does that a check does for one. */
const BUDGET_NS = 100_000

/** The longest text that patterns of this cost for one character are tried against. */
export function longestText(costNs: number): number {
  return costNs === 0 ? Number.POSITIVE_INFINITY : Math.floor(BUDGET_NS / costNs)
}

/** Nanoseconds for one character of a text; 0 for a plain word. */
export function costOfExpression(pattern: string): number {
  // An engine of linear time keeps at most one state for each character of the expression.
  if (isRegex(pattern)) return REGEX_NS * pattern.length
  if (!/[*?[\\]/.test(pattern)) return 0
  if (/^[^*?[\\]*\*$/.test(pattern)) return LITERAL_NS

  // Matching goes back to the last star only: each character of the text may begin the longest piece behind a star.
  const pieces = pattern.split('*').slice(1)
  return TOKEN_NS * (1 + Math.max(0, ...pieces.map((piece) => piece.length)))
}

/** The expressions in the value of a pin; what is read in two ways comes twice. */
export function listExpressions(pin: Pick<AptPin, 'type' | 'value'>): readonly string[] {
  const { type, value } = pin
  const isTerms = type === 'release' && value.includes('=')
  const words = isTerms ? value.split(',').map((term) => term.slice(term.indexOf('=') + 1).trim()) : [value]
  return words.flatMap((word) => [unquote(word), ...(word.endsWith('*') ? [word.slice(0, -1)] : [])])
}

export function costOfPin(pin: Pick<AptPin, 'type' | 'value'>): number {
  return listExpressions(pin).reduce((sum, expression) => sum + costOfExpression(expression), 0)
}

function unquote(word: string): string {
  return word.length >= 2 && word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : word
}

/** Characters of patterns that one machine's preferences may hold: each is compiled, whether it is tried or not. */
const MAX_REGEX_CHARACTERS = 1024
const MAX_GLOB_CHARACTERS = 32_768

/** Counts patterns; false for one that is beyond what is compiled. Plain words do not count. */
export function openPatternQuota(): (expression: string) => boolean {
  let regexes = 0
  let globs = 0
  return (expression) => {
    const isPattern = isRegex(expression) || /[*?[\\]/.test(expression)
    if (!isPattern) return true

    if (isRegex(expression)) regexes += expression.length
    else globs += expression.length
    return regexes <= MAX_REGEX_CHARACTERS && globs <= MAX_GLOB_CHARACTERS
  }
}
