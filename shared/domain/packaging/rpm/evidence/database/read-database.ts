import { Buffer } from 'node:buffer'
import { Fault } from '../../../../fault.ts'
import type { RpmPackage } from '../../model.ts'
import { isBerkeleyHash } from './berkeley/pages.ts'
import { readBerkeley } from './berkeley/read-berkeley.ts'
import { damaged, type DatabaseFile, type HeaderBlob } from './header-blob.ts'
import { checkHeaderDigest } from './header-digest.ts'
import { readHeaderIndex } from './header-index.ts'
import { packageOfHeader } from './header-package.ts'
import { isNdb, readNdb } from './ndb.ts'
import { isSqlite } from './sqlite/pages.ts'
import { readSqlite } from './sqlite/read-sqlite.ts'

/** A database of rpm, and the write-ahead log beside it where there is one. `path` is only ever printed. */
export interface RpmDatabase {
  readonly path: string
  readonly bytes: Uint8Array
  readonly wal?: Uint8Array
}

/** Far above any real machine: the fullest installations have under ten thousand packages and a quarter of a million relations. */
const MAX_PACKAGES = 50_000
const MAX_RELATIONS = 1_000_000

/**
 * The packages of an rpm database, in the order in which it holds them: SQLite, NDB or Berkeley DB, told by content and not by name.
 * All or nothing: what is damaged is refused, never read with fewer packages. Time and memory follow the file's size.
 * @throws Fault `evidence_malformed` naming file and offset, `quota_exceeded`
 */
export function readRpmDatabase({ path, bytes, wal }: RpmDatabase): RpmPackage[] {
  const file: DatabaseFile = { path, bytes: toBuffer(bytes) }
  const packages: RpmPackage[] = []
  let relations = 0
  for (const blob of listHeaders(file, wal === undefined ? null : toBuffer(wal))) {
    const header = readHeaderIndex(path, blob)
    checkHeaderDigest(header)
    const found = packageOfHeader(header)
    if (found === null) continue

    packages.push(found)
    relations += countRelations(found)
    if (packages.length > MAX_PACKAGES) throw tooMany(path, `more than ${MAX_PACKAGES} packages`)
    if (relations > MAX_RELATIONS) throw tooMany(path, `more than ${MAX_RELATIONS} relations`)
  }
  return packages
}

function listHeaders(file: DatabaseFile, wal: Buffer | null): Iterable<HeaderBlob> {
  if (isSqlite(file.bytes)) return readSqlite(file, wal)
  if (isNdb(file.bytes)) return readNdb(file)
  if (isBerkeleyHash(file.bytes)) return readBerkeley(file)
  throw damaged(file.path, 0, 'no database of rpm begins (SQLite, NDB and Berkeley DB are known)')
}

const toBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function countRelations({ relations }: RpmPackage): number {
  if (relations === null) return 0
  return relations.provides.length + relations.requires.length + relations.conflicts.length + relations.obsoletes.length
}

function tooMany(path: string, what: string): Fault {
  return new Fault('quota_exceeded', `${path}: ${what}.`, { place: { file: path } })
}
