import { SaxesParser, type SaxesTagPlain } from 'saxes'
import { Fault, isFault } from '../fault.ts'
import { decodeReport } from './decode-report.ts'
import { openTextRepair } from './repair-text.ts'

/** Without a prototype: `__proto__` is a name like any other there. */
export type XmlAttributes = Readonly<Record<string, string>>

/** An element that was asked for, with all that is in it. */
export interface XmlNode {
  readonly name: string
  readonly attributes: XmlAttributes
  readonly children: XmlNode[]
  /** Its own text, not that of its children. */
  text: string
}

/** `enter`: its children are asked for one by one. `record`: it is given as a whole once it is closed. `skip`: nothing in it matters. */
export type XmlAction = 'enter' | 'record' | 'skip'

export interface XmlVisitor {
  /** `path`: the names from the root to the element that opens here. */
  open(path: readonly string[], attributes: XmlAttributes): XmlAction
  record(path: readonly string[], node: XmlNode): void
  /** An element that was entered is closed. */
  close(path: readonly string[]): void
}

const MAX_DEPTH = 100
const MAX_ATTRIBUTES = 500
/** Elements and characters of one record: the largest real one is a finding with a thousand references and 10,000,000 characters of output. */
const MAX_RECORD_NODES = 50_000
const MAX_RECORD_CHARACTERS = 16 * 1024 * 1024
/** Characters of one text, comment or tag. */
const MAX_TOKEN_CHARACTERS = 12 * 1024 * 1024

/**
 * Reads XML as a stream, strictly, in bounded memory: what is not well-formed, cut, or too deep is a fault with the line, never half an answer.
 * No document type but nmap's own, which has no internal subset; no entities but the five of XML. Characters that XML forbids are taken out
 * and counted.
 * @throws Fault `report_malformed`, `report_too_large`
 */
export async function readXml(
  chunks: AsyncIterable<Uint8Array>,
  visitor: XmlVisitor,
): Promise<{ readonly removedCharacters: number }> {
  const parser = new SaxesParser<{ xmlns: false; position: true }>({ xmlns: false, position: true })
  const path: string[] = []
  const record: XmlNode[] = []
  let skipDepth = 0
  let recordNodes = 0
  let recordCharacters = 0
  let sinceEvent = 0
  let attributes = 0

  const fail = (message: string, code: 'report_malformed' | 'report_too_large' = 'report_malformed'): never => {
    throw new Fault(code, `${message} (line ${parser.line}).`, { place: { line: parser.line } })
  }
  const weigh = (characters: number): void => {
    recordCharacters += characters
    if (recordCharacters > MAX_RECORD_CHARACTERS) fail('One entry of the report is too long', 'report_too_large')
  }

  const take = (text: string): void => {
    sinceEvent = 0
    const node = record.at(-1)
    if (node === undefined || skipDepth > 0) return

    weigh(text.length)
    node.text += text
  }

  parser.on('error', (error) => fail(`The report is not well-formed XML: ${describe(error)}`))
  parser.on('doctype', (text) => {
    sinceEvent = 0
    if (!/^\s{0,80}nmaprun(?:\s[^[\]]{0,400})?$/.test(text))
      fail('The report has a document type definition, which is not accepted')
  })
  parser.on('comment', () => void (sinceEvent = 0))
  parser.on('processinginstruction', () => void (sinceEvent = 0))
  parser.on('attribute', () => {
    attributes += 1
    if (attributes > MAX_ATTRIBUTES) fail('An element of the report has too many attributes', 'report_too_large')
  })
  parser.on('text', take)
  parser.on('cdata', take)

  parser.on('opentag', (tag: SaxesTagPlain) => {
    sinceEvent = 0
    attributes = 0
    path.push(tag.name)
    if (path.length > MAX_DEPTH) fail('The report is nested too deeply')
    if (skipDepth > 0) {
      skipDepth += 1
      return
    }
    const parent = record.at(-1)
    const action = parent === undefined ? visitor.open(path, tag.attributes) : 'record'
    if (action === 'skip') skipDepth = 1
    if (action !== 'record') return

    recordNodes += 1
    if (recordNodes > MAX_RECORD_NODES) fail('One entry of the report has too many parts', 'report_too_large')
    for (const name in tag.attributes) weigh(name.length + (tag.attributes[name] ?? '').length)
    const node: XmlNode = { name: tag.name, attributes: tag.attributes, children: [], text: '' }
    parent?.children.push(node)
    record.push(node)
  })

  parser.on('closetag', () => {
    sinceEvent = 0
    if (skipDepth > 0) skipDepth -= 1
    else if (record.length === 0) visitor.close(path)
    else {
      const node = record.pop()
      if (record.length === 0 && node !== undefined) {
        recordNodes = 0
        recordCharacters = 0
        visitor.record(path, node)
      }
    }
    path.pop()
  })

  const repair = openTextRepair()
  const write = (text: string): void => {
    sinceEvent += text.length
    if (sinceEvent > MAX_TOKEN_CHARACTERS) fail('A text in the report is too long', 'report_too_large')
    parser.write(text)
  }

  try {
    for await (const text of decodeReport(chunks)) write(repair.write(text))
    write(repair.end())
    parser.close()
  } catch (error) {
    if (!isFault(error) || error.place.line !== undefined) throw error
    throw new Fault(error.code, error.message, { cause: error.cause, place: { line: parser.line } })
  }

  return { removedCharacters: repair.count() }
}

/** saxes puts `line:column: ` first and a full stop last, and names what it found, which may be anything. */
function describe(error: Error): string {
  const message = error.message.replace(/^\d+:\d+: /, '').replace(/\.$/, '')
  return message.replace(/[^\x20-\x7e]/g, '?').slice(0, 120)
}
