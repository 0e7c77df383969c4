import { Fault, isFault } from '#shared/domain/fault.ts'
import type { Database } from './database.ts'
import { storageFault } from './storage-fault.ts'

/** Many small writes for the price of one sync. */
export interface GroupCommit {
  /**
   * Runs `apply` in a transaction that it shares with the other writes of this turn of the event loop, and resolves with what it
   * returned once that is durable. `apply` throws a Fault only before its first change: it alone fails then. It may run twice.
   */
  write<T>(apply: () => T): Promise<T>
  /** Commits what waits; afterwards every write is refused. */
  close(): void
}

interface Write {
  readonly apply: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (fault: Fault) => void
}

/** Writes in one transaction: with more, whoever reads meanwhile would wait too long. */
const WRITES_AT_ONCE = 500

type Outcome = { readonly kind: 'value'; readonly value: unknown } | { readonly kind: 'fault'; readonly fault: Fault }

export function openGroupCommit(database: Database): GroupCommit {
  let waiting: Write[] = []
  let isClosed = false

  const commitNext = (): void => {
    const group = waiting.slice(0, WRITES_AT_ONCE)
    waiting = waiting.slice(WRITES_AT_ONCE)
    if (group.length === 0) return

    if (waiting.length > 0) setImmediate(commitNext)
    settle(database, group)
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
    close: () => {
      isClosed = true
      while (waiting.length > 0) commitNext()
    },
  }
}

/** A group that fails as a whole is tried again one by one, so that nobody fails for another's sake. */
function settle(database: Database, group: readonly Write[]): void {
  try {
    for (const [at, outcome] of transact(database, group).entries()) answer(group[at], outcome)
  } catch (error) {
    const [only, ...others] = group
    if (others.length === 0) answer(only, { kind: 'fault', fault: storageFault(error, 'write to the database') })
    else for (const write of group) settle(database, [write])
  }
}

/** @throws when the transaction did not come about; nothing of it is stored then */
function transact(database: Database, group: readonly Write[]): Outcome[] {
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

function rollBack(database: Database): void {
  try {
    database.exec('ROLLBACK')
  } catch {
    // SQLite has rolled back by itself after some errors (a full disk), and says so.
  }
}

function answer(write: Write | undefined, outcome: Outcome): void {
  if (outcome.kind === 'value') write?.resolve(outcome.value)
  else write?.reject(outcome.fault)
}
