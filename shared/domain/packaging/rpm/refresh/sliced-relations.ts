import { OPERATORS } from './list-layout.ts'
import { MAX_NAME, MAX_TEXT } from './package-reader.ts'
import type { PendingTexts } from './pending-texts.ts'
import { hasEntity, isPlainWord, isWord, type TagAttributes } from './tag-bytes.ts'

const ZERO = 48
const [NAME, FLAGS, EPOCH, VERSION, RELEASE, BUILD] = ['name', 'flags', 'epoch', 'ver', 'rel', 'build'].map((word) =>
  Buffer.from(word),
) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer]
const RPMLIB = Buffer.from('rpmlib(')
const [NO_EPOCH, MAX_EPOCH] = [Buffer.from('(none)'), 0xffff_fffe]
const FLAG_WORDS = (
  [
    ['EQ', '='],
    ['LT', '<'],
    ['LE', '<='],
    ['GT', '>'],
    ['GE', '>='],
  ] as const
).map(([word, operator]) => ({ word: Buffer.from(word), code: OPERATORS.indexOf(operator) }))

/** The roles of texts that attributes hold. */
export interface SlicedRoles {
  readonly version: number
  readonly release: number
  /** The version of the relation before it. */
  readonly relationVersion: number
}

/** What attributes say of versions. */
export interface SlicedRelations {
  /**
   * A relation. False: the parser must read the package.
   * @param role of one without operator; others follow it, in the order of `OPERATORS`
   */
  add(bytes: Uint8Array, attributes: TagAttributes, isRequired: boolean, role: number): boolean
  /** The package's own version and release are added; one more than the epoch, -1 where the parser must read the package. */
  version(bytes: Uint8Array, attributes: TagAttributes): number
  /** One more than the seconds; 0 where it says none. */
  time(bytes: Uint8Array, attributes: TagAttributes): number
}

export function openSlicedRelations(texts: PendingTexts, roles: SlicedRoles): SlicedRelations {
  // Where the values of the tag last looked at are; empty where it has none.
  let [nameAt, nameEnd, flagsAt, flagsEnd, epochAt, epochEnd] = [0, 0, 0, 0, 0, 0]
  let [versionAt, versionEnd, releaseAt, releaseEnd] = [0, 0, 0, 0]

  const find = (bytes: Uint8Array, attributes: TagAttributes): void => {
    nameAt = nameEnd = flagsAt = flagsEnd = epochAt = epochEnd = 0
    versionAt = versionEnd = releaseAt = releaseEnd = 0
    for (let index = 0; index < attributes.count; index += 1) {
      const from = attributes.nameAt(index)
      const end = attributes.nameEnd(index)
      const at = attributes.valueAt(index)
      const stop = attributes.valueEnd(index)
      if (isWord(bytes, from, end, NAME)) {
        nameAt = at
        nameEnd = stop
      } else if (isWord(bytes, from, end, FLAGS)) {
        flagsAt = at
        flagsEnd = stop
      } else if (isWord(bytes, from, end, EPOCH)) {
        epochAt = at
        epochEnd = stop
      } else if (isWord(bytes, from, end, VERSION)) {
        versionAt = at
        versionEnd = stop
      } else if (isWord(bytes, from, end, RELEASE)) {
        releaseAt = at
        releaseEnd = stop
      }
    }
  }
  /** One more than the epoch, 0 where there is none; -1 where it is unusual. */
  const readEpoch = (bytes: Uint8Array): number => {
    if (epochEnd === epochAt || isWord(bytes, epochAt, epochEnd, NO_EPOCH)) return 0
    const epoch = readDigits(bytes, epochAt, epochEnd, 10)
    return epoch < 0 || epoch > MAX_EPOCH ? -1 : epoch + 1
  }
  const isUsualEvr = (bytes: Uint8Array): boolean => {
    if (versionEnd - versionAt + releaseEnd - releaseAt > MAX_NAME - 16 || readEpoch(bytes) < 0) return false
    return !hasEntity(bytes, versionAt, versionEnd) && !hasEntity(bytes, releaseAt, releaseEnd)
  }
  const operatorOf = (bytes: Uint8Array): number => {
    for (const { word, code } of FLAG_WORDS) if (isWord(bytes, flagsAt, flagsEnd, word)) return code
    return -1
  }

  return {
    add(bytes, attributes, isRequired, role) {
      find(bytes, attributes)
      if (nameEnd === nameAt || nameEnd - nameAt > MAX_TEXT) return false

      const isBare = flagsEnd === flagsAt || versionEnd === versionAt
      const operator = isBare ? 0 : operatorOf(bytes)
      if (operator < 0 || (!isBare && !isUsualEvr(bytes))) return false
      if (isRequired && nameEnd - nameAt >= RPMLIB.length && isWord(bytes, nameAt, nameAt + RPMLIB.length, RPMLIB)) {
        return true
      }
      texts.addMeant(role + operator, nameAt, nameEnd)
      if (!isBare)
        texts.addEvr(roles.relationVersion, readEpoch(bytes), [versionAt, versionEnd], [releaseAt, releaseEnd])
      return true
    },
    version(bytes, attributes) {
      find(bytes, attributes)
      if (versionEnd - versionAt + releaseEnd - releaseAt > MAX_NAME) return -1
      if (!isPlainWord(bytes, versionAt, versionEnd)) return -1
      if (releaseEnd > releaseAt && !isPlainWord(bytes, releaseAt, releaseEnd)) return -1
      texts.add(roles.version, versionAt, versionEnd)
      texts.add(roles.release, releaseAt, releaseEnd)
      return readEpoch(bytes)
    },
    time(bytes, attributes) {
      for (let index = 0; index < attributes.count; index += 1) {
        if (isWord(bytes, attributes.nameAt(index), attributes.nameEnd(index), BUILD)) {
          return readDigits(bytes, attributes.valueAt(index), attributes.valueEnd(index), 12) + 1
        }
      }
      return 0
    },
  }
}

/** A number of so many digits at most; -1 for anything else. */
function readDigits(bytes: Uint8Array, from: number, end: number, most: number): number {
  if (end === from || end - from > most) return -1

  let number = 0
  for (let at = from; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO
    if (digit < 0 || digit > 9) return -1
    number = 10 * number + digit
  }
  return number
}
