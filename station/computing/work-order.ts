import { isFault } from '#shared/domain/fault.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { computeCheck } from '#shared/usecases/compute-outcome.ts'
import { objectKeys } from '#shared/usecases/records.ts'
import { understand } from '#shared/usecases/understand.ts'
import type { Answer, Order, Task } from './messages.ts'

/** Inventories that were read from evidence a moment ago: their check comes next. */
const FRESH = 16

/** What a thread does with orders. It reads stored objects and changes none. */
export function openOrders(objects: Pick<ObjectStore, 'get'>): (order: Order) => Promise<Answer> {
  const fresh = new Map<string, Uint8Array>()
  const here = {
    cache: openCheckCache(),
    objects: {
      get: async (key: string) => {
        const body = fresh.get(key)
        return body === undefined ? objects.get(key) : { body, etag: '' }
      },
      // What is damaged is cleared away by the station, which meets it again.
      delete: async () => undefined,
    },
  }
  const work = async (task: Task): Promise<Answer['result']> => {
    if (task.kind === 'check') return { kind: 'checked', outcome: await computeCheck(here, task.request) }

    const understood = understand(task.evidence)
    const [oldest] = fresh.keys()
    if (fresh.size >= FRESH && oldest !== undefined) fresh.delete(oldest)
    fresh.set(objectKeys.inventory(understood.inventoryId), understood.inventoryBytes)
    return { kind: 'understood', understood }
  }
  return async ({ id, task }) => {
    try {
      return { id, result: await work(task) }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const { code, place } = isFault(error) ? error : { code: 'unexpected' as const, place: {} }
      return { id, result: { kind: 'failed', code, message, place } }
    }
  }
}
