import { isMap, isScalar, Lexer, parseDocument, visit } from 'yaml'
import { Fault } from '../../../fault.ts'
import type { RpmModules, RpmModuleStream } from '../model.ts'
import { openModuleBounds } from './module-bounds.ts'
import { malformed, openTextDecoder } from './xml.ts'

const MAX_DOCUMENTS = 20_000
const MAX_DOCUMENT_CHARACTERS = 512 * 1024
const MAX_TOKENS = 100_000
const MAX_DEPTH = 64

/** Reads a modules.yaml piece by piece. */
export interface ModulesScanner {
  write(piece: Uint8Array): void
  /** Parses one document after another, letting others work in between. @throws Fault `repository_refused` */
  finish(): Promise<RpmModules>
}

/**
 * Module streams and defaults (modulemd 1 to 3, modulemd-defaults 1) of a repository. Every scalar is text: a stream `1.10` is not 1.1.
 * A document that cannot be read makes the whole unreadable, as what it would hide stays unknown. Aliases are refused.
 * @throws Fault `repository_refused` naming URL and line
 */
export function openModulesScanner(file: string): ModulesScanner {
  const decoder = openTextDecoder(file)
  let text = ''
  return {
    write: (piece) => void (text += decoder.write(piece)),
    async finish() {
      text += decoder.finish()
      const gathered = openGatherer(file)
      for (const { body, line } of splitDocuments(text, file)) {
        gathered.add(body, line)
        await new Promise((resolve) => setImmediate(resolve))
      }
      return gathered.finish()
    },
  }
}

/** Documents begin with `---` and end with `...` or the next one's beginning. */
function* splitDocuments(text: string, file: string): Generator<{ body: string; line: number }> {
  let [start, startLine, line, documents] = [0, 1, 1, 0]
  for (let at = 0; at <= text.length; line += 1) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length + 1 : newline + 1
    const marker = text.slice(at, at + 3)
    if ((marker === '---' || marker === '...') && at > start) {
      documents += 1
      yield checkDocument({ body: text.slice(start, at), line: startLine }, documents, file)
    }
    if (marker === '---' || marker === '...') [start, startLine] = [marker === '...' ? end : at, line]
    at = end
  }
  if (start < text.length) yield checkDocument({ body: text.slice(start), line: startLine }, documents + 1, file)
}

function checkDocument<T extends { body: string; line: number }>(document: T, number: number, file: string): T {
  if (number > MAX_DOCUMENTS) throw malformed(file, `has more than ${MAX_DOCUMENTS} documents`, document.line)
  if (document.body.length > MAX_DOCUMENT_CHARACTERS)
    throw malformed(file, 'has a document that is too long', document.line)
  return document
}

interface Default {
  readonly stream: string
  readonly modified: number
}

function openGatherer(file: string): { add(body: string, line: number): void; finish(): RpmModules } {
  const streams: RpmModuleStream[] = []
  const defaults = new Map<string, Default>()
  const bounds = openModuleBounds(file)
  return {
    add(body, line) {
      const kind = /^[ \t]*document:[ \t]*["']?([a-z-]{1,40})["']?[ \t]*\r?$/m.exec(body)?.[1] ?? null
      if (kind !== null && kind.startsWith('modulemd-') && kind !== 'modulemd-defaults') return

      const root = readDocument(body, file, line)
      if (root === null) return
      const [name, version, data] = [textOf(root, 'document'), textOf(root, 'version'), mapOf(root, 'data')]
      const refuse: Refuse = (what) => {
        throw malformed(file, `has a module document that ${what}`, line)
      }
      if (name === 'modulemd-defaults') return addDefault(defaults, version === '1' ? data : null, refuse)
      if (name !== 'modulemd') return undefined
      if (!['1', '2', '3'].includes(version)) refuse(`is of an unknown version (${version.slice(0, 20)})`)
      if (data === null) return refuse('has no data')

      const stream = readStream(data, refuse)
      bounds.check(stream, line)
      streams.push(stream)
      return undefined
    },
    finish: () => ({
      defaults: new Map([...defaults].flatMap(([name, { stream }]) => (stream === '' ? [] : [[name, stream]]))),
      streams,
    }),
  }
}

type Refuse = (what: string) => never
type Data = ReadonlyMap<unknown, unknown>

/**
 * Writers that use libyaml end a quoted text whose last character is a newline with the quote alone, at the beginning of a line. YAML wants
 * it further in; white space before it means nothing.
 */
function indentQuotes(body: string): string {
  return body.replaceAll(/^['"]$/gm, (quote) => ' '.repeat(MAX_DEPTH) + quote)
}

/** null: nothing in it. Duplicate keys: the last one counts, as for libyaml's users. */
function readDocument(text: string, file: string, line: number): Data | null {
  try {
    const body = indentQuotes(text)
    checkTokens(body, file, line)
    const document = parseDocument(body, { schema: 'failsafe', uniqueKeys: false, logLevel: 'silent', version: '1.2' })
    const [error] = document.errors
    if (error !== undefined) {
      throw malformed(file, `is not sound YAML: ${error.message.split('\n', 1)[0]?.slice(0, 200) ?? ''}`, line)
    }
    if (document.contents === null || isEmpty(document.contents)) return null
    if (!isMap(document.contents)) throw malformed(file, 'has a document that is not a mapping', line)

    visit(document, {
      Node: (_key, _node, path) => {
        if (path.length > 2 * MAX_DEPTH) throw malformed(file, 'is nested too deeply', line)
      },
    })
    const value: unknown = document.toJS({ mapAsMap: true, maxAliasCount: 0 })
    return value instanceof Map ? value : null
  } catch (error) {
    if (error instanceof Fault) throw error

    // What the library throws itself: a nesting that overflows the stack, an unresolved tag.
    throw malformed(file, 'is not sound YAML', line)
  }
}

/** Before anything is built of them: anchors cost the library more than linear time, and nesting its stack. */
function checkTokens(body: string, file: string, line: number): void {
  let [tokens, brackets] = [0, 0]
  for (const token of new Lexer().lex(body)) {
    tokens += 1
    if (tokens > MAX_TOKENS) throw malformed(file, 'has a document of too many parts', line)

    const first = token.charAt(0)
    if (first === '&') throw malformed(file, 'has an anchor', line)
    if (first === '*') throw malformed(file, 'has an alias', line)
    if (token === '[' || token === '{') brackets += 1
    if (token === ']' || token === '}') brackets -= 1
    if (brackets > MAX_DEPTH) throw malformed(file, 'is nested too deeply', line)
  }
}

function isEmpty(contents: unknown): boolean {
  return isScalar(contents) && (contents.value === null || contents.value === '')
}

function readStream(data: Data, refuse: Refuse): RpmModuleStream {
  const [name, stream] = [textOf(data, 'name'), textOf(data, 'stream')]
  if (name === '' || stream === '') refuse('names no module or no stream')

  const artifacts = mapOf(data, 'artifacts')
  return {
    name,
    stream,
    version: textOf(data, 'version'),
    context: textOf(data, 'context'),
    architecture: textOf(data, 'arch'),
    artifacts:
      artifacts === null ? [] : listOf(artifacts.get('rpms'), refuse).filter((nevra) => !/\.(?:no)?src$/.test(nevra)),
    demodularized: demodularizedOf(data, refuse),
    requires: readRequires(data.get('dependencies'), refuse),
  }
}

function demodularizedOf(data: Data, refuse: Refuse): string[] {
  const found = mapOf(data, 'demodularized')
  return found === null ? [] : listOf(found.get('rpms'), refuse)
}

/** Version 1: one mapping, module to one stream. Later ones: alternatives, module to streams. */
function readRequires(dependencies: unknown, refuse: Refuse): Map<string, string[]>[] {
  if (dependencies === undefined || dependencies === '') return []

  const alternatives: unknown[] = Array.isArray(dependencies) ? dependencies : [dependencies]
  return alternatives.map((alternative) => {
    if (!(alternative instanceof Map)) return refuse('has dependencies that are not a mapping')

    const requires = mapOf(alternative, 'requires') ?? new Map<unknown, unknown>()
    return new Map([...requires].map(([name, wanted]) => [String(name), wantedStreams(wanted, refuse)]))
  })
}

function wantedStreams(wanted: unknown, refuse: Refuse): string[] {
  if (typeof wanted === 'string') return wanted === '' ? [] : [wanted]
  return listOf(wanted, refuse)
}

/** Of several defaults for one module the one modified last counts; two that contradict each other leave it without. */
function addDefault(defaults: Map<string, Default>, data: Data | null, refuse: Refuse): void {
  if (data === null) return refuse('has no data of a version that is known')

  const module = textOf(data, 'module')
  if (module === '') return refuse('names no module')

  const modified = textOf(data, 'modified')
  if (modified !== '' && !/^\d{1,20}$/.test(modified)) return refuse('has a date that is not a number')

  const found = { stream: textOf(data, 'stream'), modified: modified === '' ? 0 : Number(modified) }
  const known = defaults.get(module)
  if (known === undefined || found.modified > known.modified) defaults.set(module, found)
  else if (found.modified === known.modified && found.stream !== known.stream) {
    defaults.set(module, { stream: '', modified: known.modified })
  }
  return undefined
}

function textOf(data: Data, key: string): string {
  const value = data.get(key)
  return typeof value === 'string' ? value : ''
}

function mapOf(data: Data, key: string): Data | null {
  const value = data.get(key)
  return value instanceof Map ? value : null
}

function listOf(value: unknown, refuse: Refuse): string[] {
  if (value === undefined || value === '') return []
  if (!Array.isArray(value)) return refuse('has something else where a list belongs')

  return value.map((one: unknown) => (typeof one === 'string' ? one : refuse('has a list of other things than texts')))
}
