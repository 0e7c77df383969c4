import { compileGlob } from './glob.ts'
import { compilePosixRegex } from './posix-regex.ts'

export type Matcher = (text: string) => boolean

/**
 * How apt matches a word of preferences (names, suites, labels, versions …): `/…/` is a regular expression, anything else a shell
 * pattern. null: it cannot be carried out here, and nobody may guess what it would match.
 */
export function compileExpression(pattern: string): Matcher | null {
  const known = compiled.get(pattern)
  if (known !== undefined) return known

  const matcher = compile(pattern)
  if (compiled.size >= REMEMBERED) compiled.clear()
  compiled.set(pattern, matcher)
  return matcher
}

export function isRegex(pattern: string): boolean {
  return pattern.length > 1 && pattern.startsWith('/') && pattern.endsWith('/')
}

const MAX_LENGTH = 1000
const REMEMBERED = 1000
const compiled = new Map<string, Matcher | null>()

function compile(pattern: string): Matcher | null {
  if (pattern.length > MAX_LENGTH) return null

  return isRegex(pattern) ? compilePosixRegex(pattern.slice(1, -1)) : compileGlob(pattern)
}
