import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Evidence } from '#shared/domain/evidence.ts'
import { Fault } from '#shared/domain/fault.ts'
import type { Log } from '#shared/ports/ports.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import type { Lane } from '#shared/ports/job-queue.ts'
import type { Computing } from '#shared/usecases/computing.ts'
import type { Answer, Order, Task } from './messages.ts'

export interface ComputingThreads extends Computing {
  /** Whoever still waits is told to work it out itself. */
  close(): Promise<void>
}

/** Orders that a thread has at the same time: the next one is there when one is done. */
const AT_ONCE = 2
/** A station that is opened for one question, and soon closed, does without threads. */
const BEFORE_THREADS = 8
/** Threads that ended by themselves; then there is something that a further one does not cure. */
const MOST_LOST = 3

/** What is read of one machine dies young: with less room for that a third of the time would go into clearing up. */
const LIMITS = { maxYoungGenerationSizeMb: 64 }

/** Larger evidence, which no honest machine has, is not copied to a thread: it would be in memory twice. */
const MOST_BYTES = 64 * 1024 * 1024

interface Waiting {
  readonly task: Task
  /** null: it could not be had. */
  readonly settle: (result: Answer['result'] | null) => void
}

interface Thread {
  readonly worker: Worker
  readonly orders: Map<number, Waiting>
}

/** How many threads are worth their memory here; 0 where there is only one core. */
export function countThreads(cores: number): number {
  return cores < 2 ? 0 : Math.min(cores, MOST_THREADS)
}

/** Each has the package lists in memory. */
const MOST_THREADS = 4

/**
 * So many threads beside this one, started when there is work for them. Of what waits the interactive lane's goes first, and the sweep
 * lane leaves one place free for it.
 */
export function openComputingThreads(options: {
  folder: string
  threads: number
  log: Log
  /** The first so many questions are left to whoever asks; left out: as many as a short command has. */
  startAfter?: number
  /** What a thread runs; left out: what lies beside this. */
  file?: string
}): ComputingThreads {
  const { startAfter = BEFORE_THREADS, file = THREAD } = options
  const waiting: Record<Lane, Waiting[]> = { interactive: [], sweep: [] }
  const threads = new Set<Thread>()
  let [asked, lost, lastId] = [0, 0, 0]
  let isClosed = false

  const giveUp = (thread: Thread, reason: string): void => {
    if (!threads.delete(thread)) return

    lost += 1
    options.log.warn('computing.lost', { reason })
    for (const { settle } of thread.orders.values()) settle(null)
    if (lost < MOST_LOST) dispatch()
    else for (const lane of LANES) for (const { settle } of waiting[lane].splice(0)) settle(null)
  }
  const start = (): Thread => {
    const worker = new Worker(file, { workerData: { folder: options.folder }, resourceLimits: LIMITS })
    const thread: Thread = { worker, orders: new Map() }
    threads.add(thread)
    worker.on('message', ({ id, result }: Answer) => {
      const order = thread.orders.get(id)
      thread.orders.delete(id)
      if (thread.orders.size === 0) worker.unref()
      order?.settle(result)
      dispatch()
    })
    worker.on('error', (error: unknown) => giveUp(thread, String(error)))
    worker.on('exit', (code) => giveUp(thread, `ended with ${code}`))
    return thread
  }
  const findFree = (): Thread | null => {
    const [least] = [...threads].toSorted((a, b) => a.orders.size - b.orders.size)
    if (least !== undefined && least.orders.size === 0) return least
    if (threads.size < options.threads) return start()
    return least !== undefined && least.orders.size < AT_ONCE ? least : null
  }
  const placesLeft = (): number => {
    let taken = 0
    for (const { orders } of threads) taken += orders.size
    return options.threads * AT_ONCE - taken
  }
  const dispatch = (): void => {
    for (;;) {
      const lane = waiting.interactive.length > 0 ? 'interactive' : 'sweep'
      const [next] = waiting[lane]
      if (next === undefined || placesLeft() <= (lane === 'sweep' ? 1 : 0)) return

      const thread = findFree()
      if (thread === null) return
      waiting[lane].shift()
      lastId += 1
      thread.orders.set(lastId, next)
      thread.worker.ref()
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
      thread.worker.postMessage({ id: lastId, task: next.task } satisfies Order)
    }
  }
  const ask = async (task: Task, lane: Lane): Promise<Answer['result'] | null> => {
    asked += 1
    if (isClosed || lost >= MOST_LOST || asked <= startAfter) return null

    return new Promise((settle) => {
      waiting[lane].push({ task, settle })
      dispatch()
    })
  }

  return {
    understand: async (evidence) => {
      if (sizeOf(evidence) > MOST_BYTES) return null

      const result = await ask({ kind: 'understand', evidence }, 'interactive')
      if (result?.kind === 'failed') throw new Fault(result.code, result.message, { place: result.place })
      return result?.kind === 'understood' ? result.understood : null
    },
    check: async (request, lane) => {
      const result = await ask({ kind: 'check', request }, lane)
      return result?.kind === 'checked' ? result.outcome : null
    },
    close: async () => {
      isClosed = true
      const ending = [...threads]
      threads.clear()
      for (const { settle } of LANES.flatMap((lane) => waiting[lane].splice(0))) settle(null)
      for (const { orders } of ending) for (const { settle } of orders.values()) settle(null)
      await Promise.all(ending.map(({ worker }) => worker.terminate()))
    },
  }
}

function sizeOf({ files }: Evidence): number {
  let bytes = 0
  for (const file of files.values()) bytes += file.byteLength
  return bytes
}

/** In what is published it is a bundle beside this one. */
const THREAD = join(import.meta.dirname, import.meta.filename.endsWith('.ts') ? 'thread.ts' : 'compute-thread.mjs')
