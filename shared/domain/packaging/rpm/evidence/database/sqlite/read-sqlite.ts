import { Buffer } from 'node:buffer'
import { damaged, type DatabaseFile, type HeaderBlob } from '../header-blob.ts'
import { accountForPages } from './account.ts'
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
  const trees = readSchema(pages, used)
  for (const { id, record } of readTable(pages, findTable(pages, trees), used)) {
    const blob = readRecord(record)[1]
    if (!Buffer.isBuffer(blob)) throw damaged(file.path, record.offset, `row ${id} holds no header`)
    yield { bytes: blob, offset: record.offset }
  }
  accountForPages(
    pages,
    trees.map(({ root }) => root),
    used,
  )
}

/** A table or index, and the page at which its tree begins. */
interface Tree {
  readonly type: string
  readonly name: string
  readonly root: number
}

const MAX_SCHEMA_ROWS = 1000

/** The schema table, which is the tree at page 1 (fileformat2, 2.6); views and triggers have no tree. */
function readSchema(pages: SqlitePages, used: Set<number>): Tree[] {
  const trees: Tree[] = []
  for (const { record } of readTable(pages, 1, used)) {
    const [type, name, , root] = readRecord(record)
    if (typeof root === 'number' && root !== 0) trees.push({ type: textOf(type), name: textOf(name), root })
    if (trees.length > MAX_SCHEMA_ROWS) throw damaged(pages.path, record.offset, 'the schema is too long')
  }
  return trees
}

function findTable(pages: SqlitePages, trees: readonly Tree[]): number {
  const tables = trees.filter(({ type, name }) => type === 'table' && name === 'Packages')
  const [table] = tables
  if (table === undefined) throw damaged(pages.path, 0, 'there is no table of packages')
  if (tables.length > 1) throw damaged(pages.path, 0, 'there are two tables of packages')
  return table.root
}

const textOf = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('latin1') : '')
