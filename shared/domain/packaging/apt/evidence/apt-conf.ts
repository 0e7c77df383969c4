import { isWhite, readQuotedWord } from '../apt-words.ts'
import { clearConfig, setConfig } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'
import { showWord } from './show-word.ts'

/** Levels of `{ … }`; apt's own files use three. */
const MAX_DEPTH = 64
/** Characters of a full name, `A::B::C`. */
const MAX_NAME = 4096

/** What a file did to the configuration: `problem` is the sentence with which apt refuses to work at all. */
export interface ReadConfigFile {
  readonly problem: string | null
  /** What it includes, a sentence each: nobody knows what that would set. */
  readonly unfollowed: readonly string[]
}

/**
 * Reads one file in the format of apt.conf(5) into the configuration: scopes, lists, comments in all three forms, `#clear`.
 * `#include` is named and never followed: it is a path of the machine.
 */
export function readAptConf(config: AptConfiguration, file: string, text: string): ReadConfigFile {
  const state: State = { config, file, unfollowed: [], scopes: [], scope: '', pending: '', inComment: false }
  for (const [index, line] of text.split('\n').entries()) {
    const trouble = readLine(state, line, index + 1)
    if (trouble !== null) return { problem: `${file}:${index + 1}: ${trouble}`, unfollowed: state.unfollowed }
  }
  const unfinished = state.pending === '' ? null : `${file}: a setting at the end of the file is never closed with ";".`
  return { problem: unfinished, unfollowed: state.unfollowed }
}

interface State {
  readonly config: AptConfiguration
  readonly file: string
  readonly unfollowed: string[]
  readonly scopes: string[]
  scope: string
  /** Text of a setting that goes on over lines. */
  pending: string
  inComment: boolean
}

function readLine(state: State, raw: string, line: number): string | null {
  const text = withoutComments(state, raw.replaceAll('\t', ' ').trim())
  let start = 0
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    if (quoted || (character !== '{' && character !== '}' && character !== ';')) continue

    append(state, text.slice(start, at))
    start = at + 1
    const trouble = closeSetting(state, character, line)
    if (trouble !== null) return trouble
  }
  append(state, text.slice(start))
  return state.pending.length > MAX_NAME * 16 ? 'a setting of more than 64 KiB.' : null
}

function append(state: State, fragment: string): void {
  const text = fragment.trim()
  if (text !== '') state.pending = state.pending === '' ? text : `${state.pending} ${text}`
}

/** Acts on the text before a `{`, `}` or `;`. Returns what is wrong with it, null when nothing is. */
function closeSetting(state: State, end: '{' | '}' | ';', line: number): string | null {
  const text = state.pending
  state.pending = ''
  if (text === '') {
    if (end === '{') return 'a block without a name.'
    if (end === '}') leaveScope(state)
    return null
  }

  const setting = readSetting(text, end)
  if (typeof setting === 'string') return setting
  if (end === '{') {
    if (state.scopes.length >= MAX_DEPTH) return `more than ${MAX_DEPTH} blocks within each other.`
    state.scopes.push(state.scope)
    state.scope = state.scope === '' ? setting.tag : `${state.scope}::${setting.tag}`
    if (state.scope.length > MAX_NAME) return 'a name that is too long.'
  }

  const trouble = apply(state, setting, end, line)
  if (end === '}') leaveScope(state)
  return trouble
}

interface Setting {
  readonly tag: string
  /** null: a block without a value of its own. */
  readonly value: string | null
}

/** `Tag "value"`, `Tag value`, or a value alone, which belongs to the list of its block. */
function readSetting(text: string, end: string): Setting | string {
  const tag = readQuotedWord(text, 0)
  if (tag === null) return 'a name whose quotes are never closed.'
  if (tag.next >= text.length) return end === '{' ? { tag: tag.word, value: null } : { tag: '', value: tag.word }

  const quoted = readQuotedRun(text, tag.next)
  if (quoted !== null) return { tag: tag.word, value: quoted }
  const plain = readQuotedWord(text, tag.next)
  if (plain === null) return end === '{' ? { tag: tag.word, value: null } : { tag: '', value: tag.word }
  return plain.next < text.length ? 'more text after the value.' : { tag: tag.word, value: plain.word }
}

function apply(state: State, setting: Setting, end: string, line: number): string | null {
  const { tag, value } = setting
  if (tag.startsWith('#')) {
    if (state.scope !== '') return 'a directive inside a block.'
    return direct(state, tag.slice(1), value ?? '', line)
  }
  if (tag === '' && value === '#clear') return 'a #clear that names nothing.'
  if (value === null) return null

  const name = end === '{' ? state.scope : state.scope === '' ? tag : `${state.scope}::${tag}`
  if (name.length > MAX_NAME) return 'a name that is too long.'
  setConfig(state.config, name, value)
  return null
}

function direct(state: State, directive: string, value: string, line: number): string | null {
  if (directive === 'clear') clearConfig(state.config, value)
  else if (directive === 'include') {
    state.unfollowed.push(`${state.file}:${line}: includes ${value}, which is not part of the evidence.`)
  } else if (directive !== 'x-apt-configure-index') return `a directive that apt does not know, ${showWord(directive)}.`
  return null
}

function leaveScope(state: State): void {
  state.scope = state.scopes.pop() ?? ''
}

/** A run of quoted strings, joined: `"a" "b"` is `a b`. null where there is anything else. */
function readQuotedRun(text: string, from: number): string | null {
  let value = ''
  let at = from
  while (at < text.length) {
    if (text[at] === '"') {
      const close = text.indexOf('"', at + 1)
      if (close === -1) return null
      value += text.slice(at + 1, close)
      at = close + 1
    } else {
      if (!isWhite(text.charCodeAt(at))) return null
      if (!isWhite(text.charCodeAt(at - 1))) value += ' '
      at++
    }
  }
  return value
}

/** Cuts `//`, `#` (but for the directives) and slash-star comments that are not inside quotes. */
function withoutComments(state: State, line: string): string {
  let kept = ''
  let quoted = false
  for (let at = 0; at < line.length; at++) {
    if (state.inComment) {
      const close = line.indexOf('*/', at)
      if (close === -1) return kept
      state.inComment = false
      at = close + 1
      continue
    }

    const character = line[at] ?? ''
    if (character === '"') quoted = !quoted
    if (!quoted && line.startsWith('/*', at)) {
      state.inComment = true
      at++
    } else if (!quoted && (line.startsWith('//', at) || (character === '#' && !isDirective(line, at)))) {
      return kept
    } else kept += character
  }
  return kept
}

function isDirective(line: string, at: number): boolean {
  return ['clear', 'include', 'x-apt-configure-index'].some((name) => line.startsWith(name, at + 1))
}
