import { resized } from './disk-nodes.ts'
import type { File, Folder } from './disk-nodes.ts'

/** A part of a file that lies on the disk as a whole or not at all. */
export const SECTOR_BYTES = [512, 4096] as const

/** How much of what was not synced is there: nothing, all, or a part. */
function chooser(random: (below: number) => number): (changes: number) => number {
  const mood = random(4)
  if (mood === 0) return () => 0
  if (mood === 1) return (changes) => changes
  return (changes) => random(changes + 1)
}

/** The names that a power cut leaves. */
export function namesLeft(folder: Folder, random: (below: number) => number): Map<string, File | Folder> {
  const left = new Map(folder.durable)
  const choose = chooser(random)
  for (const [name, changes] of Map.groupBy(folder.pending, (change) => change.name)) {
    const last = changes[choose(changes.length) - 1]
    if (last?.node === null) left.delete(name)
    else if (last !== undefined) left.set(name, last.node)
  }
  return left
}

/** The content that a power cut leaves, with zeros where only the length is there. */
export function contentLeft(file: File, sectorBytes: number, random: (below: number) => number): Buffer {
  const choose = chooser(random)
  let content = Buffer.from(file.durable)
  let size = content.length
  let since = 0
  const cuts = file.pending.flatMap(({ bytes }, at) => (bytes === 'cut' ? [at] : []))
  const cutsLeft = choose(cuts.length)
  for (const cut of cuts.slice(0, cutsLeft)) {
    content = resized(content, file.pending[cut]?.at ?? 0)
    size = content.length
    since = cut + 1
  }

  const bySector = new Map<number, { at: number; bytes: Buffer }[]>()
  for (const { at, bytes } of file.pending.slice(since, cuts[cutsLeft])) {
    if (bytes === 'cut') continue
    size = Math.max(size, at + bytes.length)
    for (let from = at; from < at + bytes.length;) {
      const sector = Math.floor(from / sectorBytes)
      const to = Math.min((sector + 1) * sectorBytes, at + bytes.length)
      const pieces = bySector.get(sector) ?? []
      bySector.set(sector, pieces)
      pieces.push({ at: from, bytes: bytes.subarray(from - at, to - at) })
      from = to
    }
  }
  const isSizeKept = random(2) === 0
  const whole = resized(content, size)
  let end = content.length
  for (const pieces of bySector.values()) {
    for (const { at, bytes } of pieces.slice(0, choose(pieces.length))) {
      whole.set(bytes, at)
      end = Math.max(end, at + bytes.length)
    }
  }
  return isSizeKept ? whole : whole.subarray(0, end)
}
