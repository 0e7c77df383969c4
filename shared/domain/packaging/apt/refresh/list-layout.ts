/**
 * How a stored list lies in memory. Little-endian; all sections follow one another without gaps:
 *
 *     magic (8)  counts (7 × u32): names, records, provided, providers, name bytes, provided bytes, record bytes
 *     name offsets    (names + 1) × u32      into the name bytes
 *     record offsets  (names + 1) × u32      into the record bytes
 *     provided offsets (provided + 1) × u32  into the provided bytes
 *     provider offsets (provided + 1) × u32  into the providers
 *     providers       providers × u32        indexes of names
 *     name bytes · provided bytes · record bytes
 *     CRC-32 of all of it (u32): a list whose bytes went bad on the disk must not read as one that offers less
 *
 * Names are lower case and in byte order, so that a look-up is a binary search. The records of a name follow one another in the
 * order of the index; a record is the fields below, each ended by a newline, which no field can contain.
 */
export const LIST_MAGIC = Buffer.from('LZAPT\0\0\x02', 'latin1')
export const COUNTS = 7
export const HEADER_BYTES = LIST_MAGIC.length + COUNTS * 4
export const CHECKSUM_BYTES = 4

/** Part of every list's key: another layout, or another reading of the same index, is another object. */
const LIST_FORMAT = 3

/** The fields of a record, in order, as they are called in an index. */
export const RECORD_FIELDS = [
  'Architecture',
  'Version',
  'Source',
  'Multi-Arch',
  'Essential',
  'Installed-Size',
  'Size',
  'Phased-Update-Percentage',
  'Depends',
  'Pre-Depends',
  'Conflicts',
  'Breaks',
  'Replaces',
  'Provides',
  'Recommends',
] as const

/** Key of a list by the hash of the plain index that it was made from: `apt/lists/3/sha256-…`. */
export function keyOfList(algorithm: 'sha256' | 'sha512', hash: string): string {
  return `apt/lists/${LIST_FORMAT}/${algorithm}-${hash}`
}
