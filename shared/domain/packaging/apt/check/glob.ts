/**
 * Shell patterns as fnmatch(3) has them without flags but "ignore case", which is how apt matches in preferences: `*` and `?` match
 * every character, `[…]` one of a set, a backslash takes the next character for itself. Patterns come from strangers: matching goes
 * back to the last `*` only, so its time is bounded by the text's length times the longest piece between two `*`.
 */

interface Token {
  readonly kind: 'one' | 'star'
  readonly has: (character: string) => boolean
}

const ANY = () => true

/** The matcher, or null for what is not carried out here: collating symbols, an unknown character class. */
export function compileGlob(pattern: string): ((text: string) => boolean) | null {
  const lower = pattern.toLowerCase()
  if (!/[*?[\\]/.test(lower)) return (text) => text.toLowerCase() === lower

  const tokens = readTokens(lower)
  if (tokens === null) return null
  if (tokens === 'nothing') return () => false

  return (text) => matches(tokens, text.toLowerCase())
}

function readTokens(pattern: string): readonly Token[] | 'nothing' | null {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!
    if (character === '*') {
      if (tokens.at(-1)?.kind !== 'star') tokens.push({ kind: 'star', has: ANY })
    } else if (character === '?') {
      tokens.push({ kind: 'one', has: ANY })
    } else if (character === '[') {
      const set = readSet(pattern, at)
      if (set === 'unknown') return null
      tokens.push({ kind: 'one', has: set?.has ?? ((other) => other === '[') })
      at = set?.end ?? at
    } else if (character === '\\') {
      at += 1
      const escaped = pattern[at]
      // A pattern that ends in a backslash matches nothing.
      if (escaped === undefined) return 'nothing'
      tokens.push({ kind: 'one', has: (other) => other === escaped })
    } else {
      tokens.push({ kind: 'one', has: (other) => other === character })
    }
  }
  return tokens
}

const CLASSES = new Map<string, (character: string) => boolean>([
  ['alpha', (c) => /[a-z]/.test(c)],
  ['digit', (c) => /[0-9]/.test(c)],
  ['alnum', (c) => /[a-z0-9]/.test(c)],
  ['upper', (c) => /[a-z]/.test(c)],
  ['lower', (c) => /[a-z]/.test(c)],
  ['space', (c) => /[\t-\r ]/.test(c)],
  ['blank', (c) => /[\t ]/.test(c)],
  ['punct', (c) => /[!-/:-@[-`{-~]/.test(c)],
  ['xdigit', (c) => /[0-9a-f]/.test(c)],
])

/** The set that begins at `[`, with the place of its `]`; null where it never ends: then the bracket is a plain character. */
function readSet(
  pattern: string,
  start: number,
): { has: (character: string) => boolean; end: number } | 'unknown' | null {
  let at = start + 1
  const negated = pattern[at] === '!' || pattern[at] === '^'
  if (negated) at += 1

  const tests: ((character: string) => boolean)[] = []
  for (let first = true; at < pattern.length; first = false) {
    const character = pattern[at]!
    if (character === ']' && !first) {
      return { has: (other) => tests.some((test) => test(other)) !== negated, end: at }
    }
    if (character === '[' && (pattern[at + 1] === '.' || pattern[at + 1] === '=')) return 'unknown'
    if (character === '[' && pattern[at + 1] === ':') {
      const end = pattern.indexOf(':]', at + 2)
      const test = CLASSES.get(pattern.slice(at + 2, end))
      if (end < 0 || test === undefined) return 'unknown'
      tests.push(test)
      at = end + 2
      continue
    }
    const low = character === '\\' ? (pattern[(at += 1)] ?? '') : character
    const isRange = pattern[at + 1] === '-' && at + 2 < pattern.length && pattern[at + 2] !== ']'
    at += isRange ? 2 : 0
    const high = isRange && pattern[at] === '\\' ? (pattern[(at += 1)] ?? '') : isRange ? pattern[at]! : low
    tests.push((other) => other >= low && other <= high)
    at += 1
  }
  return null
}

function matches(tokens: readonly Token[], text: string): boolean {
  let token = 0
  let at = 0
  let star = -1
  let afterStar = 0
  while (at < text.length) {
    const current = tokens[token]
    if (current?.kind === 'star') {
      star = token
      afterStar = at
      token += 1
    } else if (current !== undefined && current.has(text[at]!)) {
      token += 1
      at += 1
    } else if (star >= 0) {
      afterStar += 1
      at = afterStar
      token = star + 1
    } else {
      return false
    }
  }
  while (tokens[token]?.kind === 'star') token += 1
  return token === tokens.length
}
