import { setTimeout as sleep } from 'node:timers/promises'
import { canonicalJson } from '#shared/domain/canonical-json.ts'
import type { Delivery, Lane } from '#shared/ports/job-queue.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { shareOfJob } from '#shared/usecases/share-of-job.ts'
import { workJob } from '#shared/usecases/work-job.ts'
import { openFairShares } from './fair-share.ts'
import type { FairShares } from './fair-share.ts'

/** Jobs of one lane that are worked on at the same time. The interactive lane has workers of its own and never waits for a sweep. */
const CONCURRENCY: Record<Lane, number> = { interactive: 8, sweep: 4 }
const LEASE_SECONDS = 300
/** Jobs that wait for their share, in one lane, and for how long: well within their lease. */
const WAITING = 256
const WAIT_MS = 120_000
const POSTPONED_SECONDS = 30
const SETTLE_AGAIN_MS = 1000

/** Resolves when a job may be waiting in the lane, or after the time. */
export type WaitForWork = (lane: Lane, ms: number) => Promise<void>

export interface Workers {
  /** Takes no new job and resolves when those under way have ended. */
  stop(): Promise<void>
}

/** Works the lanes of the queue until stopped. */
export function startWorkers(station: Station, waitForWork: WaitForWork, worked: readonly Lane[] = LANES): Workers {
  const stopping = new AbortController()
  const lanes = worked.map((lane) => workLane(station, lane, waitForWork, stopping.signal))
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(lanes)
    },
  }
}

async function workLane(station: Station, lane: Lane, waitForWork: WaitForWork, stopping: AbortSignal): Promise<void> {
  const underWay = new Set<Promise<unknown>>()
  const shares = openFairShares({ waiting: WAITING, waitMs: WAIT_MS })
  const start = (doing: Promise<unknown>) => {
    const work = doing
      .catch((error: unknown) => station.log.error('job.unsettled', { reason: String(error) }))
      .finally(() => underWay.delete(work))
    underWay.add(work)
  }
  while (!stopping.aborted) {
    const free = CONCURRENCY[lane] - underWay.size
    const deliveries = free > 0 ? await receive(station, lane, free) : []
    for (const delivery of deliveries) start(workInTurn({ station, shares, stopping, start }, delivery))
    if (deliveries.length === 0) await Promise.race([waitForWork(lane, 1000), ...underWay])
  }
  await Promise.all(underWay)
}

interface Room {
  readonly station: Station
  readonly shares: FairShares
  readonly stopping: AbortSignal
  readonly start: (doing: Promise<unknown>) => void
}

/** Works on a job now, or lets it wait for its share without keeping a worker from the others. */
async function workInTurn(room: Room, delivery: Delivery): Promise<void> {
  const { station, shares, stopping } = room
  const share = await shareOfJob(station, delivery.body)
  if (share === null) {
    await workAndSettle(room, delivery)
    return
  }
  const isWaiting = shares.isFull(share)
  const entered = shares.enter(share, stopping)
  if (!isWaiting) return workAndLeave(room, delivery, await entered)

  entered
    .then((leave) => (leave === null ? postpone(room, delivery) : room.start(workAndLeave(room, delivery, leave))))
    .catch((error: unknown) => station.log.error('job.unsettled', { reason: String(error) }))
}

async function workAndLeave(room: Room, delivery: Delivery, leave: (() => void) | null): Promise<void> {
  try {
    await workAndSettle(room, delivery)
  } finally {
    leave?.()
  }
}

/**
 * The queue may not be told how a job ended, while the disk is full for one: it is told to give it out again as soon as it listens,
 * so that nobody waits for the end of the lease.
 */
async function workAndSettle({ station, stopping }: Room, delivery: Delivery): Promise<void> {
  try {
    await workJob(station, delivery)
  } catch (error) {
    const reason = String(error)
    station.log.error('job.unsettled', { job: delivery.body, reason })
    const end = performance.now() + LEASE_SECONDS * 1000
    while (performance.now() < end && !(await hasStopped(stopping, SETTLE_AGAIN_MS))) {
      if (await isTold(station.queue.retry(delivery, reason))) return
    }
  }
}

/** Waits; true when the workers are stopped before the time is over. */
function hasStopped(stopping: AbortSignal, ms: number): Promise<boolean> {
  return sleep(ms, false, { signal: stopping }).catch(() => true)
}

async function isTold(settling: Promise<void>): Promise<boolean> {
  return settling.then(
    () => true,
    () => false,
  )
}

/** Too much of the same waits: this comes again later. What stops leaves its jobs to whoever comes next. */
async function postpone({ station, stopping }: Room, delivery: Delivery): Promise<void> {
  if (stopping.aborted) return

  const { lane, body } = delivery
  await station.queue.send([{ lane, body, delaySeconds: POSTPONED_SECONDS, onlyOnce: canonicalJson(body) }])
  await station.queue.acknowledge(delivery)
}

async function receive(station: Station, lane: Lane, max: number) {
  try {
    return await station.queue.receive(lane, { max, leaseSeconds: LEASE_SECONDS })
  } catch (error) {
    station.log.error('queue.unreadable', { lane, reason: String(error) })
    return []
  }
}
