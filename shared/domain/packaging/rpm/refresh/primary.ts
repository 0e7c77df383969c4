import type { RpmOffer } from '../model.ts'
import { openPackageReader } from './package-reader.ts'
import { findAttribute, malformed, openTextDecoder, openXmlParser, type XmlReader } from './xml.ts'

/** Reads a primary.xml piece by piece. */
export interface PrimaryScanner {
  write(piece: Uint8Array): void
  /** All of it is there. @throws Fault where it is cut, or its packages are not as many as it says */
  finish(): void
}

/** @throws Fault `repository_refused` naming the URL, also from its functions */
export function openPrimaryScanner(file: string, take: (offer: RpmOffer) => void): PrimaryScanner {
  const packages = openPackageReader(file, take)
  let promised: number | null = null
  let inPackage = false
  const reader: XmlReader = {
    open(name, attributes, depth) {
      if (depth === 0) promised = readRoot(name, findAttribute(attributes, 'packages'), file)
      if (depth === 1) inPackage = name === 'package'
      return inPackage && packages.open(name, attributes, depth - 1)
    },
    close(name, text, depth) {
      if (inPackage && depth > 0) packages.close(name, text, depth - 1)
      if (depth === 1) inPackage = false
    },
  }
  const parser = openXmlParser(reader, file)
  const decoder = openTextDecoder(file)
  return {
    write: (piece) => parser.write(decoder.write(piece)),
    finish() {
      parser.write(decoder.finish())
      parser.finish()
      if (promised !== null && promised !== packages.seen) {
        throw malformed(file, `says it has ${promised} packages, and has ${packages.seen}`)
      }
    },
  }
}

function readRoot(name: string, packages: string | null, file: string): number | null {
  if (name !== 'metadata') throw malformed(file, `is not a list of packages: its root is <${name.slice(0, 40)}>`)
  if (packages === null) return null
  if (!/^\d{1,9}$/.test(packages)) throw malformed(file, 'says a number of packages that is none')

  return Number(packages)
}
