import type { Clock } from './clock.ts'
import type { Fetcher } from './fetcher.ts'
import type { JobQueue } from './job-queue.ts'
import type { MetadataTable } from './metadata-table.ts'
import type { ObjectStore } from './object-store.ts'

/** Everything that the use cases need from outside. Each takes what it uses: `Pick<Ports, 'objects' | 'clock'>`. */
export interface Ports {
  readonly objects: ObjectStore
  readonly table: MetadataTable
  readonly queue: JobQueue
  readonly fetcher: Fetcher
  readonly clock: Clock
  readonly log: Log
}

/** One JSON line an event: a fixed dotted name and fields. Never a credential, never a package list. */
export interface Log {
  info(event: string, fields?: Readonly<Record<string, unknown>>): void
  warn(event: string, fields?: Readonly<Record<string, unknown>>): void
  error(event: string, fields?: Readonly<Record<string, unknown>>): void
}
