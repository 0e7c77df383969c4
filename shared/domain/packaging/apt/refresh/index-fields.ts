import { RECORD_FIELDS } from './list-layout.ts'

/** The fields of an index that are wanted: the name, then those of a record. A field's number is its place here. */
export const FIELD_NAMES = ['Package', ...RECORD_FIELDS] as const

const FIELDS = FIELD_NAMES.map((name) => Buffer.from(name.toLowerCase(), 'latin1'))
export const PACKAGE = 0
export const [ARCHITECTURE = 0, VERSION = 0, SOURCE = 0, PHASED = 0, PROVIDES = 0] = (
  ['Architecture', 'Version', 'Source', 'Phased-Update-Percentage', 'Provides'] as const
).map((name) => 1 + RECORD_FIELDS.indexOf(name))

// Length and first letter tell the wanted fields apart; the rest of the name is then compared.
const FIELD_BY_SHAPE = new Int8Array(32 * 256).fill(-1)
FIELDS.forEach((name, field) => (FIELD_BY_SHAPE[name.length * 256 + (name[0] ?? 0)] = field))
const LONGEST_FIELD = Math.max(...FIELDS.map((name) => name.length))

/** Number of the field whose name lies there, in any case; -1 for one that is not wanted. */
export function findField(piece: Buffer, at: number, length: number): number {
  if (length > LONGEST_FIELD) return -1

  const field = FIELD_BY_SHAPE[length * 256 + lowerCase(piece[at] ?? 0)] ?? -1
  const name = field < 0 ? undefined : FIELDS[field]
  if (name === undefined) return -1

  for (let index = 1; index < length; index += 1) {
    if (lowerCase(piece[at + index] ?? 0) !== name[index]) return -1
  }
  return field
}

function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte
}
