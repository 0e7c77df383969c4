import type { OpenList } from '#shared/domain/packaging/package-system.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import type { Subject } from '#shared/domain/subject.ts'
import type { KnownEvidence } from './known-evidence.ts'

/**
 * What this process has opened already, so that the next check does not open it again. Everything in it is named by its content and
 * never goes stale; the least recently used goes first when it grows beyond its bounds.
 */
export interface CheckCache {
  readonly lists: BoundedMap<OpenList>
  readonly subjects: BoundedMap<Subject>
  readonly inventories: BoundedMap<unknown>
  readonly names: BoundedMap<Uint32Array>
  readonly outcomes: BoundedMap<CheckOutcome>
  readonly evidence: BoundedMap<KnownEvidence>
}

export function openCheckCache(): CheckCache {
  return {
    lists: openBoundedMap(64),
    subjects: openBoundedMap(2500),
    inventories: openBoundedMap(100),
    names: openBoundedMap(5000),
    outcomes: openBoundedMap(500),
    evidence: openBoundedMap(10_000),
  }
}

export interface BoundedMap<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  /** The cached value, or the made one; two askers at the same time share one making. A failure is not kept. */
  getOrMake(key: string, make: () => Promise<T>): Promise<T>
}

function openBoundedMap<T>(limit: number): BoundedMap<T> {
  const values = new Map<string, T>()
  const making = new Map<string, Promise<T>>()
  const get = (key: string) => {
    const value = values.get(key)
    if (value === undefined) return undefined

    values.delete(key)
    values.set(key, value)
    return value
  }
  const set = (key: string, value: T) => {
    values.delete(key)
    values.set(key, value)
    const [oldest] = values.keys()
    if (values.size > limit && oldest !== undefined) values.delete(oldest)
  }
  return {
    get,
    set,
    getOrMake: async (key, make) => {
      const value = get(key)
      if (value !== undefined) return value

      const pending = making.get(key) ?? make().finally(() => making.delete(key))
      making.set(key, pending)
      const made = await pending
      set(key, made)
      return made
    },
  }
}
