/** How a tool reads its configuration: libdnf (dnf4, dnf5), Python's ConfigParser (yum 3), libzypp. */
export type IniDialect = 'dnf' | 'yum' | 'zypp'

export interface IniValue {
  /** Continuation lines joined by newlines. */
  readonly text: string
  readonly line: number
}

export interface IniSection {
  readonly name: string
  readonly line: number
  /** Of a key that comes twice the last value counts, but for libzypp's `baseurl` and `gpgkey`, which gather. */
  readonly values: ReadonlyMap<string, IniValue>
}

/** A configuration file, or why the tool does not read it. Sections of one name are one. */
export type IniFile =
  | { readonly status: 'read'; readonly sections: ReadonlyMap<string, IniSection> }
  | { readonly status: 'refused'; readonly line: number; readonly reason: string }

/** No configuration of a machine has so many lines. */
const MAX_LINES = 50_000

/**
 * Reads a configuration file as the tool does that the machine uses (libdnf, utils/iniparser; Python's ConfigParser; libzypp, IniParser.cc
 * with what RepoFileReader.cc makes of lines without `=`). All of them give up on the whole file at the first line that they cannot read.
 */
export function readIni(text: string, dialect: IniDialect): IniFile {
  const lines = text.replace(/^\uFEFF/, '').split('\n')
  if (lines.length > MAX_LINES) return { status: 'refused', line: MAX_LINES, reason: 'too many lines' }

  const state: State = { sections: new Map(), section: null, open: null }
  const readLine = LINES[dialect]
  for (const [index, line] of lines.entries()) {
    const reason = readLine(state, line, index + 1)
    if (reason !== null) return { status: 'refused', line: index + 1, reason }
  }
  if (dialect === 'dnf') unquoteAll(state.sections)
  return { status: 'read', sections: state.sections }
}

interface Section extends IniSection {
  readonly values: Map<string, IniValue>
}

interface State {
  readonly sections: Map<string, Section>
  section: Section | null
  /** The key that a continuation line goes on with. */
  open: string | null
}

type ReadLine = (state: State, line: string, number: number) => string | null

const LINES: Readonly<Record<IniDialect, ReadLine>> = { dnf: readDnfLine, yum: readYumLine, zypp: readZyppLine }

function readDnfLine(state: State, line: string, number: number): string | null {
  if (line === '' || line.startsWith('#') || line.startsWith(';')) {
    state.open = null
    return null
  }
  const content = trimBlanks(line)
  if (content === '') return null
  if (content.startsWith('[')) return openSection(state, content, number)
  if (state.section === null) return 'a setting before the first section'

  if (/^[ \t\r]/.test(line)) {
    if (state.open === null) return 'a continuation of nothing'
    append(state.section, state.open, content, number)
    return null
  }
  const equals = content.indexOf('=')
  if (equals === -1) return 'a line without "="'
  if (equals === 0) return 'a value without a name'
  state.open = trimBlanks(content.slice(0, equals))
  state.section.values.set(state.open, { text: trimBlanks(content.slice(equals + 1)), line: number })
  return null
}

/** libdnf takes one pair of quotes from around a whole value. */
function unquoteAll(sections: ReadonlyMap<string, Section>): void {
  for (const { values } of sections.values()) {
    for (const [key, { text, line }] of values) {
      const quote = text[0]
      const isQuoted = text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote)
      if (isQuoted) values.set(key, { text: text.slice(1, -1), line })
    }
  }
}

/** `[name]`, and after it nothing but a comment; a `[` inside opens a set of characters (`[fedora-[ab]*]`). */
function openSection(state: State, content: string, number: number): string | null {
  let depth = 0
  let end = 1
  for (; end < content.length; end += 1) {
    if (content[end] === ']' && depth === 0) break
    if (content[end] === '[') depth = 1
    else if (content[end] === ']') depth = 0
  }
  if (end === content.length) return 'a section without "]"'
  if (end === 1) return 'a section without a name'
  // libdnf does not look at the last character of the line.
  if (!/^[ \t\r]*(?:[#;]|$)/.test(content.slice(end + 1, -1))) return 'text after a section'
  enter(state, content.slice(1, end), number)
  return null
}

function readYumLine(state: State, line: string, number: number): string | null {
  const content = line.trim()
  if (content === '' || /^(?:[#;]|rem\s)/i.test(line)) return null
  if (/^\s/.test(line) && state.section !== null && state.open !== null) {
    append(state.section, state.open, content, number)
    return null
  }
  const end = content.indexOf(']')
  if (content.startsWith('[') && end > 1) {
    enter(state, content.slice(1, end), number)
    return null
  }
  if (state.section === null) return 'a setting before the first section'

  const at = content.search(/[=:]/)
  if (at === -1) return 'a line without "="'
  if (at === 0) return 'a value without a name'
  const value = content.slice(at + 1).trim()
  const comment = value.search(/\s;/)
  state.open = content.slice(0, at).trim().toLowerCase()
  state.section.values.set(state.open, { text: comment === -1 ? value : value.slice(0, comment), line: number })
  return null
}

const GATHERING = ['baseurl', 'gpgkey']

function readZyppLine(state: State, line: string, number: number): string | null {
  const content = line.trim()
  if (content === '' || content.startsWith('#') || content.startsWith(';')) return null
  if (content.startsWith('[')) {
    const end = content.lastIndexOf(']')
    if (end === -1) return 'a section without "]"'
    // The key that lines without a sign go on with outlives the section.
    const { open } = state
    enter(state, content.slice(1, end), number)
    state.open = open
    return null
  }
  const equals = content.indexOf('=')
  const isSetting = equals !== -1 && !/[:/?|,\\]/.test(content.slice(0, equals))
  const section = state.section ?? enter(state, '', number)
  if (isSetting) {
    const key = content.slice(0, equals).trim()
    const value = content.slice(equals + 1).trim()
    state.open = GATHERING.includes(key) ? key : null
    if (state.open !== null && section.values.has(key)) append(section, key, value, number)
    else section.values.set(key, { text: value, line: number })
    return null
  }
  if (state.open === null) return 'a line without "="'
  append(section, state.open, content, number)
  return null
}

function enter(state: State, name: string, line: number): Section {
  const section = state.sections.get(name) ?? { name, line, values: new Map<string, IniValue>() }
  state.sections.set(name, section)
  state.section = section
  state.open = null
  return section
}

/** Bounded, so that a million continuation lines are not a million ever longer copies. */
const MAX_VALUE = 256 * 1024

function append(section: Section, key: string, text: string, line: number): void {
  const before = section.values.get(key) ?? { text: '', line }
  if (before.text.length <= MAX_VALUE) section.values.set(key, { text: `${before.text}\n${text}`, line: before.line })
}

function trimBlanks(text: string): string {
  let from = 0
  let end = text.length
  while (from < end && isBlank(text.charCodeAt(from))) from += 1
  while (end > from && isBlank(text.charCodeAt(end - 1))) end -= 1
  return text.slice(from, end)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || code === 0x0d
}
