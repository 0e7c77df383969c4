import { SaxesParser } from 'saxes'
import { Fault } from '#shared/domain/fault.ts'

/** An element with its children in order. `attributes` has no prototype. */
export interface XmlElement {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text, not that of its children. */
  readonly text: string
}

const MAX_CHARACTERS = 4 * 1024 * 1024
const MAX_DEPTH = 40
const MAX_ELEMENTS = 50_000

/**
 * One of libvirt's documents, strictly: well-formed, without a document type, bounded.
 * @throws Fault `hypervisor_refused` with the line
 */
export function parseXml(text: string, file: string): XmlElement {
  type Open = { name: string; attributes: Record<string, string>; children: XmlElement[]; text: string }
  const parser = new SaxesParser<{ xmlns: false; position: true }>({ xmlns: false, position: true })
  const path: Open[] = []
  let root: XmlElement | null = null
  let elements = 0
  const fail = (why: string): never => {
    const place = { file, line: parser.line }
    throw new Fault('hypervisor_refused', `What libvirt describes ${file} by ${why} (line ${parser.line}).`, { place })
  }
  if (text.length > MAX_CHARACTERS) fail('is too long')

  parser.on('error', () => fail('is not well-formed XML'))
  parser.on('doctype', () => fail('has a document type'))
  parser.on('opentag', (tag) => {
    elements += 1
    if (elements > MAX_ELEMENTS) fail('has too many elements')
    if (path.length >= MAX_DEPTH) fail('is nested too deeply')
    path.push({
      name: tag.name,
      attributes: Object.assign(Object.create(null), tag.attributes),
      children: [],
      text: '',
    })
  })
  const take = (part: string) => {
    const open = path.at(-1)
    if (open !== undefined) open.text += part
  }
  parser.on('text', take)
  parser.on('cdata', take)
  parser.on('closetag', () => {
    const closed = path.pop()
    if (closed === undefined) return
    const parent = path.at(-1)
    if (parent === undefined) root = closed
    else parent.children.push(closed)
  })
  parser.write(text).close()
  return root ?? fail('is empty')
}

/** Children of that name, in order. */
export function childrenOf(parent: XmlElement | null, name: string): readonly XmlElement[] {
  return parent?.children.filter((child) => child.name === name) ?? []
}

/** The first element on the way down, null where there is none. */
export function findElement(from: XmlElement, ...names: readonly string[]): XmlElement | null {
  let at: XmlElement | null = from
  for (const name of names) at = childrenOf(at, name)[0] ?? null
  return at
}

/** Elements of our own making. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  content: string | readonly XmlElement[] = [],
): XmlElement {
  return typeof content === 'string'
    ? { name, attributes, children: [], text: content }
    : { name, attributes, children: content, text: '' }
}

/** The text of a document; everything that is not markup is escaped. */
export function writeXml({ name, attributes, children, text }: XmlElement): string {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value)}"`)
  const inner = `${children.length === 0 ? escape(text) : ''}${children.map(writeXml).join('')}`
  return inner === '' ? `<${name}${said.join('')}/>` : `<${name}${said.join('')}>${inner}</${name}>`
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;')
}
