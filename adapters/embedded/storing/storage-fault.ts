import { Fault, isFault } from '#shared/domain/fault.ts'
import type { FaultCode } from '#shared/domain/fault.ts'

/** What the operating system says when a file cannot be had or kept, for a person. */
const FILE_REASONS = new Map([
  ['ENOSPC', 'no space is left'],
  ['EDQUOT', 'the quota is used up'],
  ['EROFS', 'the file system is read-only'],
  ['EMFILE', 'too many files are open in this process'],
  ['ENFILE', 'too many files are open on this machine'],
  ['EACCES', 'the permission is missing'],
  ['EPERM', 'the permission is missing'],
  ['EIO', 'the disk reports an error'],
  ['ENOTDIR', 'a file stands where a folder should be'],
  ['EXDEV', 'its folders lie on different file systems'],
  ['ENOENT', 'a folder has gone'],
])

interface DatabaseReason {
  readonly code: FaultCode
  readonly reason: string
}

/** Primary result codes of SQLite (sqlite.org/rescode.html): the low byte of the extended ones. */
const DATABASE_REASONS = new Map<number, DatabaseReason>([
  [3, { code: 'storage_unavailable', reason: 'the permission is missing' }],
  [5, { code: 'storage_unavailable', reason: 'another program holds the database locked' }],
  [6, { code: 'storage_unavailable', reason: 'another program holds the database locked' }],
  [8, { code: 'storage_unavailable', reason: 'it is read-only' }],
  [10, { code: 'storage_unavailable', reason: 'the disk reports an error' }],
  [11, { code: 'data_damaged', reason: 'the database is damaged' }],
  [13, { code: 'storage_unavailable', reason: 'no space is left' }],
  [14, { code: 'storage_unavailable', reason: 'the database file cannot be opened' }],
  [26, { code: 'data_damaged', reason: 'the file is not a database' }],
])

/**
 * What went wrong with a file or the database as a Fault: `storage_unavailable` for what may pass, `data_damaged` for what does not
 * pass by itself. `doing` is what was tried: `store the object "a/b"`. A Fault stays what it is, anything unknown becomes `unexpected`.
 */
export function storageFault(error: unknown, doing: string): Fault {
  if (isFault(error)) return error

  const file = FILE_REASONS.get(errorCode(error))
  if (file !== undefined) return new Fault('storage_unavailable', `Cannot ${doing}: ${file}.`, { cause: error })

  const database = DATABASE_REASONS.get(databaseCode(error) & 0xff)
  if (database !== undefined) return new Fault(database.code, `Cannot ${doing}: ${database.reason}.`, { cause: error })

  const message = error instanceof Error ? error.message : String(error)
  return new Fault('unexpected', `Cannot ${doing}: ${message}.`, { cause: error })
}

/** The work, with what it throws turned into a Fault. */
export function withStorageFaults<T>(doing: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storageFault(error, doing)
  }
}

/** `ENOENT` and the like, '' for anything else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

function databaseCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
