import type { Job } from '#shared/domain/job.ts'
import type { NewJob } from '#shared/ports/job-queue.ts'
import type { Station } from '#shared/usecases/needs.ts'

type Scheduled = Extract<Job['kind'], 'sweep-fleet' | 'collect-garbage' | 'tend-scans' | 'sweep-leftovers'>

const COLLECT_EVERY_SECONDS = 86_400
/** A station that starts has more urgent things to do first. */
const COLLECT_AFTER_SECONDS = 600

/** Scans whose messages were lost are late by this at most. */
const TEND_EVERY_SECONDS = 60
const LEFTOVERS_EVERY_SECONDS = 3600

/**
 * Queues a sweep now and then again and again, and once a day the collection of garbage; each minute the tending of scans, and at the
 * beginning and each hour the removal of what they left behind. What still waits is not queued twice.
 */
export function startSchedule(station: Station, everySeconds: number): { stop(): void } {
  const queue = (kind: Scheduled, delaySeconds: number) => {
    const job: NewJob = { lane: 'sweep', body: { kind } satisfies Job, onlyOnce: kind, delaySeconds }
    station.queue
      .send([job])
      .catch((error: unknown) => station.log.error('schedule.not-queued', { job: kind, reason: String(error) }))
  }
  queue('sweep-fleet', 0)
  queue('collect-garbage', COLLECT_AFTER_SECONDS)
  queue('sweep-leftovers', 0)
  queue('tend-scans', 0)
  const timers = [
    setInterval(() => queue('sweep-fleet', 0), everySeconds * 1000),
    setInterval(() => queue('collect-garbage', 0), COLLECT_EVERY_SECONDS * 1000),
    setInterval(() => queue('tend-scans', 0), TEND_EVERY_SECONDS * 1000),
    setInterval(() => queue('sweep-leftovers', 0), LEFTOVERS_EVERY_SECONDS * 1000),
  ]
  return { stop: () => timers.forEach((timer) => clearInterval(timer)) }
}
