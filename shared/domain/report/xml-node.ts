import type { XmlNode } from './xml-reader.ts'

/** The first child of this name, or null. */
export function findChild(node: XmlNode | null, name: string): XmlNode | null {
  return node?.children.find((child) => child.name === name) ?? null
}

/** All children of this name, in order. */
export function listChildren(node: XmlNode | null, name: string): XmlNode[] {
  return node?.children.filter((child) => child.name === name) ?? []
}

/** The text of the first child of this name, without white space around it; '' where there is none. */
export function childText(node: XmlNode | null, name: string): string {
  return findChild(node, name)?.text.trim() ?? ''
}

/** An attribute; '' where there is none. */
export function attribute(node: XmlNode | null, name: string): string {
  return node?.attributes[name] ?? ''
}
