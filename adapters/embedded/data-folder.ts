import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Clock } from '#shared/ports/clock.ts'
import type { Lane } from '#shared/ports/job-queue.ts'
import type { Log, Ports } from '#shared/ports/ports.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { SYSTEM_CLOCK } from './clock.ts'
import { openSqliteJobQueue } from './job-queue.ts'
import { openSqliteMetadataTable } from './metadata-table.ts'
import { openFileObjectStore } from './object-store.ts'
import { openDatabase } from './storing/database.ts'
import { lockFolder } from './storing/folder-lock.ts'
import { syncFolder } from './storing/folder-sync.ts'
import { openGroupCommit } from './storing/group-commit.ts'
import { storageFault } from './storing/storage-fault.ts'

/** Everything that an embedded station keeps, in one folder that it has to itself. */
export interface EmbeddedData extends Pick<Ports, 'objects' | 'table' | 'queue'> {
  /** Resolves when a job may be waiting in the lane, after `ms` at the latest. */
  waitForWork(lane: Lane, ms: number): Promise<void>
  /** Offers every job again that a dead process had taken. Only while nobody works. Returns how many. */
  endLeases(): Promise<number>
  /** Commits what waits and frees the folder. */
  close(): Promise<void>
}

export const DATABASE_FILE = 'lazaret.sqlite'

/**
 * Opens the folder, makes it (its owner's alone) where there is none, brings its schema up to date and clears away what a dead
 * process left half-written.
 * @throws Fault `data_locked` while another station has it, `data_damaged`, `storage_unavailable`, `config_invalid` for an unsafe SQLite
 */
export async function openEmbeddedData(
  folder: string,
  { clock = SYSTEM_CLOCK, log = QUIET_LOG }: { clock?: Clock; log?: Log } = {},
): Promise<EmbeddedData> {
  const path = resolve(folder)
  try {
    const highest = await mkdir(path, { recursive: true, mode: 0o700 })
    if (highest !== undefined) await syncNames(path, highest)
  } catch (error) {
    throw storageFault(error, `make the data folder "${path}"`)
  }

  const lock = lockFolder(path)
  try {
    const objects = await openFileObjectStore(path, { exclusive: true })
    const database = openDatabase(join(path, DATABASE_FILE))
    const commits = openGroupCommit(database)
    const queue = openSqliteJobQueue(database, commits, clock)
    await syncFolder(path)
    log.info('data.opened', { folder: path })
    return {
      // What was read may not be durable yet: nothing is deleted on the strength of what a power loss could take back.
      objects: {
        ...objects,
        delete: async (key) => {
          await commits.caughtUp()
          await objects.delete(key)
        },
      },
      table: openSqliteMetadataTable(database, commits),
      queue,
      waitForWork: (lane, ms) => queue.waitForWork(lane, ms),
      endLeases: () => queue.endLeases(),
      close: async () => {
        queue.close()
        await commits.close()
        database.close()
        lock.release()
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

/** Makes the names of a folder and of those above it durable, up to the highest that is new. */
async function syncNames(folder: string, highest: string): Promise<void> {
  for (let made = folder; made.startsWith(highest); made = dirname(made)) await syncFolder(dirname(made))
}
