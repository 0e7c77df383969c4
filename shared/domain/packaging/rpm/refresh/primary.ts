import { openOfferDraft, type OfferSink } from './offer-draft.ts'
import { openFinishedPackages, openPackageReader } from './package-reader.ts'
import { openPackageSlicer } from './package-slicer.ts'
import { findUnusual } from './plain-region.ts'
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
// What is looked at several times in a row should stay near the processor.
const PIECE_BYTES = 64 * 1024
const PACKAGE = Buffer.from('<package')
const PACKAGE_END = Buffer.from('</package>')

/**
 * Packages are read by the slicer; head, foot, and from the first unusual thing on all the rest, by the parser. Both fill the same draft, so that
 * it makes no difference which one it was.
 * @param parseAll let the parser read everything
 * @throws Fault `repository_refused` naming the URL, also from its functions
 */
export function openPrimaryScanner(
  file: string,
  sink: OfferSink,
  parseAll: 'always' | 'where-unusual' = 'where-unusual',
): PrimaryScanner {
  const packages = openFinishedPackages(openOfferDraft(), sink)
  const slicer = openPackageSlicer(sink, packages)
  const root = openRootReader(file, openPackageReader(file, sink, packages))
  const parser = openXmlParser(root.reader, file)
  const decoder = openTextDecoder(file)
  const gate = openUtf8Gate(file)
  let mode: 'head' | 'packages' | 'parser' = parseAll === 'always' ? 'parser' : 'head'
  // What is not read yet, from its beginning on.
  let rest = Buffer.from(new ArrayBuffer(2 * PIECE_BYTES))
  let filled = 0

  const parse = (from: number) => {
    mode = 'parser'
    const text = decoder.write(rest.subarray(from, filled))
    filled = 0
    parser.write(text)
  }
  /** Everything before the first package. */
  const readHead = () => {
    const head = rest.toString('latin1', 0, Math.min(filled, 2 * MAX_HEAD))
    const at = head.search(/<package[\s>]/)
    if (at < 0) return filled > MAX_HEAD ? parse(0) : undefined
    if (head.lastIndexOf('<!', at) >= 0) return parse(0)

    parser.write(decoder.write(rest.subarray(0, at)))
    keepFrom(at)
    mode = 'packages'
    parser.forgetLines()
    return root.isOpen ? undefined : parse(0)
  }
  const keepFrom = (at: number) => {
    rest.copyWithin(0, at, filled)
    filled -= at
  }
  /** Where the last package ends before a place; -1 where none does. */
  const lastEnd = (before: number): number => {
    const at = rest.subarray(0, before).lastIndexOf(PACKAGE_END)
    return at < 0 ? -1 : at + PACKAGE_END.length
  }
  /** @param fresh from where on there may be the end of a package that was not there before */
  const readPackages = (fresh: number) => {
    const whole = rest.subarray(Math.max(0, fresh - PACKAGE_END.length), filled).includes(PACKAGE_END)
      ? lastEnd(filled)
      : -1
    if (whole < 0) return filled > MAX_PACKAGE ? parse(0) : undefined

    const unusual = findUnusual(rest, whole)
    const end = unusual < whole ? lastEnd(unusual) : whole
    let at = skipWhite(rest, 0)
    while (at < end) {
      const next = isPackage(rest, at) ? slicer.slice(rest, at, end) : -1
      if (next < 0) return parse(at)
      at = skipWhite(rest, next)
    }
    return end < whole ? parse(at) : keepFrom(Math.min(at, filled))
  }
  const read = (piece: Uint8Array) => {
    if (mode === 'parser') return parser.write(decoder.write(piece))

    if (filled + piece.length > rest.length) rest = Buffer.from(rest.buffer.transfer(2 * (filled + piece.length)))
    rest.set(piece, filled)
    let fresh = filled
    filled += piece.length
    if (mode === 'head') {
      fresh = 0
      readHead()
    }
    if (mode === 'packages') readPackages(fresh)
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

function skipWhite(bytes: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const code = bytes[at]
    if (code !== 32 && code !== 10 && code !== 9 && code !== 13) return at
    at += 1
  }
}

/** `<package` and nothing of its name after that. */
function isPackage(bytes: Buffer, at: number): boolean {
  const after = bytes[at + PACKAGE.length] ?? 0
  return bytes.compare(PACKAGE, 0, PACKAGE.length, at, at + PACKAGE.length) === 0 && (after === 62 || after <= 32)
}

/** Of what the parser reads: the root, and the packages in it. Other elements are passed over with all that is in them. */
function openRootReader(file: string, packages: XmlReader) {
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
