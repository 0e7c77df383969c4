import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '#shared/domain/fault.ts'
import { storageFault } from './storage-fault.ts'

/**
 * Keeps a folder for one process. The lock is the operating system's, held through SQLite on an empty file of its own: it goes with
 * the process that holds it, however that ends.
 * @throws Fault `data_locked` when another has it, `storage_unavailable`
 */
export function lockFolder(folder: string): { release(): void } {
  const file = join(folder, 'lock')
  try {
    closeSync(openSync(file, 'a', 0o600))
    const connection = new DatabaseSync(file, { timeout: 0 })
    try {
      // Nothing is ever written here: without this, a journal would lie beside it.
      connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    } catch (error) {
      connection.close()
      throw error
    }
    return { release: () => connection.close() }
  } catch (error) {
    if (isBusy(error)) throw new Fault('data_locked', `Another station works on the data folder "${folder}".`)
    throw storageFault(error, `lock the data folder "${folder}"`)
  }
}

const SQLITE_BUSY = 5

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY
}
