import { SaxesParser } from 'saxes'
import { Fault } from '../../../fault.ts'

/** Names and values in turns, as they stand in the tag. */
export type Attributes = readonly string[]

/**
 * What a reader of one kind of document is told. Names are local ones (`entry` for `rpm:entry`); `depth` of the root is 0. `open` says
 * whether the text of the element itself (not of its children) is wanted at its `close`, which else gives ''.
 */
export interface XmlReader {
  open(name: string, attributes: Attributes, depth: number): boolean
  close(name: string, text: string, depth: number): void
}

export interface XmlParser {
  /** @throws Fault `repository_refused` naming file and line */
  write(text: string): void
  /** What is written is not all of the document from now on: lines are not said any more. */
  forgetLines(): void
  /** The document is over. @throws Fault where it is not complete */
  finish(): void
}

export const XML_LIMITS = {
  depth: 64,
  attributes: 64,
  attributeBytes: 16 * 1024,
  /** Characters without a tag or text coming to an end. */
  silence: 2 * 1024 * 1024,
} as const

// What is handed to the parser at a time, so that an endless name or value is seen in time.
const PIECE_CHARACTERS = 32 * 1024

/** The value of an attribute by its local or full name, null where there is none. */
export function findAttribute(attributes: Attributes, name: string): string | null {
  for (let index = 0; index < attributes.length; index += 2) {
    if (attributes[index] === name) return attributes[index + 1] ?? ''
  }
  return null
}

/**
 * A strict XML 1.0 parser for documents of strangers: UTF-8 only, no document type (so no entities but the five), depth, attributes and
 * text bounded. Namespaces are not resolved: like other readers of such data it goes by local names.
 */
export function openXmlParser(reader: XmlReader, file: string): XmlParser {
  const parser = new SaxesParser({ xmlns: false, position: false })
  const wanted: boolean[] = []
  let text = ''
  let events = 0
  let knowsLines = true
  const lineOf = () => (knowsLines ? parser.line : undefined)
  const refuse = (what: string): never => {
    throw malformed(file, what, lineOf())
  }

  parser.on('xmldecl', ({ encoding }) => {
    if (encoding !== undefined && !/^(?:utf-?8|us-ascii)$/i.test(encoding))
      refuse(`is in ${encoding.slice(0, 40)}, not in UTF-8`)
  })
  parser.on('doctype', () => refuse('has a document type'))
  let attributesOfTag = 0
  parser.on('opentagstart', () => void (attributesOfTag = 0))
  parser.on('attribute', ({ value }) => {
    events += 1
    attributesOfTag += 1
    if (attributesOfTag > XML_LIMITS.attributes) refuse('has too many attributes')
    if (value.length > XML_LIMITS.attributeBytes) refuse('has an attribute that is too long')
  })
  parser.on('opentag', ({ name, attributes }) => {
    events += 1
    if (wanted.length >= XML_LIMITS.depth) refuse('is nested too deeply')

    if (wanted.at(-1) === true) refuse(`has elements where only text belongs`)
    const flat: string[] = []
    for (const [key, value] of Object.entries(attributes)) flat.push(key, value)

    text = ''
    wanted.push(reader.open(localName(name), flat, wanted.length))
  })
  parser.on('closetag', ({ name }) => {
    events += 1
    const isWanted = wanted.pop() === true
    reader.close(localName(name), isWanted ? text : '', wanted.length)
    text = ''
  })
  const addText = (piece: string) => {
    events += 1
    if (wanted.at(-1) !== true) return

    text += piece
    if (text.length > XML_LIMITS.silence) refuse('has a text that is too long')
  }
  parser.on('text', addText)
  parser.on('cdata', addText)
  parser.on('comment', () => void (events += 1))

  let [silence, seen] = [0, 0]
  const feed = (piece: string) => {
    try {
      parser.write(piece)
    } catch (error) {
      throw error instanceof Fault ? error : malformed(file, reasonOf(error), lineOf())
    }
    silence = events === seen ? silence + piece.length : 0
    seen = events
    if (silence > XML_LIMITS.silence) refuse('has a name, value or text that is too long')
  }
  return {
    write(piece) {
      for (let at = 0; at < piece.length; at += PIECE_CHARACTERS) feed(piece.slice(at, at + PIECE_CHARACTERS))
    },
    forgetLines: () => void (knowsLines = false),
    finish() {
      try {
        parser.close()
      } catch (error) {
        throw error instanceof Fault ? error : malformed(file, reasonOf(error), lineOf())
      }
    },
  }
}

/** Reads a whole document. @throws Fault `repository_refused` */
export async function readXml(pieces: AsyncIterable<Uint8Array>, reader: XmlReader, file: string): Promise<void> {
  const parser = openXmlParser(reader, file)
  const decoder = openTextDecoder(file)
  for await (const piece of pieces) parser.write(decoder.write(piece))
  parser.write(decoder.finish())
  parser.finish()
}

/** Reads a document that is at hand. @throws Fault `repository_refused` */
export function readXmlBytes(bytes: Uint8Array, reader: XmlReader, file: string): void {
  const parser = openXmlParser(reader, file)
  const decoder = openTextDecoder(file)
  parser.write(decoder.write(bytes))
  parser.write(decoder.finish())
  parser.finish()
}

/** UTF-8 and nothing else. @throws Fault `repository_refused` */
export function openTextDecoder(file: string): { write(bytes: Uint8Array): string; finish(): string } {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (bytes: Uint8Array, stream: boolean) => {
    try {
      return decoder.decode(bytes, { stream })
    } catch {
      throw malformed(file, 'is not UTF-8')
    }
  }
  return { write: (bytes) => decode(bytes, true), finish: () => decode(new Uint8Array(0), false) }
}

export function malformed(file: string, what: string, line?: number): Fault {
  const place = line === undefined ? { file } : { file, line }
  return new Fault('repository_refused', `The file ${what}.`, { place })
}

function localName(name: string): string {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

/** Of what the parser says, the sentence without its stop. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : 'cannot be read'
  return `is not well-formed: ${text.replace(/\.$/, '').slice(0, 200)}`
}
