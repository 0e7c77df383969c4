import { Fault } from '#shared/domain/fault.ts'
import type {
  Expectation,
  Item,
  ItemKey,
  ItemPage,
  ItemQuery,
  MetadataTable,
  PutItem,
} from '#shared/ports/metadata-table.ts'
import { jsonOf, numberOf, textOf } from './storing/database.ts'
import type { Database, Row } from './storing/database.ts'
import type { GroupCommit } from './storing/group-commit.ts'
import { endOfPrefix, readCursor, writeCursor } from './storing/item-cursor.ts'
import { withStorageFaults } from './storing/storage-fault.ts'

const LONGEST_KEY_BYTES = 1024
const LARGEST_VALUE_BYTES = 256 * 1024
const MOST_WRITES = 100
const LARGEST_PAGE = 1000

type Put = PutItem & { readonly text: string }
type Write = ({ readonly kind: 'put' } & Put) | ({ readonly kind: 'delete'; readonly expect?: Expectation } & ItemKey)

/** The items in the station's database. Writes of one turn of the event loop share a commit. */
export function openSqliteMetadataTable(database: Database, commits: GroupCommit): MetadataTable {
  const find = (key: ItemKey): Item | null => {
    requireKey(key)
    const row = database.prepare(SELECT_ONE).get(key.partition, key.sort)
    return row === undefined ? null : itemOf(row)
  }
  const apply = (write: Write): number => {
    if (write.kind === 'delete') return Number(database.prepare(DELETE).run(write.partition, write.sort).changes)

    const { partition, sort, text, index } = write
    const row = database.prepare(PUT).get(partition, sort, text, index?.partition ?? null, index?.sort ?? null)
    return numberOf(row, 'version')
  }
  const require = (write: Write): void => {
    if (write.expect === undefined) return

    const row = database.prepare(SELECT_VERSION).get(write.partition, write.sort)
    const stored = row === undefined ? 'absent' : numberOf(row, 'version')
    if (stored !== write.expect) throw conflict(write)
  }
  const change = (write: Write): Promise<number> =>
    commits.write(() => {
      require(write)
      return apply(write)
    })
  return {
    get: async (key) => withStorageFaults(READING, () => find(key)),
    getMany: async (keys) => withStorageFaults(READING, () => keys.map(find)),
    put: async (write) => change({ kind: 'put', ...checked(write) }),
    delete: async (key, expect) => {
      requireKey(key)
      await change({
        kind: 'delete',
        partition: key.partition,
        sort: key.sort,
        ...(expect !== undefined && { expect }),
      })
    },
    write: async (batch) => {
      if (batch.length > MOST_WRITES) throw defect(`More than ${MOST_WRITES} writes at once.`)
      const writes = batch.map((write) => (write.kind === 'put' ? { ...write, ...checked(write) } : write))
      for (const write of writes) requireKey(write)
      const keys = new Set(writes.map(({ partition, sort }) => JSON.stringify([partition, sort])))
      if (keys.size < writes.length) throw defect('One key is written twice at once.')
      if (writes.length === 0) return

      await commits.write(() => {
        for (const write of writes) require(write)
        for (const write of writes) apply(write)
      })
    },
    query: async (query) => withStorageFaults(READING, () => queryItems(database, query)),
    queryIndex: async (query) => withStorageFaults(READING, () => queryByIndex(database, query)),
  }
}

const READING = 'read the metadata table'

const SELECT_ONE = 'SELECT partition, sort, version, value FROM items WHERE partition = ? AND sort = ?'
const SELECT_VERSION = 'SELECT version FROM items WHERE partition = ? AND sort = ?'
const DELETE = 'DELETE FROM items WHERE partition = ? AND sort = ?'
const PUT = `INSERT INTO items (partition, sort, version, value, index_partition, index_sort) VALUES (?, ?, 1, ?, ?, ?)
  ON CONFLICT (partition, sort) DO UPDATE SET version = version + 1, value = excluded.value,
    index_partition = excluded.index_partition, index_sort = excluded.index_sort
  RETURNING version`

function queryItems(database: Database, query: ItemQuery): ItemPage {
  requireQuery(query)
  const { prefix = '', limit } = query
  const after = query.cursor === undefined ? '' : (readCursor(query.cursor, 1)[0] ?? '')
  // Only one lower bound, so that a later page does not read the earlier ones again.
  const isAfterStart = compareBytes(after, prefix) >= 0
  const end = endOfPrefix(prefix)
  const sql = `SELECT partition, sort, version, value FROM items
    WHERE partition = ? AND sort ${isAfterStart ? '>' : '>='} ? ${end === null ? '' : 'AND sort < ?'} ORDER BY sort LIMIT ?`
  const bounds = [isAfterStart ? after : prefix, ...(end === null ? [] : [end])]
  const rows = database.prepare(sql).all(query.partition, ...bounds, limit + 1)
  return pageOf(rows, limit, (row) => [textOf(row, 'sort')])
}

function queryByIndex(database: Database, query: ItemQuery): ItemPage {
  requireQuery(query)
  const { prefix = '', limit } = query
  const after = query.cursor === undefined ? [prefix, '', ''] : readCursor(query.cursor, 3)
  const start = compareBytes(after[0] ?? '', prefix) >= 0 ? after : [prefix, '', '']
  const end = endOfPrefix(prefix)
  const sql = `SELECT partition, sort, version, value, index_sort FROM items
    WHERE index_partition = ? AND (index_sort, partition, sort) > (?, ?, ?) ${end === null ? '' : 'AND index_sort < ?'}
    ORDER BY index_sort, partition, sort LIMIT ?`
  const rows = database.prepare(sql).all(query.partition, ...start, ...(end === null ? [] : [end]), limit + 1)
  return pageOf(rows, limit, (row) => [textOf(row, 'index_sort'), textOf(row, 'partition'), textOf(row, 'sort')])
}

function pageOf(rows: readonly Row[], limit: number, positionOf: (row: Row) => string[]): ItemPage {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const cursor = rows.length > limit && last !== undefined ? writeCursor(positionOf(last)) : null
  return { items: items.map(itemOf), cursor }
}

function itemOf(row: Row): Item {
  return {
    partition: textOf(row, 'partition'),
    sort: textOf(row, 'sort'),
    version: numberOf(row, 'version'),
    value: jsonOf(row, 'value'),
  }
}

function checked(write: PutItem): Put {
  requireKey(write)
  if (write.index !== undefined) requireKey(write.index)
  const text: string | undefined = JSON.stringify(write.value)
  if (text === undefined) throw defect('An item must be JSON.')
  if (Buffer.byteLength(text) > LARGEST_VALUE_BYTES) {
    throw defect(`The ${write.partition} "${write.sort.slice(0, 100)}" is larger than ${LARGEST_VALUE_BYTES} bytes.`)
  }
  return { ...write, text }
}

function requireKey(key: ItemKey): void {
  for (const text of [key.partition, key.sort]) requireText(text)
}

function requireQuery(query: ItemQuery): void {
  requireText(query.partition)
  if (query.prefix !== undefined && query.prefix !== '') requireText(query.prefix)
  const isLimit = Number.isInteger(query.limit) && query.limit >= 1 && query.limit <= LARGEST_PAGE
  if (!isLimit) throw defect(`A page holds 1 to ${LARGEST_PAGE} items, not ${query.limit}.`)
}

/** Half a surrogate pair would be stored as another character, and two keys would become one. */
function requireText(text: string): void {
  const isKey = text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= LONGEST_KEY_BYTES
  if (!isKey) throw defect(`Not a key of an item: ${JSON.stringify(text.slice(0, 100))}.`)
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function conflict(key: ItemKey): Fault {
  return new Fault('conflict', `The ${key.partition} "${key.sort}" was changed by someone else.`)
}

function defect(message: string): Fault {
  return new Fault('unexpected', message)
}
