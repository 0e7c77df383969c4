import type { AptPackage } from '../model.ts'

/**
 * Entries of status files that were read before, by their whole text: machines of a fleet have most packages in common, to the byte, and
 * what one entry says does not depend on its machine. Nothing is believed of an entry that differs by a byte.
 */
export interface KnownEntry {
  /** null: not installed. */
  readonly package: AptPackage | null
  readonly described: boolean
}

/** What is worked out of an entry when an inventory is written; once for all machines that have it. */
export interface EntryFacts {
  versionHash?: string
  identity?: string
}

/** Longer ones are rare, and texts of more than 16 KiB have no hash of their own in a map. */
const LONGEST = 8192
/** Of text in each of two generations: what was not met again while the younger one filled goes. */
const GENERATION_CHARACTERS = 4 * 1024 * 1024
/** And of entries: what is made of a short one takes far more room than its text. */
const GENERATION_ENTRIES = 8192

let younger = new Map<string, KnownEntry>()
let older = new Map<string, KnownEntry>()
let characters = 0
const facts = new WeakMap<AptPackage, EntryFacts>()

export function findKnownEntry(text: string): KnownEntry | undefined {
  if (text.length > LONGEST) return undefined

  const found = younger.get(text)
  if (found !== undefined) return found

  const earlier = older.get(text)
  if (earlier !== undefined) keep(text, earlier)
  return earlier
}

/** `text` must be no part of a longer string, which it would keep in memory. */
export function keepEntry(text: string, entry: KnownEntry): void {
  if (text.length > LONGEST) return

  if (entry.package !== null) facts.set(entry.package, {})
  keep(text, entry)
}

/** Of a package whose entry is known; undefined for any other. */
export function factsOfEntry(installed: AptPackage): EntryFacts | undefined {
  return facts.get(installed)
}

function keep(text: string, entry: KnownEntry): void {
  if (characters > GENERATION_CHARACTERS || younger.size >= GENERATION_ENTRIES) {
    older = younger
    younger = new Map()
    characters = 0
  }
  younger.set(text, entry)
  characters += text.length
}
