import { Buffer } from 'node:buffer'
import { Fault } from '../../../../fault.ts'

/** One header as a database keeps it, and where it begins there (bytes from the start of the file), for sentences about damage. */
export interface HeaderBlob {
  readonly bytes: Buffer
  readonly offset: number
}

/** What a reader of a database works on. `path` is only ever printed. */
export interface DatabaseFile {
  readonly path: string
  readonly bytes: Buffer
}

/** A single header may be this large; rpm's own limit is 256 MiB (HEADER_DATA_MAX), the largest seen in the wild are of a few. */
export const MAX_HEADER_BYTES = 64 * 1024 * 1024

/** The fault for a database that is not what it should be; offsets are bytes from the start of the file. */
export function damaged(path: string, offset: number, what: string): Fault {
  return new Fault('evidence_malformed', `${path}: at byte ${offset} ${what}.`, { place: { file: path } })
}
