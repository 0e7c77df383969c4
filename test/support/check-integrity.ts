import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { DATABASE_FILE } from '#adapters/embedded/data-folder.ts'

/** What SQLite finds in the database of a data folder: `ok` when it is whole. */
export function checkIntegrity(folder: string): string {
  using database = new DatabaseSync(join(folder, DATABASE_FILE))
  return String(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'])
}
