import { Fault } from '#shared/domain/fault.ts'
import { MAX_ATTEMPTS } from '#shared/ports/job-queue.ts'
import type { Delivery, JobQueue, Lane, NewJob } from '#shared/ports/job-queue.ts'
import type { Item, ItemQuery, MetadataTable, PutItem } from '#shared/ports/metadata-table.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'

/** The metadata table in memory, for runs that need thousands of them: versions and conditions as the port says. */
export function openMemoryTable(): MetadataTable & { readonly items: ReadonlyMap<string, Item> } {
  const items = new Map<string, Item & { index?: { partition: string; sort: string } }>()
  const id = (key: { partition: string; sort: string }) => `${key.partition}\n${key.sort}`
  const check = (key: { partition: string; sort: string }, expect: 'absent' | number | undefined) => {
    const found = items.get(id(key))
    const isMet = expect === undefined || (expect === 'absent' ? found === undefined : found?.version === expect)
    if (!isMet) throw new Fault('conflict', `Someone else changed ${key.partition} ${key.sort}.`)
  }
  const put = (write: PutItem): number => {
    const { partition, sort, index } = write
    const version = (items.get(id(write))?.version ?? 0) + 1
    // What comes back is what a disk would give: never the same object.
    const value: unknown = JSON.parse(JSON.stringify(write.value))
    items.set(id(write), { partition, sort, version, value, ...(index === undefined ? {} : { index }) })
    return version
  }
  const page = (query: ItemQuery, keyOf: (item: Item & { index?: { partition: string; sort: string } }) => string) => {
    const from = query.cursor ?? ''
    const found = [...items.values()]
      .filter((item) => keyOf(item).startsWith(`${query.partition}\n${query.prefix ?? ''}`) && keyOf(item) > from)
      .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    const shown = found.slice(0, query.limit)
    const last = shown.at(-1)
    return { items: structuredClone(shown), cursor: found.length > shown.length && last ? keyOf(last) : null }
  }
  return {
    items,
    get: async (key) => structuredClone(items.get(id(key)) ?? null),
    getMany: async (keys) => keys.map((key) => structuredClone(items.get(id(key)) ?? null)),
    put: async (write) => {
      check(write, write.expect)
      return put(write)
    },
    delete: async (key, expect) => {
      if (expect !== undefined) check(key, expect)
      items.delete(id(key))
    },
    write: async (batch) => {
      for (const one of batch) check(one, one.expect)
      for (const one of batch) {
        if (one.kind === 'put') put(one)
        else items.delete(id(one))
      }
    },
    query: async (query) => page(query, id),
    queryIndex: async (query) => page(query, (item) => (item.index === undefined ? '' : id(item.index))),
  }
}

/** Objects in memory. */
export function openMemoryObjects(): ObjectStore {
  const objects = new Map<string, Uint8Array>()
  return {
    get: async (key) => {
      const body = objects.get(key)
      return body === undefined ? null : { body, etag: String(body.length) }
    },
    has: async (key) => objects.has(key),
    put: async (key, body, options) => {
      if (options?.expect === 'absent' && objects.has(key)) throw new Fault('conflict', `There is ${key} already.`)
      objects.set(key, new Uint8Array(body))
      return { etag: String(body.length) }
    },
    delete: async (key) => void objects.delete(key),
    list: async function* (prefix) {
      for (const key of [...objects.keys()].toSorted()) if (key.startsWith(prefix)) yield key
    },
  }
}

interface Waiting {
  readonly id: string
  readonly lane: Lane
  readonly body: unknown
  readonly key: string | undefined
  dueMs: number
  attempt: number
  lease: string | null
}

export interface MemoryQueue extends JobQueue {
  /** When the next message is due, taken ones included (their lease ends then); null: none is left. */
  nextDueMs(): number | null
  /** Messages that are due now, in any order. */
  due(): readonly string[]
  /** Takes this very one. */
  take(id: string, leaseSeconds: number): Delivery
  /** The queue loses it, as no queue may. */
  lose(id: string): void
}

/** The queue in memory, whose messages a test hands out in whatever order it likes. */
export function openMemoryQueue(nowMs: () => number): MemoryQueue {
  const jobs = new Map<string, Waiting>()
  let last = 0
  const release = (delivery: Delivery, dueMs: number) => {
    const job = jobs.get(delivery.id)
    if (job?.lease !== delivery.lease) return
    if (delivery.attempt >= MAX_ATTEMPTS) jobs.delete(job.id)
    else Object.assign(job, { lease: null, dueMs })
  }
  const send = (job: NewJob) => {
    const dueMs = nowMs() + Math.round((job.delaySeconds ?? 0) * 1000)
    const same = [...jobs.values()].find(
      (one) => job.onlyOnce !== undefined && one.key === job.onlyOnce && one.lease === null && one.attempt === 0,
    )
    if (same !== undefined) {
      same.dueMs = Math.min(same.dueMs, dueMs)
      return
    }
    last += 1
    const body: unknown = JSON.parse(JSON.stringify(job.body))
    jobs.set(String(last), {
      id: String(last),
      lane: job.lane,
      body,
      key: job.onlyOnce,
      dueMs,
      attempt: 0,
      lease: null,
    })
  }
  const take = (id: string, leaseSeconds: number): Delivery => {
    const job = jobs.get(id)
    if (job === undefined) throw new Error(`there is no message ${id}`)

    last += 1
    Object.assign(job, { attempt: job.attempt + 1, lease: String(last), dueMs: nowMs() + leaseSeconds * 1000 })
    return { id, lane: job.lane, body: structuredClone(job.body), attempt: job.attempt, lease: String(last) }
  }
  return {
    send: async (news) => news.forEach(send),
    receive: async (lane, { max, leaseSeconds }) =>
      [...jobs.values()]
        .filter((job) => job.lane === lane && job.dueMs <= nowMs())
        .slice(0, max)
        .map((job) => take(job.id, leaseSeconds)),
    acknowledge: async (delivery) => jobs.get(delivery.id)?.lease === delivery.lease && jobs.delete(delivery.id),
    extend: async () => true,
    retry: async (delivery) => release(delivery, nowMs() + 1000 * 2 ** Math.min(delivery.attempt, 9)),
    bury: async (delivery) => void jobs.delete(delivery.id),
    deadLetters: async () => [],
    redrive: async () => false,
    depth: async () => ({
      interactive: { waiting: jobs.size, leased: 0, dead: 0 },
      sweep: { waiting: 0, leased: 0, dead: 0 },
    }),
    nextDueMs: () => (jobs.size === 0 ? null : Math.min(...[...jobs.values()].map((job) => job.dueMs))),
    due: () => [...jobs.values()].filter((job) => job.dueMs <= nowMs()).map((job) => job.id),
    take,
    lose: (id) => void jobs.delete(id),
  }
}
