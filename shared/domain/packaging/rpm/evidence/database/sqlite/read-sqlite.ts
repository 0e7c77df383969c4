import { Buffer } from 'node:buffer'
import { damaged, type DatabaseFile, type HeaderBlob } from '../header-blob.ts'
import { openPages, type SqlitePages } from './pages.ts'
import { readRecord } from './record.ts'
import { readTable } from './table.ts'

/**
 * The headers of an `rpmdb.sqlite`: the column `blob` of the table `Packages(hnum INTEGER PRIMARY KEY, blob BLOB)`, the newest committed
 * content of its write-ahead log included (rpm, lib/backend/sqlite.c). Read from bytes: SQLite itself would write beside the file, trust
 * what is in it, and run its schema.
 * @throws Fault `evidence_malformed` naming file and offset
 */
export function* readSqlite(file: DatabaseFile, wal: Buffer | null): Generator<HeaderBlob> {
  const pages = openPages(file, wal)
  const used = new Set<number>()
  const root = findTable(pages, used)
  for (const { id, record } of readTable(pages, root, used)) {
    const blob = readRecord(record)[1]
    if (!Buffer.isBuffer(blob)) throw damaged(file.path, record.offset, `row ${id} holds no header`)
    yield { bytes: blob, offset: record.offset }
  }
}

const MAX_SCHEMA_ROWS = 1000

/** The root page of `Packages` in the schema table, which is the tree at page 1 (fileformat2, 2.6). */
function findTable(pages: SqlitePages, used: Set<number>): number {
  const roots: number[] = []
  let rows = 0
  for (const { record } of readTable(pages, 1, used)) {
    rows += 1
    if (rows > MAX_SCHEMA_ROWS) throw damaged(pages.path, record.offset, 'the schema is too long')
    const [type, name, , root] = readRecord(record)
    if (textOf(type) === 'table' && textOf(name) === 'Packages' && typeof root === 'number') roots.push(root)
  }
  const [root] = roots
  if (root === undefined) throw damaged(pages.path, 0, 'there is no table of packages')
  if (roots.length > 1) throw damaged(pages.path, 0, 'there are two tables of packages')
  return root
}

const textOf = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('latin1') : '')
