import type { RpmOffer } from '../model.ts'
import { openPackageReader } from './package-reader.ts'
import { slicePackage } from './slice-package.ts'
import { openUtf8Gate } from './utf8-gate.ts'
import { findAttribute, malformed, openTextDecoder, openXmlParser, type XmlReader } from './xml.ts'

/** Reads a primary.xml piece by piece. */
export interface PrimaryScanner {
  write(piece: Uint8Array): void
  /** All of it is there. @throws Fault where it is cut, or its packages are not as many as it says */
  finish(): void
}

// Real heads: 200 characters; real packages: up to 1 MB.
const MAX_HEAD = 64 * 1024
const MAX_PACKAGE = 8 * 1024 * 1024
// Longer texts live where they are collected late.
const PIECE_BYTES = 64 * 1024
const PACKAGE_END = '</package>'

/**
 * Packages are cut out and read by `slicePackage`; head, foot, and from the first unusual thing on all the rest, by the parser. Both
 * tell the same reader, so that it makes no difference which one it was.
 * @param parseAll let the parser read everything
 * @throws Fault `repository_refused` naming the URL, also from its functions
 */
export function openPrimaryScanner(
  file: string,
  take: (offer: RpmOffer) => void,
  parseAll: 'always' | 'where-unusual' = 'where-unusual',
): PrimaryScanner {
  const packages = openPackageReader(file, take)
  const root = openRootReader(file, packages)
  const parser = openXmlParser(root.reader, file)
  const decoder = openTextDecoder(file)
  const gate = openUtf8Gate(file)
  let mode: 'head' | 'packages' | 'parser' = parseAll === 'always' ? 'parser' : 'head'
  let rest = ''
  // So much of the rest holds no end of a package: it is not looked through again for every piece.
  let searched = 0

  const parse = (from: number) => {
    mode = 'parser'
    parser.write(decoder.write(Buffer.from(rest.slice(from), 'latin1')))
    rest = ''
  }
  /** Everything before the first package. */
  const readHead = () => {
    const at = rest.search(/<package[\s>]/)
    if (at < 0) return rest.length > MAX_HEAD ? parse(0) : undefined
    if (rest.lastIndexOf('<!', at) >= 0) return parse(0)

    parser.write(decoder.write(Buffer.from(rest.slice(0, at), 'latin1')))
    rest = rest.slice(at)
    mode = 'packages'
    parser.forgetLines()
    return root.isOpen ? undefined : parse(0)
  }
  const readPackages = () => {
    let at = 0
    for (;;) {
      at = skipWhite(rest, at)
      if (rest.length - at < PACKAGE_END.length) break
      if (!/^<package[\s>]/.test(rest.slice(at, at + 9))) return parse(at)

      const close = rest.indexOf(PACKAGE_END, Math.max(at, searched))
      if (close < 0 && rest.length - at > MAX_PACKAGE) return parse(at)
      if (close < 0) {
        searched = rest.length - PACKAGE_END.length
        break
      }
      const end = close + PACKAGE_END.length
      if (!slicePackage(rest, at, end, packages)) return parse(at)
      at = end
    }
    searched = Math.max(0, searched - at)
    rest = rest.slice(at)
    return undefined
  }
  const read = (piece: Uint8Array) => {
    if (mode === 'parser') return parser.write(decoder.write(piece))

    rest += Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString('latin1')
    if (mode === 'head') readHead()
    if (mode === 'packages') readPackages()
    return undefined
  }

  return {
    write(piece) {
      gate.check(piece)
      for (let at = 0; at < piece.length; at += PIECE_BYTES) read(piece.subarray(at, at + PIECE_BYTES))
    },
    finish() {
      gate.finish()
      parse(0)
      parser.write(decoder.finish())
      parser.finish()
      if (root.promised !== null && root.promised !== packages.seen) {
        throw malformed(file, `says it has ${root.promised} packages, and has ${packages.seen}`)
      }
    },
  }
}

function skipWhite(text: string, from: number): number {
  let at = from
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 9 && code !== 13) return at
    at += 1
  }
}

/** Of what the parser reads: the root, and the packages in it. Other elements are passed over with all that is in them. */
function openRootReader(file: string, packages: ReturnType<typeof openPackageReader>) {
  let promised: number | null = null
  let opened = 0
  let inPackage = false
  const reader: XmlReader = {
    open(name, attributes, depth) {
      if (depth === 0) promised = readRoot(name, findAttribute(attributes, 'packages'), file)
      opened = depth + 1
      if (depth === 1) inPackage = name === 'package'
      return inPackage && packages.open(name, attributes, depth - 1)
    },
    close(name, text, depth) {
      if (inPackage && depth > 0) packages.close(name, text, depth - 1)
      if (depth === 1) inPackage = false
      opened = depth
    },
  }
  return {
    reader,
    get promised() {
      return promised
    },
    /** The root has begun and nothing in it is open. */
    get isOpen() {
      return opened === 1
    },
  }
}

function readRoot(name: string, packages: string | null, file: string): number | null {
  if (name !== 'metadata') throw malformed(file, `is not a list of packages: its root is <${name.slice(0, 40)}>`)
  if (packages === null) return null
  if (!/^\d{1,9}$/.test(packages)) throw malformed(file, 'says a number of packages that is none')

  return Number(packages)
}
