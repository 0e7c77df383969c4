import { isIP } from 'node:net'
import type { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { EngineStatus, Job, Jobs, MadeJob, type Engine } from './engine.ts'
import { readTemplateReport } from './read-report.ts'

export interface TemplateOptions {
  readonly id: string
  readonly engine: Engine
  readonly slots: number
}

/** Every word of the engine; one that is not here is under way, never an end. */
const STATES = new Map<string, Look['status']>([
  ['new', 'requested'],
  ['working', 'running'],
  ['done', 'ended'],
  ['halted', 'stopped'],
  ['crashed', 'interrupted'],
])
const UNDER_WAY = new Set<Look['status']>(['requested', 'running', 'processing'])
const MOST_ADDRESSES = 64
const WAIT_SECONDS = 60
const NO_JOB = 'There is no such scan.'

/** A scanner to copy: see docs/adding-a-scanner.md. Its kind is your own in yours. */
export function openTemplateScanner({ id, engine, slots }: TemplateOptions): Scanner {
  const jobOf = (ids: NativeIds): string | null => ids['scan'] ?? null
  const findJob = async (ids: NativeIds): Promise<Job | null> => {
    const job = jobOf(ids)
    const found = job === null ? undefined : await engine.findJob(job)
    return found === undefined ? null : believe(Job, found)
  }
  const listJobs = async (): Promise<readonly Job[]> => believe(Jobs, await engine.listJobs())

  return {
    id,
    kind: 'nmap',
    abilities: { control: true, resume: false, blindSpots: ['It is an example and finds what its engine says.'] },
    slots,
    checkReady: async () => {
      const { isReady, version, feed } = believe(EngineStatus, await engine.status())
      if (isReady) return { status: 'ready', version, feedVersion: feed }
      return { status: 'not-ready', reason: 'Its feed is loading.', retryAfterSeconds: WAIT_SECONDS }
    },
    list: async (prefix) =>
      (await listJobs())
        .filter(({ name }) => name.startsWith(prefix))
        .map((job) => ({ name: job.name, ids: { scan: job.id }, isRunning: statusOf(job) === 'running' })),
    create: async ({ name, addresses }, created) => {
      checkAddresses(addresses)
      const same = (await listJobs()).find((job) => job.name === name)
      const { id: scan } = same ?? believe(MadeJob, await engine.makeJob(name, addresses))
      await created({ scan })
      return { scan }
    },
    start: async (ids) => {
      const job = await findJob(ids)
      if (job === null) throw new Fault('scanner_refused', NO_JOB)
      if (job.state === 'new') await engine.startJob(job.id)
      return { scan: job.id }
    },
    look: async (ids) => {
      const job = await findJob(ids)
      if (job === null) return { status: 'gone', percent: null, progressMarks: [], reason: '' }
      return { status: statusOf(job), percent: job.percent, progressMarks: [job.results], reason: '' }
    },
    stop: async (ids) => {
      const job = await findJob(ids)
      if (job !== null && statusOf(job) === 'running') await engine.stopJob(job.id)
    },
    resume: async () => false,
    collect: async function* (ids) {
      const job = await findJob(ids)
      if (job === null) throw new Fault('scanner_refused', NO_JOB)
      if (UNDER_WAY.has(statusOf(job))) {
        throw new Fault('scanner_refused', 'The scan is not done yet: its report would be a part of it.')
      }
      yield* engine.report(job.id)
    },
    translate: readTemplateReport,
    remove: async (ids) => {
      const job = await findJob(ids)
      if (job !== null) await engine.deleteJob(job.id)
    },
  }
}

function statusOf({ state }: Job): Look['status'] {
  return STATES.get(state) ?? 'running'
}

/** Only literals: names could mean another machine by now, and most scanners take ranges and options too. */
function checkAddresses(addresses: readonly string[]): void {
  const isGood = addresses.every((address) => isIP(address) !== 0 && !address.includes('%'))
  if (isGood && addresses.length > 0 && addresses.length <= MOST_ADDRESSES) return
  throw new Fault('scanner_refused', 'A scan takes 1 to 64 IP addresses and nothing else.')
}

function believe<Shape>(schema: z.ZodType<Shape>, said: unknown): Shape {
  const parsed = schema.safeParse(said)
  if (parsed.success) return parsed.data
  throw new Fault('scanner_unreachable', 'The scanner’s answer has another shape than expected.')
}
