import { sha256 } from '../../../canonical-json.ts'

/**
 * How a stored list lies in memory. Little-endian. Everything that is text is in one table, each text once, and is meant by its number
 * in the order of first appearance; sections are bytes one after another, each beginning at a multiple of four:
 *
 *     magic (8)  seed, packages, strings, slots, has advisories, has modules (6 × u32)  section lengths (SECTIONS × u32)
 *     the sections below, in order
 *     CRC-32 of all of it (u32): a list whose bytes went bad on the disk must not read as one that offers less
 *
 * Keys are texts in the order of their numbers, with offsets into what they point at, one more than keys. Numbers in records are variable-length, seven bits a byte, lowest first.
 */
export const LIST_MAGIC = Buffer.from('LZRPM\0\0\x01', 'latin1')
export const SECTIONS = [
  'textOffsets',
  'textBytes',
  /** Open addressing over texts, number + 1, 0 where free. A power of two. */
  'slots',
  'nameKeys',
  'nameOffsets',
  /** Start of each record, grouped by name. */
  'recordOffsets',
  'recordBytes',
  'providedKeys',
  'providedOffsets',
  'providers',
  'obsoletedKeys',
  'obsoletedOffsets',
  'obsoleters',
  'advisoryOffsets',
  'advisoryBytes',
  'advisedKeys',
  'advisedOffsets',
  /** What advisories say of packages, grouped by name. */
  'entryOffsets',
  'entryBytes',
  'moduleBytes',
] as const
export type Section = (typeof SECTIONS)[number]

export const FIELDS = 6
export const HEADER_BYTES = LIST_MAGIC.length + 4 * (FIELDS + SECTIONS.length)
export const CHECKSUM_BYTES = 4
/** A text is found within so many slots, or the list is not written. */
export const MAX_PROBES = 128

/** Part of every list's key: another layout, or another reading of the same data, is another object. */
const LIST_FORMAT = 2

/** Key of a list by what it was made from: `rpm/lists/<sha256>`. */
export function keyOfList(parts: readonly string[]): string {
  return `rpm/lists/${sha256([`format ${LIST_FORMAT}`, ...parts].join('\n'))}`
}

/** A text's hash begins with the table's seed, takes in each byte (UTF-8), `Math.imul(hash ^ byte, HASH_PRIME)`, and is mixed in the end. */
export const HASH_PRIME = 0x0100_0193

/** The slot where the search for a text begins, before it is cut to the table's size. */
export function mixHash(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) >>> 0
}

export function hashBytes(bytes: Uint8Array, from: number, end: number, seed: number): number {
  let hash = seed | 0
  for (let at = from; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), HASH_PRIME)
  return mixHash(hash)
}

export function hashText(text: string, seed: number): number {
  let hash = seed | 0
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code >= 0x80) return hashBytes(Buffer.from(text), 0, Buffer.byteLength(text), seed)
    hash = Math.imul(hash ^ code, HASH_PRIME)
  }
  return mixHash(hash)
}

export const OPERATORS = ['', '<', '>', '<=', '>=', '='] as const
