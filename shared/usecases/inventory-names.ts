import { Fault } from '#shared/domain/fault.ts'

/**
 * Which package names an inventory holds, as a sorted column of 32-bit hashes: enough to tell, without opening the inventory, that
 * a change cannot touch it. Two names may share a hash; then an inventory is checked for nothing, never left out.
 */
export function encodeNames(names: Iterable<string>): Uint8Array {
  const hashes = new Uint32Array(new Set([...names].map((name) => hashName(name)))).toSorted()
  return new Uint8Array(hashes.buffer)
}

/** @throws Fault `data_damaged` */
export function decodeNames(bytes: Uint8Array): Uint32Array {
  if (bytes.length % 4 !== 0) throw new Fault('data_damaged', 'A stored column of package names is cut.')

  return new Uint32Array(bytes.slice().buffer)
}

/** Does the inventory hold one of the names (or another name with the same hash)? `changed` holds hashes of names. */
export function touches(names: Uint32Array, changed: ReadonlySet<number>): boolean {
  for (const hash of names) {
    if (changed.has(hash)) return true
  }
  return false
}

/** FNV-1a over the UTF-16 units. */
export function hashName(name: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < name.length; at += 1) {
    hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193)
  }
  return hash >>> 0
}
