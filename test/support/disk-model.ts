import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import type { TracedCall } from './disk-trace.ts'

/**
 * A disk as a power cut sees it. What was synced is there. What was not may be there or not: each sector of a file by itself, each
 * name in a folder by itself, both in the order of their changes. That is more than any one file system does, and no less.
 */
export interface Disk {
  /** Lets the traced calls come about that began up to this place. Places only grow. */
  advanceTo(place: number): void
  /** Writes into a new folder what a power cut at this moment may leave. Random by the given numbers. */
  leave(target: string, random: (below: number) => number): void
}

/** A part of a file that lies on the disk as a whole or not at all. */
const SECTOR_BYTES = [512, 4096] as const

interface File {
  readonly kind: 'file'
  durable: Buffer
  pending: { readonly at: number; readonly bytes: Buffer | 'cut'; readonly ends: number }[]
  next: number
}

interface Folder {
  readonly kind: 'folder'
  readonly names: Map<string, File | Folder>
  durable: Map<string, File | Folder>
  pending: { readonly name: string; readonly node: File | Folder | null; readonly ends: number }[]
}

type Step = { readonly place: number; readonly run: () => void }

/** `folder`: the one that was there, empty and durable, when the trace began. */
export function openDisk(calls: readonly TracedCall[], folder: string): Disk {
  const root = newFolder()
  const find = (path: string): File | Folder | undefined => {
    let node: File | Folder | undefined = root
    for (const name of relative(folder, path).split('/')) {
      if (name === '') continue
      node = node?.kind === 'folder' ? node.names.get(name) : undefined
    }
    return node
  }
  const fileAt = (path: string): File => {
    const node = find(path)
    if (node?.kind !== 'file') throw new Error(`the trace names a file that it did not make: ${path}`)
    return node
  }
  const setName = (path: string, node: File | Folder | null, ends: number): void => {
    const parent = find(dirname(path))
    if (parent?.kind !== 'folder') throw new Error(`the trace names a folder that it did not make: ${dirname(path)}`)
    if (node === null) parent.names.delete(basename(path))
    else parent.names.set(basename(path), node)
    parent.pending.push({ name: basename(path), node, ends })
  }

  const apply = (call: TracedCall): void => {
    switch (call.kind) {
      case 'open':
        if (find(call.path) === undefined && call.creates) setName(call.path, newFile(), call.ends)
        if (find(call.path)?.kind === 'file') fileAt(call.path).next = 0
        if (call.truncates) fileAt(call.path).pending.push({ at: 0, bytes: 'cut', ends: call.ends })
        return
      case 'write': {
        const file = fileAt(call.path)
        const at = call.at === 'next' ? file.next : call.at
        if (call.at === 'next') file.next += call.bytes.length
        file.pending.push({ at, bytes: call.bytes, ends: call.ends })
        return
      }
      case 'truncate':
        fileAt(call.path).pending.push({ at: call.length, bytes: 'cut', ends: call.ends })
        return
      case 'mkdir':
        setName(call.path, newFolder(), call.ends)
        return
      case 'unlink':
      case 'rmdir':
        setName(call.path, null, call.ends)
        return
      case 'link':
      case 'rename': {
        const node = find(call.from)
        if (node === undefined) throw new Error(`the trace names what it did not make: ${call.from}`)
        setName(call.to, node, call.ends)
        if (call.kind === 'rename') setName(call.from, null, call.ends)
        return
      }
      case 'said':
      case 'sync':
        return
      default:
        call satisfies never
    }
  }

  // A sync covers what had ended when it began, and counts from its own end on.
  const steps: Step[] = calls.flatMap((call): Step[] => {
    if (call.kind !== 'sync') return [{ place: call.begins, run: () => apply(call) }]

    let node: File | Folder | undefined
    return [
      { place: call.begins, run: () => (node = find(call.path)) },
      { place: call.ends, run: () => node !== undefined && sync(node, call.begins) },
    ]
  })
  const inOrder = steps.toSorted((one, other) => one.place - other.place)
  let done = 0
  return {
    advanceTo: (place) => {
      for (; (inOrder[done]?.place ?? Number.POSITIVE_INFINITY) <= place; done += 1) inOrder[done]?.run()
    },
    leave: (target, random) => {
      const sectorBytes = SECTOR_BYTES[random(SECTOR_BYTES.length)] ?? 512
      const contents = new Map<File, Buffer>()
      const write = (node: File | Folder, path: string): void => {
        if (node.kind === 'file') {
          const content = contents.get(node) ?? contentLeft(node, sectorBytes, random)
          contents.set(node, content)
          writeFileSync(path, content)
          return
        }
        mkdirSync(path)
        for (const [name, child] of namesLeft(node, random)) write(child, join(path, name))
      }
      write(root, target)
    },
  }
}

function newFile(): File {
  return { kind: 'file', durable: Buffer.alloc(0), pending: [], next: 0 }
}

function newFolder(): Folder {
  return { kind: 'folder', names: new Map(), durable: new Map(), pending: [] }
}

function sync(node: File | Folder, began: number): void {
  if (node.kind === 'folder') {
    for (const { name, node: child, ends } of node.pending) {
      if (ends > began) continue
      if (child === null) node.durable.delete(name)
      else node.durable.set(name, child)
    }
    node.pending = node.pending.filter(({ ends }) => ends > began)
    return
  }
  for (const { at, bytes, ends } of node.pending) {
    if (ends > began) continue
    node.durable = bytes === 'cut' ? resized(node.durable, at) : overwritten(node.durable, at, bytes)
  }
  node.pending = node.pending.filter(({ ends }) => ends > began)
}

/** How much of what was not synced is there: nothing, all, or a part. */
function chooser(random: (below: number) => number): (changes: number) => number {
  const mood = random(4)
  if (mood === 0) return () => 0
  if (mood === 1) return (changes) => changes
  return (changes) => random(changes + 1)
}

function namesLeft(folder: Folder, random: (below: number) => number): Map<string, File | Folder> {
  const left = new Map(folder.durable)
  const choose = chooser(random)
  for (const [name, changes] of Map.groupBy(folder.pending, (change) => change.name)) {
    const last = changes[choose(changes.length) - 1]
    if (last?.node === null) left.delete(name)
    else if (last !== undefined) left.set(name, last.node)
  }
  return left
}

function contentLeft(file: File, sectorBytes: number, random: (below: number) => number): Buffer {
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

function overwritten(content: Buffer, at: number, bytes: Buffer): Buffer {
  const grown = at + bytes.length > content.length ? grownTo(content, at + bytes.length) : content
  grown.set(bytes, at)
  return grown
}

/** With room for more, so that a file which grows by small pieces is not copied each time. Only for a content that nobody else has. */
function grownTo(content: Buffer, length: number): Buffer {
  const room = content.buffer.byteLength - content.byteOffset
  const roomy = room >= length ? content : resized(content, 2 * length)
  return Buffer.from(roomy.buffer, roomy.byteOffset, length)
}

/** A copy of this length, with zeros where it is longer. */
function resized(content: Buffer, length: number): Buffer {
  const sized = Buffer.from(new ArrayBuffer(length))
  content.copy(sized, 0, 0, length)
  return sized
}
