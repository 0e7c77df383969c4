import { Fault } from '#shared/domain/fault.ts'

/**
 * Where an object lies below its root. A part of a key becomes one name on disk, so that no two keys meet on any file system:
 * - a folder's name ends in `+`, an object's does not: `a` and `a/b` may both be keys;
 * - a capital becomes `=` and its small letter, for file systems that do not tell them apart;
 * - a point at the end becomes `=0`, and Windows' device names get `=1` in front;
 * - a part longer than a name may be is cut into folders that end in `,`.
 */
export interface ObjectPlace {
  readonly folder: readonly string[]
  readonly name: string
}

/** A name of twice as many bytes, when all are capitals, and its ending still fits the 255 bytes of most file systems. */
const PIECE_LENGTH = 120
const KEY_LENGTH = 512
const KEY = /^[A-Za-z0-9._/-]+$/
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/

/** @throws Fault `unexpected` for what the port does not take as a key */
export function placeOfObject(key: string): ObjectPlace {
  if (key.length > KEY_LENGTH || !KEY.test(key)) throw refuse(key)

  const parts = key.split('/')
  const last = parts.pop()
  if (last === undefined || !isPart(last)) throw refuse(key)

  const pieces = cut(last)
  const name = pieces.pop() ?? ''
  return { folder: [...folderOfParts(parts, key), ...pieces.map((piece) => `${encode(piece)},`)], name: encode(name) }
}

/** The folder in which every key with the prefix lies, and the part of the prefix that leads there. @throws Fault `unexpected` */
export function placeOfPrefix(prefix: string): { folder: readonly string[]; before: string } {
  if (prefix.length > KEY_LENGTH || (prefix !== '' && !KEY.test(prefix))) throw refuse(prefix)

  const before = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  return { folder: before === '' ? [] : folderOfParts(before.slice(0, -1).split('/'), prefix), before }
}

/**
 * What a name on disk stands for: an object, a folder of keys (`text` ends in `/`) or the beginning of a long part; null when it is
 * none of ours.
 */
export function readName(
  name: string,
  kind: 'file' | 'folder',
): { kind: 'object' | 'folder' | 'beginning'; text: string } | null {
  if (kind === 'file') return decoded(name, 'object', '')
  if (name.endsWith('+')) return decoded(name.slice(0, -1), 'folder', '/')
  if (name.endsWith(',')) return decoded(name.slice(0, -1), 'beginning', '')

  return null
}

function decoded<K extends string>(name: string, kind: K, ending: string): { kind: K; text: string } | null {
  const text = name
    .replace(/^=1/, '')
    .replace(/=0$/, '.')
    .replaceAll(/=([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return text !== '' && KEY.test(text) && encode(text) === name ? { kind, text: `${text}${ending}` } : null
}

function encode(piece: string): string {
  const folded = piece.replaceAll(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`).replace(/\.$/, '=0')
  return DEVICE.test(folded) ? `=1${folded}` : folded
}

function folderOfParts(parts: readonly string[], key: string): string[] {
  return parts.flatMap((part) => {
    if (!isPart(part)) throw refuse(key)

    const pieces = cut(part)
    return pieces.map((piece, at) => `${encode(piece)}${at === pieces.length - 1 ? '+' : ','}`)
  })
}

function isPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..'
}

function cut(part: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at < part.length; at += PIECE_LENGTH) pieces.push(part.slice(at, at + PIECE_LENGTH))
  return pieces
}

function refuse(key: string): Fault {
  return new Fault('unexpected', `Not a key of an object: ${JSON.stringify(key.slice(0, 100))}.`)
}
