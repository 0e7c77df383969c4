import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Job } from '#shared/domain/job.ts'
import { inSeconds, isDueAt, LONGEST_WAIT_MS } from '#shared/domain/scan/run.ts'
import type { RunBase } from '#shared/domain/scan/run.ts'
import type { ItemKey } from '#shared/ports/metadata-table.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'

export type AdvanceJob = Extract<Job, { kind: 'advance-scan' }>
type Needs = Pick<Station, 'table' | 'queue' | 'clock' | 'log'>
type Base = z.infer<typeof RunBase>

/** How one kind of run is taken a step further. */
export interface Stepping<Run extends Base> {
  readonly shape: z.ZodType<Run>
  readonly key: ItemKey
  /** It only waits for another run: a wake counts, whenever it is due. */
  isWaiting(run: Run): boolean
  /** How long the step may take. */
  claimSeconds(run: Run): number
  /** Makes the step's call. `save` stores what must not be lost before the step has ended. @throws whatever the ports throw */
  take(run: Run, save: (change: Partial<Run>) => Promise<void>): Promise<Run>
  /** Somebody else took the run up while this step was made: what it did outside may have come too late. */
  lost(run: Run): Promise<void>
  /** What follows from a step once it is stored. May be repeated. */
  after(run: Run): Promise<void>
}

/**
 * One message, one step: the run is claimed by a conditional write, its call is made, what follows is written on the condition that
 * nobody else wrote meanwhile, and the next message is queued. A message that comes twice, too early or too late finds the run as it
 * is and only sees to it that another one is on its way.
 */
export async function stepRun<Run extends Base>(
  station: Needs,
  job: AdvanceJob,
  stepping: Stepping<Run>,
): Promise<void> {
  const found = parseItem(stepping.shape, await station.table.get(stepping.key))
  if (found === null) return

  const { value: run } = found
  if (run.endedAt !== null) return stepping.after(run)

  const now = station.clock.now()
  if (run.claim !== null && !isDueAt(run.claim.until, now)) return sendLater(station, job, run.claim.until)
  const isAsleep = !isDueAt(run.nextAt, now) && !(job.wake === true && stepping.isWaiting(run))
  if (isAsleep) return sendLater(station, job, run.nextAt)

  const by = randomUUID()
  let current: Run = { ...run, claim: { by, until: inSeconds(now, stepping.claimSeconds(run)) } }
  let version = found.version
  const write = async (value: Run): Promise<void> => {
    version = await station.table.put({ ...stepping.key, value, expect: version })
  }
  try {
    await write(current)
    const next = await stepping.take(current, async (change) => {
      current = { ...current, ...change }
      await write(current)
    })
    current = { ...next, claim: null }
    await write(current)
  } catch (error) {
    if (!isConflict(error)) {
      await write({ ...current, claim: null }).catch(() => undefined)
      throw error
    }
    // Another one took it up meanwhile: whatever this one saw is too old to be believed.
    station.log.warn('scan.step-lost', { scan: job.scan, machine: job.machine, scanner: job.scanner })
    await stepping.lost(current)
    return sendLater(station, job, inSeconds(now, 5))
  }

  await stepping.after(current)
  if (current.endedAt === null) await sendLater(station, job, current.nextAt)
}

/** While such a message waits, no other one is added; one that comes earlier makes it earlier. */
export async function sendLater(station: Pick<Needs, 'queue' | 'clock'>, job: AdvanceJob, at: string): Promise<void> {
  const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(0, Date.parse(at) - station.clock.now().getTime()))
  await station.queue.send([advanceJob(job, waitMs / 1000)])
}

/** The message that takes a run a step further. */
export function advanceJob(
  of: { scan: string; machine: string; scanner: string | null },
  delaySeconds = 0,
  wake = false,
) {
  const { scan, machine, scanner } = of
  const body: Job = { kind: 'advance-scan', scan, machine, scanner, ...(wake && { wake }) }
  const key = `advance ${scan} ${machine} ${scanner ?? ''}${wake ? ' wake' : ''}`
  return { lane: 'interactive' as const, body, delaySeconds, onlyOnce: key }
}
