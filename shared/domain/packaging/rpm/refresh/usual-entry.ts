import { HASH_PRIME, mixHash, OPERATORS } from './list-layout.ts'
import { MAX_NAME, MAX_TEXT } from './package-reader.ts'
import type { PendingTexts } from './pending-texts.ts'
import { ENDS_VALUE } from './tag-bytes.ts'

const [QUOTE, SLASH, E, G, L, Q, T, GREATER] = [34, 47, 69, 71, 76, 81, 84, 62]
const NAME = Buffer.from('<rpm:entry name="')
const RPMLIB = Buffer.from('rpmlib(')
const FLAGS = Buffer.from('" flags="')
const EPOCH = Buffer.from('" epoch="0" ver="')
const RELEASE = Buffer.from('" rel="')
const [LESS_THAN, GREATER_THAN, AT_MOST, AT_LEAST, EQUAL] = (['<', '>', '<=', '>=', '='] as const).map((operator) =>
  OPERATORS.indexOf(operator),
) as [number, number, number, number, number]

/** Reads relations that are written as nearly all are: name alone, or with flags, epoch 0, version and release, in this order. */
export interface UsualEntries {
  /**
   * Where the tag at `at` ends, its relation added; -1 for one that must be read in another way, nothing added.
   * @param role of a relation without operator; others follow it, in the order of `OPERATORS`
   */
  read(bytes: Uint8Array, at: number, isRequired: boolean, role: number): number
}

/** Relations are two thirds of a repository: a text is looked up by the hash that was made while its end was searched for. */
export function openUsualEntries(texts: PendingTexts, versionRole: number): UsualEntries {
  return {
    read(bytes, at, isRequired, role) {
      if (!isAt(bytes, at, NAME)) return -1

      const nameAt = at + NAME.length
      let hash = texts.seed | 0
      let nameEnd = nameAt
      for (let byte = bytes[nameEnd] ?? 0; ENDS_VALUE[byte] === 0; byte = bytes[nameEnd] ?? 0) {
        hash = Math.imul(hash ^ byte, HASH_PRIME)
        nameEnd += 1
      }
      if (bytes[nameEnd] !== QUOTE || nameEnd === nameAt || nameEnd - nameAt > MAX_TEXT) return -1
      if (isRequired && isAt(bytes, nameAt, RPMLIB)) return -1

      if (bytes[nameEnd + 1] === SLASH) {
        if (bytes[nameEnd + 2] !== GREATER) return -1
        texts.addHashed(role, nameAt, nameEnd, mixHash(hash))
        return nameEnd + 3
      }
      const flagsAt = nameEnd + FLAGS.length
      const operator = operatorOf(bytes[flagsAt] ?? 0, bytes[flagsAt + 1] ?? 0)
      if (operator < 0 || !isAt(bytes, nameEnd, FLAGS) || !isAt(bytes, flagsAt + 2, EPOCH)) return -1

      const versionAt = flagsAt + 2 + EPOCH.length
      const versionEnd = findValueEnd(bytes, versionAt)
      const hasRelease = isAt(bytes, versionEnd, RELEASE)
      const releaseAt = hasRelease ? versionEnd + RELEASE.length : versionEnd
      const end = hasRelease ? findValueEnd(bytes, releaseAt) : versionEnd
      if (bytes[end] !== QUOTE || bytes[end + 1] !== SLASH || bytes[end + 2] !== GREATER) return -1
      if (versionEnd === versionAt || end - versionAt > MAX_NAME) return -1

      texts.addHashed(role + operator, nameAt, nameEnd, mixHash(hash))
      texts.addEvr(versionRole, 0, [versionAt, versionEnd], [releaseAt, end])
      return end + 3
    },
  }
}

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let index = 0; index < wanted.length; index += 1) if (bytes[at + index] !== wanted[index]) return false
  return true
}

/** Also ends where XML would change or refuse something, or there is an entity. */
function findValueEnd(bytes: Uint8Array, from: number): number {
  let at = from
  while (ENDS_VALUE[bytes[at] ?? 0] === 0) at += 1
  return at
}

function operatorOf(first: number, second: number): number {
  if (first === E && second === Q) return EQUAL
  if (first === L) return second === T ? LESS_THAN : second === E ? AT_MOST : -1
  if (first === G) return second === T ? GREATER_THAN : second === E ? AT_LEAST : -1
  return -1
}
