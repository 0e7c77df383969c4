/**
 * The order of Debian versions: `[epoch:]upstream[-revision]`, as deb-version(7) tells and dpkg and apt do it.
 * Malformed versions are compared all the same, as dpkg and apt do.
 */

const DIGIT_0 = 48
const DIGIT_9 = 57
const TILDE = 126
const COLON = 58
const HYPHEN = 45

/** -1: `a` is older, 0: equal (also where they are written differently: `1.0` and `0:1.0-0`), 1: newer. */
export function compareAptVersions(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0

  const aColon = indexOfEpochEnd(a)
  const bColon = indexOfEpochEnd(b)
  const byEpoch = aColon < 0 && bColon < 0 ? 0 : comparePart(a, 0, Math.max(aColon, 0), b, 0, Math.max(bColon, 0))
  if (byEpoch !== 0) return byEpoch

  const aHyphen = indexOfRevision(a, aColon + 1)
  const bHyphen = indexOfRevision(b, bColon + 1)
  const byUpstream = comparePart(a, aColon + 1, aHyphen, b, bColon + 1, bHyphen)
  if (byUpstream !== 0) return byUpstream

  return comparePart(a, aHyphen + 1, a.length, b, bHyphen + 1, b.length)
}

/** Where the epoch ends: at the first colon; -1 where there is none, which counts as epoch 0. */
function indexOfEpochEnd(version: string): number {
  for (let at = 0; at < version.length; at += 1) {
    if (version.charCodeAt(at) === COLON) return at
  }
  return -1
}

/** Where the revision's hyphen stands: the last one. The length where there is none, as an empty revision equals `0`. */
function indexOfRevision(version: string, from: number): number {
  for (let at = version.length - 1; at >= from; at -= 1) {
    if (version.charCodeAt(at) === HYPHEN) return at
  }
  return version.length
}

function comparePart(a: string, aFrom: number, aEnd: number, b: string, bFrom: number, bEnd: number): -1 | 0 | 1 {
  let i = aFrom
  let j = bFrom
  while (i < aEnd || j < bEnd) {
    while ((i < aEnd && !isDigit(a.charCodeAt(i))) || (j < bEnd && !isDigit(b.charCodeAt(j)))) {
      const aWeight = i < aEnd ? weigh(a.charCodeAt(i)) : 0
      const bWeight = j < bEnd ? weigh(b.charCodeAt(j)) : 0
      if (aWeight !== bWeight) return aWeight < bWeight ? -1 : 1
      i += 1
      j += 1
    }
    // Digit runs are numbers of any length: leading zeros away, then the longer one, then the first difference.
    while (i < aEnd && a.charCodeAt(i) === DIGIT_0) i += 1
    while (j < bEnd && b.charCodeAt(j) === DIGIT_0) j += 1
    let difference = 0
    while (i < aEnd && j < bEnd && isDigit(a.charCodeAt(i)) && isDigit(b.charCodeAt(j))) {
      if (difference === 0) difference = a.charCodeAt(i) - b.charCodeAt(j)
      i += 1
      j += 1
    }
    if (i < aEnd && isDigit(a.charCodeAt(i))) return 1
    if (j < bEnd && isDigit(b.charCodeAt(j))) return -1
    if (difference !== 0) return difference < 0 ? -1 : 1
  }
  return 0
}

function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9
}

// `~` sorts before the end, letters before everything else that is no digit; a digit ends the run and weighs as the end does.
function weigh(code: number): number {
  if (isDigit(code)) return 0
  if (code === TILDE) return -1

  const isLetter = (code >= 65 && code <= 90) || (code >= 97 && code <= 122)
  return isLetter ? code : code + 256
}
