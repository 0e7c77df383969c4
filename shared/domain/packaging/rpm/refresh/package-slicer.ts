import { clearDraft, type OfferSink } from './offer-draft.ts'
import type { FinishedPackages } from './package-reader.ts'
import { openSlicedElements } from './sliced-elements.ts'
import { openTagAttributes, sameBytes, skipName } from './tag-bytes.ts'
import { XML_LIMITS } from './xml.ts'

const [SLASH, COLON, LESS, GREATER] = [47, 58, 60, 62]
// Beyond so many bytes of text a call that looks for its end is faster.
const SHORT_TEXT = 32

/** Reads packages from bytes. */
export interface PackageSlicer {
  /**
   * Reads the `<package …>…</package>` that begins at `from`; bytes that `findUnusual` found nothing in, ending with a tag at `end`. Where the
   * package ends; -1 where the parser must read it anew, and say what is wrong if something is.
   */
  slice(bytes: Buffer, from: number, end: number): number
}

/**
 * Reads packages of plain XML many times faster than the parser, as no text becomes a string: elements, attributes in double quotes, text, the
 * five entities. Whatever else there is, well-formed or not, it leaves to the parser.
 */
export function openPackageSlicer(sink: OfferSink, packages: FinishedPackages): PackageSlicer {
  const elements = openSlicedElements(sink, packages)
  const attributes = openTagAttributes()
  // Of the elements that are open: where their names stand, how long these are, and what they mean.
  const [starts, lengths, meanings] = [0, 1, 2].map(() => new Int32Array(XML_LIMITS.depth)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ]

  return {
    slice(bytes, from, end) {
      clearDraft(packages.draft)
      elements.begin(bytes)
      let depth = 0
      let isWanted = false
      let at = from
      let textFrom = from
      for (;;) {
        // Here begins a tag.
        if (bytes[at + 1] === SLASH) {
          depth -= 1
          if (depth < 0) return -1
          const length = lengths[depth] ?? 0
          if (bytes[at + 2 + length] !== GREATER) return -1
          if (!sameBytes(bytes, starts[depth] ?? 0, at + 2, at + 2 + length)) return -1
          if (!elements.close(bytes, meanings[depth] ?? 0, depth, textFrom, at)) return -1
          isWanted = false
          at += length + 3
        } else {
          if (isWanted || depth >= XML_LIMITS.depth - 1) return -1

          const entryEnd = depth === 3 ? elements.entry(bytes, at) : -1
          if (entryEnd >= 0) {
            at = findTag(bytes, entryEnd)
            if (at < 0 || at >= end) return -1
            textFrom = entryEnd
            continue
          }
          const nameEnd = skipName(bytes, at + 1)
          if (nameEnd === at + 1) return -1
          const tagEnd = attributes.read(bytes, nameEnd)
          if (tagEnd < 0) return -1

          const meaning = elements.meaningOf(bytes, localFrom(bytes, at + 1, nameEnd), nameEnd, depth)
          if (!elements.open(bytes, meaning, depth, attributes)) return -1
          if (bytes[tagEnd] === SLASH) {
            if (!elements.close(bytes, meaning, depth, tagEnd, tagEnd)) return -1
            at = tagEnd + 2
          } else {
            isWanted = elements.isWanted(meaning)
            starts[depth] = at + 1
            lengths[depth] = nameEnd - at - 1
            meanings[depth] = meaning
            depth += 1
            at = tagEnd + 1
          }
        }
        if (depth === 0) return at > end ? -1 : at

        textFrom = at
        at = findTag(bytes, at)
        if (at < 0 || at >= end) return -1
      }
    },
  }
}

/** Where `entry` begins in `rpm:entry`. */
function localFrom(bytes: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at += 1) if (bytes[at] === COLON) return at + 1
  return from
}

function findTag(bytes: Buffer, from: number): number {
  for (let at = from; at < from + SHORT_TEXT; at += 1) if (bytes[at] === LESS) return at
  return bytes.indexOf(LESS, from + SHORT_TEXT)
}
