import { closeSync, fsync, openSync } from 'node:fs'
import { promisify } from 'node:util'

/** Windows has no handle on a folder that could be synced; NTFS journals its names by itself. */
const CAN_SYNC_FOLDERS = process.platform !== 'win32'

interface Syncs {
  readonly running: Promise<void>
  following: Promise<void> | null
}

/**
 * Makes the names in a folder durable. A sync that is under way may have missed the caller's change, so whoever comes meanwhile
 * waits for the following one, and all of them share it. A folder that has gone has nothing left to keep.
 */
export function openFolderSync(
  syncOne: (folder: string) => Promise<void> = syncFolder,
): (folder: string) => Promise<void> {
  const syncs = new Map<string, Syncs>()

  const start = (folder: string): Promise<void> => {
    const state: Syncs = { running: syncOne(folder), following: null }
    syncs.set(folder, state)
    const end = () => {
      if (syncs.get(folder) === state && state.following === null) syncs.delete(folder)
    }
    state.running.then(end, end)
    return state.running
  }

  return (folder) => {
    const state = syncs.get(folder)
    if (state === undefined) return start(folder)

    state.following ??= state.running.then(
      () => start(folder),
      () => start(folder),
    )
    return state.following
  }
}

/** @throws the file system's error, but for a folder that is not there */
export async function syncFolder(folder: string): Promise<void> {
  if (!CAN_SYNC_FOLDERS) return

  try {
    const handle = openSync(folder, 'r')
    try {
      await syncFile(handle)
    } finally {
      closeSync(handle)
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
}

const syncFile = promisify(fsync)
