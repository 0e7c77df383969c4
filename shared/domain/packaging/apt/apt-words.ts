/** apt's booleans: `yes true with on enable 1` and `no false without off disable 0` in any case; null for anything else. */
export function parseAptBoolean(text: string): boolean | null {
  const word = text.trim().toLowerCase()
  if (YES.has(word)) return true
  return NO.has(word) ? false : null
}

const YES = new Set(['yes', 'true', 'with', 'on', 'enable', '1'])
const NO = new Set(['no', 'false', 'without', 'off', 'disable', '0'])

/** A word, and where reading goes on; null: the text is at its end, or a quote or bracket is never closed. */
export interface QuotedWord {
  readonly word: string
  readonly next: number
}

/**
 * apt's quoted word: ends at white space outside `"…"` and `[…]`; quotes vanish, brackets stay, `%20` becomes what it stands for.
 * Only blanks are skipped before it, any white space after it.
 */
export function readQuotedWord(text: string, from: number): QuotedWord | null {
  let start = from
  while (text[start] === ' ') start++
  if (start >= text.length) return null

  const end = quotedWordEnd(text, start)
  if (end === null) return null

  let next = end
  while (next < text.length && isWhite(text.charCodeAt(next))) next++
  return { word: unquote(text.slice(start, end)), next }
}

function quotedWordEnd(text: string, start: number): number | null {
  let end = start
  while (end < text.length && !isWhite(text.charCodeAt(end))) {
    const closing = text[end] === '"' ? '"' : text[end] === '[' ? ']' : null
    if (closing !== null) {
      end = text.indexOf(closing, end + 1)
      if (end === -1) return null
    }
    end++
  }
  return end
}

function unquote(word: string): string {
  const plain = word.replaceAll('"', '')
  if (!plain.includes('%')) return plain

  return plain.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export function isWhite(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** Is the apt of this version at least the named one? Only the leading numbers of the upstream version are looked at. */
export function isAptAtLeast(version: string | null, wanted: readonly [number, number, number]): boolean | null {
  const numbers = /^(?:\d{1,9}:)?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?/.exec(version ?? '')
  if (numbers === null) return null

  for (const [index, least] of wanted.entries()) {
    const number = Number(numbers[index + 1] ?? 0)
    if (number !== least) return number > least
  }
  return true
}
