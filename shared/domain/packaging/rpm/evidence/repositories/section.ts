import type { RpmTool } from '../../model.ts'
import { showWord } from '../show-word.ts'
import { readBoolean, readInteger, splitList } from '../files/option-values.ts'
import type { Report } from '../files/report.ts'
import { expandVariables } from '../files/variables.ts'
import type { Variables } from '../files/variables.ts'

/** One section of a `.repo` file with what overrides it, in the tool's order of reading: later values win. */
export interface RepositorySection {
  /** `baseos`, variables replaced. */
  readonly id: string
  readonly place: string
  readonly layers: readonly SectionLayer[]
}

export interface SectionLayer {
  readonly path: string
  readonly values: ReadonlyMap<string, { readonly text: string; readonly line: number }>
}

/** What reading a section needs of its machine. */
export interface SectionContext {
  readonly tool: RpmTool
  readonly variables: Variables
  readonly report: Report
}

export interface SectionReader {
  readonly has: (key: string) => boolean
  readonly text: (key: string) => string
  readonly list: (key: string) => readonly string[]
  /** Lists of several keys and layers together; an empty value clears what came before. */
  readonly collect: (keys: readonly string[]) => readonly string[]
  /** null: not set, or not what it should be, which the tools ignore with a word. */
  readonly boolean: (key: string) => boolean | null
  readonly integer: (key: string) => number | null
  /** Names of variables that stand in values read so far and that nothing sets. */
  readonly unknownVariables: () => readonly string[]
}

/** A reader of one section's values, variables replaced. */
export function openSectionReader(section: RepositorySection, context: SectionContext): SectionReader {
  const { tool, report } = context
  const unknown = new Set<string>()
  const dialect = tool === 'zypper' ? 'zypp' : tool === 'yum' ? 'yum' : 'dnf'
  const expand = (text: string) => {
    const expanded = expandVariables(text, context.variables, dialect)
    for (const name of expanded.unknown) unknown.add(name)
    return expanded.text
  }
  const find = (key: string) => {
    for (const { path, values } of section.layers.toReversed()) {
      const value = values.get(key)
      if (value !== undefined) return { text: expand(value.text), place: `${path}:${value.line}` }
    }
    return null
  }
  const ignore = (place: string, key: string, text: string) =>
    void report.warnings.push(`${place}: ${key}: ${showWord(text)} is not a value of it; it is ignored.`)
  const split = tool === 'zypper' ? splitLines : (text: string) => splitList(text).items

  return {
    has: (key) => find(key) !== null,
    text: (key) => find(key)?.text ?? '',
    list: (key) => split(find(key)?.text ?? ''),
    collect: (keys) => {
      let all: string[] = []
      for (const { values } of section.layers) {
        for (const [key, { text }] of values) {
          if (!keys.includes(key)) continue
          const { items, isReset } = splitList(expand(text))
          all = isReset ? [...items] : [...all, ...items]
        }
      }
      return all
    },
    boolean: (key) => {
      const found = find(key)
      if (found === null) return null
      // libzypp takes for false whatever is not plainly true (str::strToTrue).
      if (tool === 'zypper') return readBoolean(found.text) ?? (readInteger(found.text) ?? 0) !== 0
      const value = readBoolean(found.text)
      if (value === null) ignore(found.place, key, found.text)
      return value
    },
    integer: (key) => {
      const found = find(key)
      if (found === null) return null
      const value = readInteger(found.text)
      if (value === null) ignore(found.place, key, found.text)
      return value
    },
    unknownVariables: () => [...unknown],
  }
}

/** libzypp takes each line for one address. */
function splitLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

const DECIDING = new Set([
  'enabled',
  'baseurl',
  'mirrorlist',
  'metalink',
  'exclude',
  'excludepkgs',
  'includepkgs',
  'priority',
  'cost',
  'module_hotfixes',
  'skip_if_unavailable',
  'repo_gpgcheck',
  'gpgkey',
  'sslclientcert',
  'sslclientkey',
])

/** Settings that the tool does not know though they look like ones that decide what is offered: keys are told apart by case. */
export function warnAboutKeys({ layers }: RepositorySection, { tool, report }: SectionContext): void {
  if (tool === 'yum') return
  for (const { path, values } of layers) {
    for (const [key, { line }] of values) {
      const meant = key.toLowerCase().replaceAll('-', '_')
      if (DECIDING.has(key) || !DECIDING.has(meant)) continue
      report.warnings.push(
        `${path}:${line}: ${showWord(key)} is not known to the machine's package manager, only ${meant} is.`,
      )
    }
  }
}
