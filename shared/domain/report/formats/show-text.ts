import { inert } from '../../text.ts'

/** No word that a person reads is longer; what is, is no word (a payload, a certificate in one line). */
const MAX_WORD = 1000

/**
 * A scanner's text made inert for any reader: what controls, reorders or hides becomes `\u…`, line ends are newlines, a tab is four spaces, and
 * a word of more than 1,000 characters is cut with a word about it. Newlines are kept.
 */
export function showText(text: string): string {
  const even = cutWords(text).replaceAll('\r\n', '\n').replaceAll('\t', '    ')
  return inert(even.toWellFormed()).replace(/[^\P{C}\n]/gu, escapeUnits)
}

/** The same on one line. */
export function showLine(text: string): string {
  return showText(text).replaceAll(/\s*\n\s*/g, ' ')
}

/** Cuts words of more than 1,000 characters. */
export function cutWords(text: string): string {
  if (text.length <= MAX_WORD) return text
  return text.replaceAll(/\S+/g, (word) =>
    word.length <= MAX_WORD
      ? word
      : `${word.slice(0, MAX_WORD).toWellFormed()} … [${word.length - MAX_WORD} characters more]`,
  )
}

/** At most `max` characters of a text, with a word about the rest. */
export function cutLong(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max).toWellFormed()} … [${text.length - max} characters more]`
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => {
    return `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  }).join('')
}
