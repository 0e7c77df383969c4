import type { Lane } from '#shared/ports/job-queue.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { workJob } from '#shared/usecases/work-job.ts'

/** Jobs of one lane that are worked on at the same time. The interactive lane has workers of its own and never waits for a sweep. */
const CONCURRENCY: Record<Lane, number> = { interactive: 8, sweep: 4 }
const LEASE_SECONDS = 300

/** Resolves when a job may be waiting in the lane, or after the time. */
export type WaitForWork = (lane: Lane, ms: number) => Promise<void>

/** Works the queue until stopped; `stop` resolves when the jobs under way have ended. */
export function startWorkers(station: Station, waitForWork: WaitForWork): { stop(): Promise<void> } {
  const state = { running: true }
  const lanes = LANES.map((lane) => workLane(station, lane, waitForWork, state))
  return {
    stop: async () => {
      state.running = false
      await Promise.all(lanes)
    },
  }
}

async function workLane(
  station: Station,
  lane: Lane,
  waitForWork: WaitForWork,
  state: { running: boolean },
): Promise<void> {
  const underWay = new Set<Promise<unknown>>()
  while (state.running) {
    const free = CONCURRENCY[lane] - underWay.size
    const deliveries = free > 0 ? await receive(station, lane, free) : []
    for (const delivery of deliveries) {
      const work = workJob(station, delivery)
        .catch((error: unknown) => station.log.error('job.unsettled', { reason: String(error) }))
        .finally(() => underWay.delete(work))
      underWay.add(work)
    }
    if (deliveries.length === 0) await Promise.race([waitForWork(lane, 1000), ...underWay])
  }
  await Promise.all(underWay)
}

async function receive(station: Station, lane: Lane, max: number) {
  try {
    return await station.queue.receive(lane, { max, leaseSeconds: LEASE_SECONDS })
  } catch (error) {
    station.log.error('queue.unreadable', { lane, reason: String(error) })
    return []
  }
}
