import { isFault } from '#shared/domain/fault.ts'
import { Job } from '#shared/domain/job.ts'
import { MAX_ATTEMPTS } from '#shared/ports/job-queue.ts'
import type { Delivery } from '#shared/ports/job-queue.ts'
import { advanceScan } from './advance-scan.ts'
import { bringUpToDate } from './check-subject.ts'
import { collectGarbage } from './collect-garbage.ts'
import { isSubjectUsed } from './forget-machine.ts'
import { forgetScans } from './forget-scans.ts'
import type { Station } from './needs.ts'
import { recheckRepository } from './recheck-repository.ts'
import { refreshRepository } from './refresh-repository.ts'
import { giveCheckUp, runCheck } from './request-check.ts'
import { sweepFleet } from './sweep-fleet.ts'
import { sweepLeftovers } from './sweep-leftovers.ts'
import { tendScans } from './tend-scans.ts'

/**
 * Does one delivered job and settles it: acknowledged when done, tried again when it may work later, to the dead letters when no
 * repetition would help. Where the queue cannot be told, it throws: the job comes again once its lease has ended.
 */
export async function workJob(station: Station, delivery: Delivery): Promise<'done' | 'again' | 'buried'> {
  const job = Job.safeParse(delivery.body)
  if (!job.success) {
    await station.queue.bury(delivery, 'The job does not have the shape of any job.')
    return 'buried'
  }

  try {
    await run(station, job.data, delivery)
  } catch (error) {
    return settleFailure(station, job.data, delivery, error)
  }
  await station.queue.acknowledge(delivery)
  return 'done'
}

async function run(station: Station, job: Job, delivery: Delivery): Promise<void> {
  switch (job.kind) {
    case 'refresh-repository':
      await refreshRepository(station, job.repositoryId, { force: job.force === true, lane: delivery.lane })
      return
    case 'check-subject':
      // Its last machine has been registered with newer evidence, or forgotten.
      if (await isSubjectUsed(station, job.subject))
        await bringUpToDate(station, job.subject, { machineId: job.machineId, lane: delivery.lane })
      return
    case 'recheck-repository':
      await recheckRepository(station, job, delivery.lane)
      return
    case 'run-check':
      await runCheck(station, job.check)
      return
    case 'sweep-fleet':
      await sweepFleet(station)
      return
    case 'collect-garbage':
      await collectGarbage(station)
      return
    case 'advance-scan':
      await advanceScan(station, job)
      return
    case 'tend-scans':
      await tendScans(station)
      return
    case 'sweep-leftovers':
      await sweepLeftovers(station)
      await forgetScans(station)
      return
    default:
      job satisfies never
  }
}

async function settleFailure(
  station: Station,
  job: Job,
  delivery: Delivery,
  error: unknown,
): Promise<'done' | 'again' | 'buried'> {
  // What the job was about has been forgotten in the meantime: nothing is left to do.
  if (isFault(error, 'not_found')) {
    await station.queue.acknowledge(delivery)
    return 'done'
  }

  const reason = error instanceof Error ? error.message : String(error)
  station.log.error('job.failed', { job: delivery.body, attempt: delivery.attempt, reason })
  const isHopeless = isFault(error) && !error.retry && error.code !== 'unexpected'
  if (job.kind === 'run-check' && (isHopeless || delivery.attempt >= MAX_ATTEMPTS)) {
    await giveCheckUp(station, job.check, reason)
  }
  if (isHopeless) {
    await station.queue.bury(delivery, reason)
    return 'buried'
  }
  await station.queue.retry(delivery, reason)
  return 'again'
}
