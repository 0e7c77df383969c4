import { parseAptBoolean } from '../apt-words.ts'
import { fieldText, fieldWords, readStanzas } from './deb822.ts'
import type { Stanza } from './deb822.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import { showWord } from './show-word.ts'
import { INERT_OPTIONS, USED_OPTIONS } from './source-entry.ts'
import type { ReadSources, SourceEntry } from './source-entry.ts'

/** Entries that one stanza may unfold into (URIs × suites). */
const MAX_UNFOLDED = 1000

const LISTS = new Map(
  [
    ['architectures', 'arch'],
    ['languages', 'lang'],
    ['targets', 'target'],
  ].flatMap(([field, option]): [string, string][] => [
    [`${field}`, `${option}`],
    [`${field}-add`, `${option}+`],
    [`${field}-remove`, `${option}-`],
  ]),
)

/** Fields that are no options. */
const STRUCTURE = new Set(['types', 'uris', 'suites', 'components', 'enabled'])
/** Fields that only describe, for people and other programs. */
const DESCRIPTIVE = /^(?:x-|description|name|comment)/

/**
 * Reads a `.sources` file (deb822 stanzas, sources.list(5)). A stanza unfolds into one entry a type, URI and suite.
 * A malformed stanza stops the file: apt refuses all its sources then. @throws Fault `quota_exceeded`
 */
export function readDeb822Sources(file: string, text: string, architecture: string): ReadSources {
  const { stanzas, malformed } = readStanzas(text)
  const entries: SourceEntry[] = []
  const warnings: string[] = []
  for (const stanza of stanzas) {
    const read = readStanza(file, stanza, architecture)
    if (typeof read === 'string') return { entries, warnings, problems: [`${file}:${stanza.line}: ${read}`] }

    entries.push(...read)
    warnings.push(...unknownFields(file, stanza))
  }
  const problems = malformed === null ? [] : [`${file}:${malformed.line}: a line that is no field.`]
  return { entries, warnings, problems }
}

/** The entries of a stanza, or what is wrong with it. */
function readStanza(file: string, stanza: Stanza, architecture: string): SourceEntry[] | string {
  if (!stanza.fields.has('types')) return 'a stanza without Types.'

  const entries: SourceEntry[] = []
  for (const type of fieldWords(stanza, 'types')) {
    if (type !== 'deb' && type !== 'deb-src') return `${showWord(type)} is not a type of source.`
    if (parseAptBoolean(fieldText(stanza, 'enabled')) === false) continue

    const unfolded = unfold(file, stanza, { type, architecture })
    if (typeof unfolded === 'string') return unfolded
    entries.push(...unfolded)
  }
  return entries
}

function unfold(
  file: string,
  stanza: Stanza,
  { type, architecture }: { type: SourceEntry['type']; architecture: string },
): SourceEntry[] | string {
  const uris = fieldWords(stanza, 'uris').map((uri) => uri.replaceAll('$(ARCH)', architecture))
  const suites = fieldWords(stanza, 'suites').map((suite) => suite.replaceAll('$(ARCH)', architecture))
  const components = fieldWords(stanza, 'components')
  if (uris.length === 0) return 'a stanza without URIs.'
  if (suites.length === 0) return 'a stanza without Suites.'
  if (uris.some((uri) => !uri.includes(':'))) return 'a URI that is none.'
  if (suites.some((suite) => suite.endsWith('/')) && components.length > 0) {
    return 'a suite that ends in "/" and has components all the same.'
  }
  if (suites.some((suite) => !suite.endsWith('/')) && components.length === 0) return 'a stanza without Components.'
  if (uris.length * suites.length > MAX_UNFOLDED) {
    throw beyondQuota(file, `a stanza of ${uris.length} URIs and ${suites.length} suites.`)
  }

  const options = readOptions(stanza)
  const place = `${file}:${stanza.line}`
  return uris.flatMap((uri) =>
    suites.map((suite): SourceEntry => {
      return { type, uri, suite, components: suite.endsWith('/') ? [] : components, options, place }
    }),
  )
}

function readOptions(stanza: Stanza): Map<string, string> {
  const options = new Map<string, string>()
  for (const field of stanza.fields.keys()) {
    const list = LISTS.get(field)
    if (list !== undefined) options.set(list, fieldWords(stanza, field).join(','))
    else if (field === 'include' || field === 'exclude') options.set(field, fieldWords(stanza, field).join(','))
    else if (USED_OPTIONS.has(field)) options.set(field, fieldText(stanza, field))
  }
  return options
}

function unknownFields(file: string, stanza: Stanza): string[] {
  return [...stanza.fields]
    .filter(([name]) => !STRUCTURE.has(name) && !LISTS.has(name) && !DESCRIPTIVE.test(name))
    .filter(([name]) => !USED_OPTIONS.has(name) && !INERT_OPTIONS.has(name))
    .map(([name, field]) => `${file}:${field.line}: the field ${showWord(name)} is not known; apt passes over it.`)
}
