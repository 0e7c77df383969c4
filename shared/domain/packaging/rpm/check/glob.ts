/**
 * Shell patterns as dnf matches names with them, fnmatch(3) without flags: `*` any characters, `?` one, `[…]` one of a set, a backslash
 * takes the next character for itself. Patterns come from strangers: matching goes back to the last `*` only, so its time is bounded by
 * the text's length times the pattern's.
 */
export function isGlob(pattern: string): boolean {
  return /[*?[\\]/.test(pattern)
}

/** What is no pattern matches as the text it is. */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (!isGlob(pattern)) return (text) => text === pattern

  const tokens = readTokens(pattern)
  return (text) => matches(tokens, text)
}

type Token = 'star' | ((character: string) => boolean)

function readTokens(pattern: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!
    if (character === '*') {
      if (tokens.at(-1) !== 'star') tokens.push('star')
    } else if (character === '?') {
      tokens.push(() => true)
    } else if (character === '[' && findEnd(pattern, at) > 0) {
      const end = findEnd(pattern, at)
      tokens.push(readSet(pattern.slice(at + 1, end)))
      at = end
    } else {
      const plain = character === '\\' ? (pattern[(at += 1)] ?? '\\') : character
      tokens.push((other) => other === plain)
    }
  }
  return tokens
}

/** The place of the `]` that ends a set; -1 where none does: then the bracket is a plain character. */
function findEnd(pattern: string, start: number): number {
  const negated = pattern[start + 1] === '!' || pattern[start + 1] === '^'
  // A `]` that comes first is a member.
  return pattern.indexOf(']', start + (negated ? 3 : 2))
}

function readSet(inside: string): (character: string) => boolean {
  const negated = inside.startsWith('!') || inside.startsWith('^')
  const members = negated ? inside.slice(1) : inside
  const ranges: [string, string][] = []
  for (let at = 0; at < members.length; at += 1) {
    const low = members[at]!
    const isRange = members[at + 1] === '-' && at + 2 < members.length
    ranges.push([low, isRange ? members[at + 2]! : low])
    if (isRange) at += 2
  }
  return (character) => ranges.some(([low, high]) => character >= low && character <= high) !== negated
}

function matches(tokens: readonly Token[], text: string): boolean {
  let token = 0
  let at = 0
  let star = -1
  let afterStar = 0
  while (at < text.length) {
    const current = tokens[token]
    if (current === 'star') {
      star = token
      afterStar = at
      token += 1
    } else if (current !== undefined && current(text[at]!)) {
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
  while (tokens[token] === 'star') token += 1
  return token === tokens.length
}
