import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { contentLeft, namesLeft, SECTOR_BYTES } from './disk-left.ts'
import { newFile, newFolder, sync } from './disk-nodes.ts'
import type { File, Folder } from './disk-nodes.ts'
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
