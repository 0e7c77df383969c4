import type { PackageName } from './package-name.ts'
import type { Slot } from './presence.ts'

/** Buckets of apt's table of packages, `APT::Cache-HashTableSize` by default. */
const BUCKETS = 196_613

/**
 * The order in which apt goes through the packages: that of its hash table. It decides who is marked first, and with that now and then who
 * is left standing. Packages of one name stand together, the native architecture first.
 */
export function sortAsApt(slots: readonly Slot[], native: string): Slot[] {
  return slots.toSorted((a, b) => {
    const byBucket = bucketOf(a.name) - bucketOf(b.name)
    if (byBucket !== 0) return byBucket
    if (a.name !== b.name) return a.name.text < b.name.text ? -1 : 1
    return Number(b.architecture === native) - Number(a.architecture === native)
  })
}

function bucketOf(name: PackageName): number {
  if (name.bucket < 0) name.bucket = hashName(name.text) % BUCKETS
  return name.bucket
}

function hashName(name: string): number {
  let hash = 5381
  for (let at = 0; at < name.length; at += 1) hash = (Math.imul(hash, 33) + name.charCodeAt(at)) | 0
  return hash >>> 0
}
