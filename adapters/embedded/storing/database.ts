import { closeSync, fsync, fsyncSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { SQLOutputValue, StatementSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { Fault } from '#shared/domain/fault.ts'
import { storageFault } from './storage-fault.ts'

/** One connection to the station's database, and its prepared statements by their text. */
export interface Database {
  prepare(sql: string): StatementSync
  exec(sql: string): void
  /** Makes every commit so far durable, beside the event loop where that takes long: a commit by itself is not. */
  sync(): Promise<void>
  close(): void
}

export type Row = Record<string, SQLOutputValue>

/** `LZRT`: says whose database a file is (sqlite.org/fileformat2.html, application id). */
const APPLICATION_ID = 0x4c5a5254

// Up to 3.51.2 two connections that write and checkpoint at once could lose acknowledged writes (sqlite.org, "WAL-reset bug").
const SQLITE_FLOOR = [3, 51, 3] as const

/** Each entry leads from the schema of its place to the next; what has been released is never changed. */
const MIGRATIONS = [
  `CREATE TABLE items (
     partition TEXT NOT NULL, sort TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
     index_partition TEXT, index_sort TEXT,
     PRIMARY KEY (partition, sort)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX items_by_index ON items (index_partition, index_sort, partition, sort) WHERE index_partition IS NOT NULL;
   CREATE TABLE jobs (
     id INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, body TEXT NOT NULL, due_at INTEGER NOT NULL,
     changed_at INTEGER NOT NULL, attempts INTEGER NOT NULL, lease TEXT, only_once TEXT
   ) STRICT;
   CREATE INDEX jobs_by_due ON jobs (lane, due_at, id);
   CREATE UNIQUE INDEX jobs_only_once ON jobs (lane, only_once) WHERE only_once IS NOT NULL;
   CREATE TABLE dead_letters (
     id INTEGER PRIMARY KEY, lane TEXT NOT NULL, body TEXT NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL,
     died_at INTEGER NOT NULL
   ) STRICT;`,
]

/**
 * Opens the database file, makes it where there is none, and brings its schema up to date. `:memory:` is one of its own.
 * A commit is in the write-ahead log; `sync` brings the log to the disk (`synchronous=NORMAL`: SQLite itself syncs the log only before
 * it takes it into the database, so that after a power loss the database is that of some commit, with all before it).
 * @throws Fault `data_damaged` when the file is none of ours or a newer Lazaret's, `storage_unavailable`, `config_invalid` when this
 *   Node.js carries an SQLite that loses writes
 */
export function openDatabase(file: string): Database {
  try {
    // SQLite gives its log the mode of the database.
    if (file !== ':memory:') closeSync(openSync(file, 'a', 0o600))
    const connection = new DatabaseSync(file, { timeout: 5000 })
    try {
      return prepareDatabase(connection, file)
    } catch (error) {
      connection.close()
      throw error
    }
  } catch (error) {
    throw storageFault(error, `open the database "${file}"`)
  }
}

function prepareDatabase(connection: DatabaseSync, file: string): Database {
  requireSafeSqlite(textOf(connection.prepare('SELECT sqlite_version() AS version').get(), 'version'))
  connection.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = 1')
  connection.exec('PRAGMA trusted_schema = OFF; PRAGMA cache_size = -32768; PRAGMA journal_size_limit = 67108864')
  migrate(connection)
  connection.exec('PRAGMA synchronous = NORMAL')

  const log = openLog(file)
  const statements = new Map<string, StatementSync>()
  return {
    prepare: (sql) => {
      const known = statements.get(sql)
      if (known !== undefined) return known

      const statement = connection.prepare(sql)
      statements.set(sql, statement)
      return statement
    },
    exec: (sql) => connection.exec(sql),
    sync: () => log.sync(),
    close: () => {
      log.close()
      connection.close()
    },
  }
}

/**
 * The log as a file. SQLite keeps one from its first use until the last connection closes, and holds no lock on it that closing
 * another handle would end.
 */
function openLog(file: string): { sync(): Promise<void>; close(): void } {
  let handle: number | null = null
  let slowInARow = 0
  let beside = 0
  return {
    sync: async () => {
      if (file === ':memory:') return

      handle ??= openSync(`${file}-wal`, 'r+')
      if (slowInARow >= SLOW_SYNCS && beside < SYNCS_BESIDE) {
        beside += 1
        await syncFile(handle)
        return
      }
      const started = performance.now()
      fsyncSync(handle)
      slowInARow = performance.now() - started < QUICK_MS ? 0 : slowInARow + 1
      beside = 0
    },
    close: () => {
      if (handle !== null) closeSync(handle)
      handle = null
    },
  }
}

/** A disk that syncs within this is waited for: a turn of the thread pool takes as long, much longer where the cores are busy. */
const QUICK_MS = 1
/** One may be slow because this process had to wait for a core; after so many in a row, so many are done beside the event loop. */
const SLOW_SYNCS = 3
const SYNCS_BESIDE = 100

const syncFile = promisify(fsync)

/** @throws Fault `config_invalid` below 3.51.3 */
export function requireSafeSqlite(version: string): void {
  const parts = version.split('.').map(Number)
  for (const [at, floor] of SQLITE_FLOOR.entries()) {
    const part = parts[at] ?? 0
    if (part > floor) return
    if (part === floor) continue

    const message = `This Node.js carries SQLite ${version}, which can lose what was stored: ${SQLITE_FLOOR.join('.')} is needed.`
    throw new Fault('config_invalid', message)
  }
}

function migrate(connection: DatabaseSync): void {
  const schema = numberOf(connection.prepare('PRAGMA user_version').get(), 'user_version')
  const owner = numberOf(connection.prepare('PRAGMA application_id').get(), 'application_id')
  const tables = numberOf(connection.prepare('SELECT count(*) AS tables FROM sqlite_schema').get(), 'tables')
  const isOurs = owner === APPLICATION_ID || (owner === 0 && tables === 0)
  if (!isOurs) throw new Fault('data_damaged', 'The database was not made by Lazaret.')
  if (schema > MIGRATIONS.length) {
    const message = `The data was written by a newer Lazaret (schema ${schema}; this one knows ${MIGRATIONS.length}).`
    throw new Fault('data_damaged', message)
  }

  for (const [at, migration] of MIGRATIONS.entries()) {
    if (at < schema) continue

    connection.exec('BEGIN IMMEDIATE')
    try {
      connection.exec(`${migration}; PRAGMA user_version = ${at + 1}; PRAGMA application_id = ${APPLICATION_ID}`)
      connection.exec('COMMIT')
    } catch (error) {
      connection.exec('ROLLBACK')
      throw error
    }
  }
}

/** @throws Fault `data_damaged` when the row has no text there */
export function textOf(row: Row | undefined, column: string): string {
  const value = row?.[column]
  if (typeof value === 'string') return value

  throw new Fault('data_damaged', `The database holds no text in "${column}".`)
}

/** @throws Fault `data_damaged` when the row has no number there */
export function numberOf(row: Row | undefined, column: string): number {
  const value = row?.[column]
  if (typeof value === 'number') return value

  throw new Fault('data_damaged', `The database holds no number in "${column}".`)
}

/** Stored JSON. @throws Fault `data_damaged` */
export function jsonOf(row: Row | undefined, column: string): unknown {
  const text = textOf(row, column)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Fault('data_damaged', `The database holds no JSON in "${column}".`, { cause: error })
  }
}
