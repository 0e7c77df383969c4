import type { Evr, RpmRelation } from './model.ts'

/**
 * The order of rpm's versions, as rpm-version(7) tells and rpmio/rpmvercmp.cc and rpmio/rpmver.cc do it; libsolv, and with it
 * dnf and zypper, agrees. Everything but ASCII letters, digits, `~` and `^` only separates, other letters too.
 */

const DIGIT_0 = 48
const TILDE = 126
const CARET = 94

/** -1: `a` is older, 0: equal (also where they are written differently: `1.05` and `1.5`), 1: newer. A missing epoch is 0. */
export function compareEvr(a: Evr, b: Evr): -1 | 0 | 1 {
  const aEpoch = a.epoch ?? 0
  const bEpoch = b.epoch ?? 0
  if (aEpoch !== bEpoch) return aEpoch < bEpoch ? -1 : 1

  return comparePart(a.version, b.version) || comparePart(a.release, b.release)
}

/** The same order for whole texts, `[epoch:]version[-release]`. A missing release is older than any, as in rpm's `newer than`. */
export function compareRpmVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0

  const one = split(a)
  const two = split(b)
  const order = comparePart(one.epoch ?? '0', two.epoch ?? '0') || comparePart(one.version, two.version)
  return order || compareReleases(one.release, two.release)
}

/** Reads `[epoch:]version[-release]`; whatever is missing is empty, the epoch null. An epoch that is no number belongs to the version. */
export function parseEvr(text: string): Evr {
  const { epoch, version, release } = split(text)
  return { epoch: epoch === null ? null : Number(epoch), version, release: release ?? '' }
}

/** `1:2.0-3`, `2.0-3` with epoch 0 or none, as dnf and rpm's `%{EVR}` for people print it. */
export function formatEvr({ epoch, version, release }: Evr): string {
  const versionRelease = release === '' ? version : `${version}-${release}`
  return epoch === null || epoch === 0 ? versionRelease : `${epoch}:${versionRelease}`
}

/**
 * Do the two relations, of one name, overlap? Without a version one of them holds for any. A side without a release holds for any
 * release where its operator contains `=` (rpmverOverlap in rpmio/rpmver.cc; libsolv's pool_intersect_evrs).
 */
export function satisfies(provided: RpmRelation, wanted: RpmRelation): boolean {
  if (provided.name !== wanted.name) return false
  if (provided.operator === '' || wanted.operator === '' || provided.evr === '' || wanted.evr === '') return true

  const [one, two] = [split(provided.evr), split(wanted.evr)]
  const order = comparePart(one.epoch ?? '0', two.epoch ?? '0') || comparePart(one.version, two.version)
  if (order !== 0) return overlaps(order, provided.operator, wanted.operator)
  if (one.release !== null && two.release !== null) {
    return overlaps(comparePart(one.release, two.release), provided.operator, wanted.operator)
  }

  if (one.release !== null && wanted.operator.includes('=')) return true
  if (two.release !== null && provided.operator.includes('=')) return true
  return overlaps(0, provided.operator, wanted.operator)
}

function overlaps(order: -1 | 0 | 1, one: string, two: string): boolean {
  if (order < 0) return one.includes('>') || two.includes('<')
  if (order > 0) return one.includes('<') || two.includes('>')
  return ['=', '<', '>'].some((sign) => one.includes(sign) && two.includes(sign))
}

interface Parts {
  /** Digits; null where there is none, which counts as 0. */
  readonly epoch: string | null
  readonly version: string
  /** null where there is no hyphen. */
  readonly release: string | null
}

function split(text: string): Parts {
  let colon = 0
  while (isDigit(text.charCodeAt(colon))) colon += 1
  const hasEpoch = text[colon] === ':'
  const from = hasEpoch ? colon + 1 : 0
  const hyphen = text.lastIndexOf('-')
  const hasRelease = hyphen >= colon && hyphen >= from
  return {
    epoch: hasEpoch ? text.slice(0, colon) || '0' : null,
    version: text.slice(from, hasRelease ? hyphen : undefined),
    release: hasRelease ? text.slice(hyphen + 1) : null,
  }
}

function compareReleases(a: string | null, b: string | null): -1 | 0 | 1 {
  if (a === null || b === null) {
    if (a === b) return 0
    return a === null ? -1 : 1
  }
  return comparePart(a, b)
}

/** rpmvercmp: of one version, one release. */
function comparePart(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0

  let i = 0
  let j = 0
  for (;;) {
    while (i < a.length && !isCompared(a.charCodeAt(i))) i += 1
    while (j < b.length && !isCompared(b.charCodeAt(j))) j += 1
    const [aCode, bCode] = [i < a.length ? a.charCodeAt(i) : END, j < b.length ? b.charCodeAt(j) : END]

    // A tilde is older than all, the end included; a caret newer than the end and older than anything else.
    if (aCode === TILDE || bCode === TILDE || aCode === CARET || bCode === CARET) {
      if (aCode !== bCode) return weighMark(aCode) < weighMark(bCode) ? -1 : 1
      i += 1
      j += 1
      continue
    }
    if (aCode === END || bCode === END) {
      if (aCode === bCode) return 0
      return aCode === END ? -1 : 1
    }

    const isNumber = isDigit(aCode)
    if (isNumber !== isDigit(bCode)) return isNumber ? 1 : -1

    const [aEnd, bEnd] = [endOfRun(a, i, isNumber), endOfRun(b, j, isNumber)]
    const order = isNumber ? compareNumbers(a, i, aEnd, b, j, bEnd) : compareWords(a, i, aEnd, b, j, bEnd)
    if (order !== 0) return order
    i = aEnd
    j = bEnd
  }
}

const END = -1

function weighMark(code: number): number {
  if (code === TILDE) return 0
  if (code === END) return 1
  return code === CARET ? 2 : 3
}

function endOfRun(text: string, from: number, isNumber: boolean): number {
  let at = from
  while (at < text.length && (isNumber ? isDigit(text.charCodeAt(at)) : isLetter(text.charCodeAt(at)))) at += 1
  return at
}

/** Numbers of any length: leading zeros away, then the longer one, then the first difference. */
function compareNumbers(a: string, aFrom: number, aEnd: number, b: string, bFrom: number, bEnd: number): -1 | 0 | 1 {
  let i = aFrom
  let j = bFrom
  while (i < aEnd && a.charCodeAt(i) === DIGIT_0) i += 1
  while (j < bEnd && b.charCodeAt(j) === DIGIT_0) j += 1
  if (aEnd - i !== bEnd - j) return aEnd - i < bEnd - j ? -1 : 1
  return compareWords(a, i, aEnd, b, j, bEnd)
}

/** In byte order; of two of which one begins the other, the shorter is older. */
function compareWords(a: string, aFrom: number, aEnd: number, b: string, bFrom: number, bEnd: number): -1 | 0 | 1 {
  let i = aFrom
  let j = bFrom
  while (i < aEnd && j < bEnd) {
    const difference = a.charCodeAt(i) - b.charCodeAt(j)
    if (difference !== 0) return difference < 0 ? -1 : 1
    i += 1
    j += 1
  }
  if (i === aEnd && j === bEnd) return 0
  return i === aEnd ? -1 : 1
}

function isCompared(code: number): boolean {
  return isDigit(code) || isLetter(code) || code === TILDE || code === CARET
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= 57
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
}
