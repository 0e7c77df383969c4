import { Fault } from '#shared/domain/fault.ts'

/** Characters of one object: responses of megabytes are in there until they are dropped. */
const MAX_OBJECT_CHARACTERS = 12 * 1024 * 1024

export type Piece =
  | { readonly kind: 'object'; readonly text: string; readonly line: number }
  /** The report ends within an object or an array. */
  | { readonly kind: 'cut'; readonly line: number }

/**
 * The objects of nuclei's output: one a line (`-jsonl`), or the elements of one array (`-json-export`).
 * @throws Fault `report_malformed` for what is neither, `report_too_large`
 */
export async function* splitObjects(texts: AsyncIterable<string>): AsyncGenerator<Piece> {
  const splitter = openSplitter()
  for await (const text of texts) yield* splitter.write(text)
  yield* splitter.end()
}

interface Splitter {
  write(text: string): Generator<Piece>
  end(): Generator<Piece>
}

function openSplitter(): Splitter {
  let form: 'unknown' | 'lines' | 'array' = 'unknown'
  let rest = ''
  let line = 1
  let scan: ArrayScan = { depth: 0, isInText: false, isEscaped: false, position: 0, start: -1, isClosed: false }

  const begin = (): void => {
    const first = /\S/.exec(rest)
    if (first === null) return
    if (first[0] !== '{' && first[0] !== '[') {
      throw new Fault(
        'report_malformed',
        'The file is no nuclei report: it does not begin with a JSON object or array.',
      )
    }
    form = first[0] === '{' ? 'lines' : 'array'
  }

  function* takeLines(): Generator<Piece> {
    let start = 0
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      const text = rest.slice(start, end).trim()
      if (text !== '') yield { kind: 'object', text, line }
      line += 1
      start = end + 1
    }
    rest = rest.slice(start)
  }

  function* takeElements(): Generator<Piece> {
    for (const piece of scanArray(rest, scan)) yield { kind: 'object', text: piece, line: (line += 1) }
    const kept = scan.start < 0 ? scan.position : scan.start
    rest = rest.slice(kept)
    scan = { ...scan, position: scan.position - kept, start: scan.start < 0 ? -1 : 0 }
  }

  return {
    *write(text) {
      rest += text
      if (form === 'unknown') begin()
      if (form === 'lines') yield* takeLines()
      if (form === 'array') yield* takeElements()
      if (rest.length <= MAX_OBJECT_CHARACTERS) return
      throw new Fault('report_too_large', 'One entry of the report is too long.', { place: { line } })
    },
    *end() {
      const text = rest.trim()
      if (form === 'array' && !scan.isClosed) yield { kind: 'cut', line }
      if (form !== 'lines' || text === '') return
      // nuclei ends each line; whether one without an end is whole shows when it is read.
      yield isJson(text) ? { kind: 'object', text, line } : { kind: 'cut', line }
    },
  }
}

interface ArrayScan {
  depth: number
  isInText: boolean
  isEscaped: boolean
  position: number
  /** Of the element that is open; -1: none. */
  start: number
  isClosed: boolean
}

/** Elements of the outermost array that close within this text. Changes where the scan stands. */
function* scanArray(text: string, scan: ArrayScan): Generator<string> {
  for (; scan.position < text.length; scan.position += 1) {
    const character = text[scan.position]
    if (scan.isEscaped) scan.isEscaped = false
    else if (scan.isInText) {
      if (character === '\\') scan.isEscaped = true
      if (character === '"') scan.isInText = false
    } else if (character === '"') scan.isInText = true
    else if (character === '{' || character === '[') {
      if (scan.depth === 1) scan.start = scan.position
      scan.depth += 1
    } else if (character === '}' || character === ']') {
      scan.depth -= 1
      if (scan.depth === 0) scan.isClosed = true
      if (scan.depth !== 1) continue

      yield text.slice(scan.start, scan.position + 1)
      scan.start = -1
    }
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
