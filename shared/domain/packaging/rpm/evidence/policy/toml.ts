/**
 * The part of TOML that dnf5's version locks use: tables, arrays of tables, and keys with strings, numbers and booleans. Everything else
 * is refused, with its line. https://toml.io
 */
export type TomlValue = string | number | boolean
export interface TomlTable {
  readonly path: string
  /** Line of the header. */
  readonly line: number
  readonly values: ReadonlyMap<string, { readonly value: TomlValue; readonly line: number }>
}

/** In the file's order; keys before the first header are in a table with the path ''. */
export type Toml =
  | { readonly status: 'read'; readonly tables: readonly TomlTable[] }
  | { readonly status: 'refused'; readonly line: number }

const MAX_LINES = 50_000

export function readToml(text: string): Toml {
  const lines = text.split('\n')
  if (lines.length > MAX_LINES) return { status: 'refused', line: MAX_LINES }

  const root = { path: '', line: 1, values: new Map<string, { value: TomlValue; line: number }>() }
  const tables = [root]
  let current = root
  for (const [index, raw] of lines.entries()) {
    const line = index + 1
    const content = raw.trim()
    if (content === '' || content.startsWith('#')) continue

    const header = HEADER.exec(content)
    if (header !== null) {
      current = { path: (header[1] ?? header[2] ?? '').replaceAll(/\s/g, ''), line, values: new Map() }
      tables.push(current)
      continue
    }
    const setting = SETTING.exec(content)
    const key = setting?.[1] ?? setting?.[2]
    const value = setting === null ? null : readValue(setting[3] ?? '')
    if (key === undefined || value === null || current.values.has(key)) return { status: 'refused', line }
    current.values.set(key, { value, line })
  }
  return { status: 'read', tables }
}

const HEADER =
  /^\[\[\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*\]\]\s*(?:#.*)?$|^\[\s*([\w-]+(?:\s*\.\s*[\w-]+)*)\s*\]\s*(?:#.*)?$/
const SETTING = /^(?:([\w-]+)|"([\w -]+)")\s*=\s*(\S.*)$/

/** null: not a value, or something after it that is no comment. */
function readValue(text: string): TomlValue | null {
  if (text.startsWith('"')) return readBasicString(text)
  if (text.startsWith("'")) {
    const end = text.indexOf("'", 1)
    return end > 0 && isRest(text.slice(end + 1)) ? text.slice(1, end) : null
  }
  const [word = ''] = text.split('#', 1)
  const plain = word.trim()
  if (plain === 'true' || plain === 'false') return plain === 'true'
  return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(plain) ? Number(plain) : null
}

function readBasicString(text: string): string | null {
  let out = ''
  for (let at = 1; at < text.length; at += 1) {
    const character = text[at] ?? ''
    if (character === '"') return isRest(text.slice(at + 1)) ? out : null
    if (character !== '\\') {
      out += character
      continue
    }
    at += 1
    const escape = text[at] ?? ''
    const isCode = escape === 'u' && /^[0-9a-f]{4}/i.test(text.slice(at + 1))
    const plain = isCode ? String.fromCharCode(Number.parseInt(text.slice(at + 1, at + 5), 16)) : ESCAPES.get(escape)
    if (plain === undefined) return null
    out += plain
    if (isCode) at += 4
  }
  return null
}

const ESCAPES = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
  ['r', '\r'],
  ['b', '\b'],
  ['f', '\f'],
])

function isRest(text: string): boolean {
  const rest = text.trimStart()
  return rest === '' || rest.startsWith('#')
}
