import { rmdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openFolderSync } from './folder-sync.ts'
import { errorCode } from './storage-fault.ts'

/** Folders below a root that come with their first object and go with their last. */
export interface Folders {
  /** Makes the folder, durably, and keeps it from being pruned while the work runs. Once more when it went away meanwhile. */
  hold<T>(pieces: readonly string[], work: (path: string) => Promise<T>): Promise<T>
  /** Makes the names in the folder durable. */
  sync(pieces: readonly string[]): Promise<void>
  /** The same, once in this process: for a name that a process which died may have left without a sync. */
  settle(pieces: readonly string[]): Promise<void>
  /** Removes the folder, and the ones above it, as far as they are empty and nobody holds them. */
  prune(pieces: readonly string[]): void
  pathOf(pieces: readonly string[]): string
}

/** Folders that are known to be there; more are asked for again. */
const KNOWN_FOLDERS = 10_000

/** Every folder is the owner's alone. */
export function openFolders(root: string): Folders {
  const sync = openFolderSync()
  const made = new Map<string, Promise<void>>()
  const settled = new Set<string>()
  const holders = new Map<string, number>()
  const pathOf = (pieces: readonly string[]) => join(root, ...pieces)

  // Whoever makes a folder, or finds one that it did not make, waits until the name of the folder is durable too.
  const ensure = (pieces: readonly string[]): Promise<void> => {
    const path = pathOf(pieces)
    const known = made.get(path)
    if (known !== undefined) return known

    if (made.size >= KNOWN_FOLDERS) made.clear()
    const making = make(pieces, path)
    made.set(path, making)
    making.catch(() => made.delete(path))
    return making
  }
  const make = async (pieces: readonly string[], path: string): Promise<void> => {
    if (pieces.length > 0) await ensure(pieces.slice(0, -1))
    await mkdir(path, { recursive: pieces.length === 0, mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
    await sync(dirname(path))
  }

  const count = (pieces: readonly string[], step: 1 | -1) => {
    for (let depth = 1; depth <= pieces.length; depth += 1) {
      const path = pathOf(pieces.slice(0, depth))
      const held = (holders.get(path) ?? 0) + step
      if (held === 0) holders.delete(path)
      else holders.set(path, held)
    }
  }
  const hold = async <T>(pieces: readonly string[], work: (path: string) => Promise<T>): Promise<T> => {
    count(pieces, 1)
    try {
      await ensure(pieces)
      try {
        return await work(pathOf(pieces))
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error
        made.clear()
        await ensure(pieces)
        return await work(pathOf(pieces))
      }
    } finally {
      count(pieces, -1)
    }
  }

  const settle = async (pieces: readonly string[]): Promise<void> => {
    const path = pathOf(pieces)
    if (settled.has(path)) return

    await sync(path)
    if (settled.size >= KNOWN_FOLDERS) settled.clear()
    settled.add(path)
  }

  // In one go, without a pause in which someone could begin to hold the folder.
  const prune = (pieces: readonly string[]): void => {
    for (let depth = pieces.length; depth > 1; depth -= 1) {
      const path = pathOf(pieces.slice(0, depth))
      if (holders.has(path)) return

      try {
        rmdirSync(path)
      } catch {
        return
      }
      made.delete(path)
    }
  }

  return { hold, sync: (pieces) => sync(pathOf(pieces)), settle, prune, pathOf }
}
