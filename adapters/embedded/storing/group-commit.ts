import { Fault, isFault } from '#shared/domain/fault.ts'
import type { Database } from './database.ts'
import { openLogSync } from './log-sync.ts'
import { storageFault } from './storage-fault.ts'

/** Many small writes for the price of one sync. */
export interface GroupCommit {
  /**
   * Runs `apply` in a transaction that it shares with the other writes of this turn of the event loop, and resolves with what it
   * returned once that is durable. `apply` throws a Fault only before its first change: it alone fails then. It may run twice.
   */
  write<T>(apply: () => T): Promise<T>
  /** Resolves once every commit so far is durable: whatever was read until now, no power loss takes it back. */
  caughtUp(): Promise<void>
  /** Commits what waits and resolves when all of it is durable; every later write is refused. */
  close(): Promise<void>
}

interface Write {
  readonly apply: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (fault: Fault) => void
}

/** Writes in one transaction: with more, whoever reads meanwhile would wait too long. */
const WRITES_AT_ONCE = 500

type Outcome = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'fault'; readonly fault: Fault }

/**
 * The log of the database is synced beside the event loop: meanwhile further groups are committed, which share the next sync. A
 * write is answered only when it is durable. Where a sync fails, nobody knows what of the log is on the disk, so
 * nothing more is written until the folder is opened anew.
 */
export function openGroupCommit(database: Pick<Database, 'exec' | 'sync'>): GroupCommit {
  let waiting: Write[] = []
  let isClosed = false
  let failure: Fault | null = null
  const log = openLogSync(() => database.sync())

  const commitNext = (): void => {
    const group = waiting.slice(0, WRITES_AT_ONCE)
    waiting = waiting.slice(WRITES_AT_ONCE)
    if (group.length === 0) return

    if (waiting.length > 0) setImmediate(commitNext)
    if (failure !== null) {
      for (const { reject } of group) reject(failure)
      return
    }
    settle(database, group, (committed) => {
      log.afterSync(
        () => {
          for (const { write, outcome } of committed) answer(write, outcome)
        },
        (error) => {
          failure ??= storageFault(error, 'write to the database')
          for (const { write } of committed) write.reject(failure)
        },
      )
    })
  }

  return {
    write: async <T>(apply: () => T): Promise<T> => {
      if (isClosed) throw new Fault('storage_unavailable', 'The database is closed.')

      let result: { value: T } | undefined
      await new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(commitNext)
        waiting.push({ apply: () => (result = { value: apply() }), resolve, reject })
      })
      if (result === undefined) throw new Fault('unexpected', 'A write was answered before it ran.')
      return result.value
    },
    caughtUp: () => log.caughtUp(),
    close: async () => {
      isClosed = true
      while (waiting.length > 0) commitNext()
      await log.caughtUp()
    },
  }
}

interface Committed {
  readonly write: Write
  readonly outcome: Outcome
}

/** A group that fails as a whole is tried again one by one, so that nobody fails for another's sake. */
function settle(
  database: Pick<Database, 'exec'>,
  group: readonly Write[],
  committed: (writes: readonly Committed[]) => void,
): void {
  try {
    const outcomes = transact(database, group)
    committed(group.flatMap((write, at) => (outcomes[at] === undefined ? [] : [{ write, outcome: outcomes[at] }])))
  } catch (error) {
    const [only, ...others] = group
    if (others.length === 0) only?.reject(storageFault(error, 'write to the database'))
    else for (const write of group) settle(database, [write], committed)
  }
}

/** @throws when the transaction did not come about; nothing of it is stored then */
function transact(database: Pick<Database, 'exec'>, group: readonly Write[]): Outcome[] {
  database.exec('BEGIN IMMEDIATE')
  try {
    const outcomes = group.map(({ apply }): Outcome => {
      try {
        return { kind: 'value', value: apply() }
      } catch (error) {
        if (isFault(error)) return { kind: 'fault', fault: error }
        throw error
      }
    })
    database.exec('COMMIT')
    return outcomes
  } catch (error) {
    rollBack(database)
    throw error
  }
}

function rollBack(database: Pick<Database, 'exec'>): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself after some errors (a full disk), and says so.
  }
}

function answer(write: Write, outcome: Outcome): void {
  if (outcome.kind === 'value') write.resolve(outcome.value)
  else write.reject(outcome.fault)
}
