import { parseDocument } from 'yaml'
import type { Document } from 'yaml'

/** A module of its own, so that it is loaded on demand: what is published names a CommonJS package's exports only where it is imported statically. */
export function parseYaml(text: string): Document {
  return parseDocument(text, { uniqueKeys: true })
}
