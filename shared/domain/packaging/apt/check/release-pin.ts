import { compileExpression } from './expression.ts'
import type { Matcher } from './expression.ts'
import type { IndexOrigin } from './index-origin.ts'

/**
 * `Pin: release …` and `Pin: origin …`: which package lists a pin means (apt_preferences(5); in detail apt's own matching, which
 * the tests compare with). Several conditions must all hold; of two of a kind the last one counts.
 */

export type OriginMatcher = (origin: IndexOrigin) => boolean

interface ReleaseTerms {
  version?: string
  origin?: string
  archive?: string
  codename?: string
  label?: string
  component?: string
  architecture?: string
  /** A bare word: archive or codename. */
  either?: string
}

/** null: an expression in it cannot be carried out here. */
export function compileOriginPin(value: string): OriginMatcher | null {
  const isQuoted = value.length >= 2 && value.startsWith('"') && value.endsWith('"')
  const matcher = compileExpression(isQuoted ? value.slice(1, -1) : value)
  if (matcher === null) return null

  return (origin) => origin.kind === 'list' && matcher(origin.host)
}

/** null: an expression in it cannot be carried out here. */
export function compileReleasePin(value: string): OriginMatcher | null {
  if (value === '*') return () => true

  const terms = readTerms(value)
  const matchers = new Map<keyof ReleaseTerms, Matcher>()
  for (const [key, pattern] of Object.entries(terms) as [keyof ReleaseTerms, string][]) {
    const matcher = key === 'version' ? compileVersion(pattern) : compileExpression(pattern)
    if (matcher === null) return null
    matchers.set(key, matcher)
  }
  return (origin) => (origin.kind === 'status' ? matchesStatus(matchers, origin) : matchesList(matchers, origin))
}

const MAX_SPECIFICATION = 299
const MAX_TERMS = 20
const KEYS = new Map<string, keyof ReleaseTerms>([
  ['v=', 'version'],
  ['o=', 'origin'],
  ['a=', 'archive'],
  ['n=', 'codename'],
  ['l=', 'label'],
  ['c=', 'component'],
  ['b=', 'architecture'],
])

function readTerms(value: string): ReleaseTerms {
  if (!value.includes('=')) return /^\d/.test(value) ? { version: value } : { either: value }

  const terms: ReleaseTerms = {}
  // apt reads so much and no more.
  for (const part of value.slice(0, MAX_SPECIFICATION).split(',').slice(0, MAX_TERMS)) {
    const term = part.trim()
    const key = KEYS.get(term.slice(0, 2).toLowerCase())
    if (key !== undefined && term.length > 2) terms[key] = term.slice(2)
  }
  return terms
}

/** A version term or pin: equal, or beginning so where it ends in `*`, or as an expression. Exported for `Pin: version`. */
export function compileVersion(pattern: string): Matcher | null {
  const isPrefix = pattern.endsWith('*')
  const literal = (isPrefix ? pattern.slice(0, -1) : pattern).toLowerCase()
  // apt takes the star away before it tries the rest as an expression.
  const expression = compileExpression(isPrefix ? pattern.slice(0, -1) : pattern)
  if (expression === null) return null

  return (version) => {
    const lower = version.toLowerCase()
    return (isPrefix ? lower.startsWith(literal) : lower === literal) || expression(version)
  }
}

// An archive without a Release file has a site and components all the same.
const NO_RELEASE = { version: '', origin: '', suite: '', codename: '', label: '' }

function matchesList(matchers: ReadonlyMap<keyof ReleaseTerms, Matcher>, origin: IndexOrigin): boolean {
  // No term that apt knows: it matches nothing.
  if (matchers.size === 0) return false

  const release = origin.release ?? NO_RELEASE

  return (
    accepts(matchers.get('version'), release.version) &&
    accepts(matchers.get('origin'), release.origin) &&
    accepts(matchers.get('archive'), release.suite) &&
    accepts(matchers.get('codename'), release.codename) &&
    (accepts(matchers.get('either'), release.suite) || accepts(matchers.get('either'), release.codename)) &&
    accepts(matchers.get('label'), release.label) &&
    // A component that is empty, as that of a flat archive, is there all the same.
    (matchers.get('component')?.(origin.component) ?? true) &&
    accepts(matchers.get('architecture'), origin.architecture)
  )
}

/** Of the status file apt compares archive terms with the component field, where it keeps `now`. */
function matchesStatus(matchers: ReadonlyMap<keyof ReleaseTerms, Matcher>, origin: IndexOrigin): boolean {
  const needsRelease = (['version', 'origin', 'codename', 'label'] as const).some((key) => matchers.has(key))
  if (needsRelease) return false

  return (
    accepts(matchers.get('archive'), origin.component) &&
    accepts(matchers.get('either'), origin.component) &&
    accepts(matchers.get('component'), origin.component) &&
    accepts(matchers.get('architecture'), origin.architecture)
  )
}

/** A field that a Release does not have is matched by nothing, not even by `*`. */
function accepts(matcher: Matcher | undefined, field: string): boolean {
  return matcher === undefined || (field !== '' && matcher(field))
}
