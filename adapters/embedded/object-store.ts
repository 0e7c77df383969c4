import { hash, randomBytes } from 'node:crypto'
import { closeSync, fsync, linkSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Fault } from '#shared/domain/fault.ts'
import type { ObjectStore, PutOptions, StoredObject } from '#shared/ports/object-store.ts'
import { openFolders } from './storing/folders.ts'
import { listObjects } from './storing/object-list.ts'
import { placeOfObject } from './storing/object-names.ts'
import { errorCode, storageFault } from './storing/storage-fault.ts'
import { openLimit, openTurns } from './storing/turns.ts'

/** Files open at once: more than the disk can use, fewer than any process may have. */
const OPEN_FILES = 64
const OBJECTS = 'objects'
const TEMPORARY = 'temporary'
/** A body up to this size is written at once. */
const SMALL_BYTES = 1024 * 1024
/** A temporary file that is older belongs to a process that died; a body is written in seconds. */
const ABANDONED_AFTER_MS = 3_600_000

export interface FileObjectStoreOptions {
  /** No other process uses the folder: whatever is temporary at the start was left by a dead one. */
  readonly exclusive?: boolean
}

/**
 * Objects as files below `objects/`. A put writes a temporary file beside them, syncs it, gives it its name in one step and syncs
 * the folder; a cached object skips the last, so that after a power loss it is whole or not there. Several processes may use one
 * folder, but if-match is kept among the puts of one process only: a station has its data folder to itself.
 * @throws Fault `storage_unavailable` when the folder cannot be made
 */
export async function openFileObjectStore(folder: string, options: FileObjectStoreOptions = {}): Promise<ObjectStore> {
  const folders = openFolders(folder)
  const inTurn = openTurns()
  const limited = openLimit(OPEN_FILES)

  const pathOf = (key: string) => {
    const place = placeOfObject(key)
    return join(folders.pathOf([OBJECTS, ...place.folder]), place.name)
  }
  const attempt = async <T>(doing: string, key: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await limited(work)
    } catch (error) {
      throw storageFault(error, `${doing} the object "${key}"`)
    }
  }

  // Whoever hears that an object is there may count on it: its name is durable first.
  const isThere = async (key: string): Promise<boolean> => {
    if (!exists(pathOf(key))) return false

    await folders.settle([OBJECTS, ...placeOfObject(key).folder])
    return true
  }
  // `absent` is kept by the file system itself, against other processes too.
  const requireExpected = async (key: string, expect: PutOptions['expect']): Promise<void> => {
    if (expect === undefined || expect === 'absent') return

    const stored = await read(pathOf(key))
    if (stored?.etag !== expect.etag) throw conflict(key)
  }
  const write = async (key: string, body: Uint8Array, { expect, cache }: PutOptions): Promise<void> => {
    const path = pathOf(key)
    const place = [OBJECTS, ...placeOfObject(key).folder]
    await requireExpected(key, expect)
    await folders.hold([TEMPORARY], async (temporaryFolder) => {
      const temporary = join(temporaryFolder, randomBytes(12).toString('hex'))
      try {
        await writeSynced(temporary, body)
        await folders.hold(place, async () => {
          if (expect === 'absent') linkSync(temporary, path)
          else renameSync(temporary, path)
        })
      } catch (error) {
        remove(temporary)
        if (expect !== 'absent' || errorCode(error) !== 'EEXIST') throw error
        await folders.settle(place)
        throw conflict(key)
      }
      if (expect === 'absent') remove(temporary)
    })
    if (cache !== true) await folders.sync(place)
  }

  try {
    await folders.hold([OBJECTS], async () => undefined)
    await folders.hold([TEMPORARY], (path) => removeAbandoned(path, options.exclusive === true))
  } catch (error) {
    throw storageFault(error, `open the folder "${folder}"`)
  }
  return {
    get: async (key) => attempt('read', key, () => read(pathOf(key))),
    has: async (key) => inTurn(key, () => attempt('look for', key, () => isThere(key))),
    put: async (key, body, how = {}) => {
      await inTurn(key, () => attempt('store', key, () => write(key, body, how)))
      return storedObject(body)
    },
    delete: async (key) =>
      inTurn(key, () =>
        attempt('delete', key, async () => {
          const place = [OBJECTS, ...placeOfObject(key).folder]
          await rm(pathOf(key), { force: true })
          await folders.sync(place)
          folders.prune(place)
        }),
      ),
    list: (prefix) => listObjects(folders.pathOf([OBJECTS]), prefix, (path) => limited(() => readFolder(path))),
  }
}

/** Reads the objects of a folder that a store has open. For a thread of its own: it stands still meanwhile. */
export function openFileObjectReader(folder: string): Pick<ObjectStore, 'get'> {
  return {
    get: async (key) => {
      const place = placeOfObject(key)
      try {
        return storedObject(readFileSync(join(folder, OBJECTS, ...place.folder, place.name)))
      } catch (error) {
        if (isAbsence(error)) return null
        throw storageFault(error, `read the object "${key}"`)
      }
    },
  }
}

/** Equal for equal bodies; 128 bits of SHA-256. */
function etagOf(body: Uint8Array): string {
  return hash('sha256', body, 'hex').slice(0, 32)
}

async function read(path: string): Promise<StoredObject | null> {
  const body = await readWhole(path)
  return body === null ? null : storedObject(body)
}

function storedObject(body: Uint8Array): StoredObject {
  let etag: string | null = null
  return {
    body,
    // Computed when someone asks: hashing a large list would cost more than reading it.
    get etag() {
      etag ??= etagOf(body)
      return etag
    },
  }
}

async function readWhole(path: string): Promise<Uint8Array | null> {
  try {
    await using handle = await open(path, 'r')
    const { size } = await handle.stat()
    const body = Buffer.allocUnsafeSlow(size)
    for (let at = 0; at < size;) {
      const { bytesRead } = await handle.read(body, at, size - at, at)
      if (bytesRead === 0) throw new Fault('data_damaged', `The file "${path}" became shorter while it was read.`)
      at += bytesRead
    }
    return body
  } catch (error) {
    if (isAbsence(error)) return null
    throw error
  }
}

/**
 * What the file system does in memory is done at once: looking for a name, giving one, and writing a small body cost less than a
 * turn of the thread pool. Whatever waits for the disk does so beside the event loop.
 */
function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    if (isAbsence(error)) return false
    throw error
  }
}

async function writeSynced(path: string, body: Uint8Array): Promise<void> {
  if (body.length <= SMALL_BYTES) return writeSmallSynced(path, body)

  await using handle = await open(path, 'wx', 0o600)
  await handle.writeFile(body)
  await handle.sync()
}

async function writeSmallSynced(path: string, body: Uint8Array): Promise<void> {
  const file = openSync(path, 'wx', 0o600)
  try {
    for (let at = 0; at < body.length;) at += writeSync(file, body, at)
    await syncFile(file)
  } finally {
    closeSync(file)
  }
}

const syncFile = promisify(fsync)

/** A temporary file that nobody needs any more; one that stays is cleared away at the next start. */
function remove(temporary: string): void {
  try {
    rmSync(temporary, { force: true })
  } catch {
    // The disk has worse to say to whoever writes next.
  }
}

async function removeAbandoned(folder: string, all: boolean): Promise<void> {
  const latest = Date.now() - ABANDONED_AFTER_MS
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    const age = await stat(path).catch(() => null)
    if (age !== null && (all || age.mtimeMs < latest)) await rm(path, { recursive: true, force: true })
  }
}

async function readFolder(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true })
  } catch (error) {
    if (isAbsence(error)) return []
    throw storageFault(error, 'list the objects')
  }
}

function isAbsence(error: unknown): boolean {
  return errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR'
}

function conflict(key: string): Fault {
  return new Fault('conflict', `The object "${key}" was changed by someone else.`)
}
