import { isWhite, readQuotedWord } from '../apt-words.ts'
import { showWord } from './show-word.ts'
import { INERT_OPTIONS, USED_OPTIONS } from './source-entry.ts'
import type { ReadSources, SourceEntry } from './source-entry.ts'

/**
 * Reads a `.list` file: `type [option=value …] uri suite component…`, one entry a line, as sources.list(5) says and apt 2.6.1 does.
 * A malformed line stops the file: apt refuses all its sources then.
 */
export function readOneLineSources(file: string, text: string, architecture: string): ReadSources {
  const entries: SourceEntry[] = []
  const warnings: string[] = []
  for (const [index, line] of text.split('\n').entries()) {
    const place = `${file}:${index + 1}`
    const read = readLine(withoutComment(line), place, architecture)
    if (typeof read === 'string') return { entries, warnings, problems: [`${place}: ${read}`] }
    if (read === null) continue

    entries.push(read)
    for (const option of read.options.keys()) {
      if (!USED_OPTIONS.has(option) && !INERT_OPTIONS.has(option)) {
        warnings.push(`${place}: the option ${showWord(option)} is not known; apt passes over it.`)
      }
    }
  }
  return { entries, warnings, problems: [] }
}

/** An entry, null for an empty line, or what is wrong with it. */
function readLine(line: string, place: string, architecture: string): SourceEntry | null | string {
  if (line === '') return null

  const typeEnd = line.search(/[ \t\v]/)
  if (typeEnd === -1) return 'a line that ends after its type.'
  const type = line.slice(0, typeEnd)
  if (type !== 'deb' && type !== 'deb-src') return `${showWord(type)} is not a type of source.`

  const options = readOptions(line, skipWhite(line, typeEnd))
  if (typeof options === 'string') return options
  const words = readWords(line, options.next)
  const [uri, suite, ...components] = words
  if (uri === undefined) return 'a source without a URI.'
  if (suite === undefined) return 'a source without a suite.'
  if (!uri.includes(':')) return 'a URI that is none.'
  if (suite.endsWith('/')) {
    if (components.length > 0) return 'a suite that ends in "/" and has components all the same.'
  } else if (components.length === 0) return 'a source without a component.'

  // apt replaces the variable in the suite of a flat repository only; a deb822 stanza has it replaced everywhere.
  const path = suite.endsWith('/') ? suite.replaceAll('$(ARCH)', architecture) : suite
  return {
    type,
    uri: uri.replaceAll('$(ARCH)', architecture),
    suite: path,
    components,
    options: options.options,
    place,
  }
}

function readOptions(line: string, start: number): { options: Map<string, string>; next: number } | string {
  const options = new Map<string, string>()
  if (line[start] !== '[') return { options, next: start }

  let at = skipWhite(line, start + 1)
  while (line[at] !== ']') {
    const read = readQuotedWord(line, at)
    if (read === null) return 'options that are never closed with "]".'
    let { word, next } = read
    if (word.length < 3) return 'an option that is too short.'
    if (word.endsWith(']')) {
      word = word.slice(0, -1)
      next = line.lastIndexOf(']', next - 1)
    }

    const equals = word.indexOf('=')
    if (equals === -1) return 'an option without "=".'
    if (equals === 0) return 'an option without a name.'
    if (equals === word.length - 1) return 'an option without a value.'
    options.set(word.slice(0, equals), word.slice(equals + 1))
    at = next
  }
  return { options, next: skipWhite(line, at + 1) }
}

function readWords(line: string, start: number): string[] {
  const words: string[] = []
  for (let read = readQuotedWord(line, start); read !== null; read = readQuotedWord(line, read.next)) {
    words.push(read.word)
  }
  return words
}

/** Cuts a `#` comment unless it stands inside `[…]`, and the blanks around what is left. */
function withoutComment(line: string): string {
  let depth = 0
  for (let at = 0; at < line.length; at++) {
    if (line[at] === '[') depth++
    else if (line[at] === ']') depth--
    else if (line[at] === '#' && depth <= 0) return trimBlanks(line.slice(0, at))
  }
  return trimBlanks(line)
}

function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && ' \t\r'.includes(text.charAt(start))) start++
  while (end > start && ' \t\r'.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

function skipWhite(text: string, from: number): number {
  let at = from
  while (at < text.length && isWhite(text.charCodeAt(at))) at++
  return at
}
