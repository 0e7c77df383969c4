import { ScanSettings } from '#shared/domain/scan/settings.ts'
import { CheckSettings } from '#shared/domain/settings.ts'
import { Fault } from '#shared/domain/fault.ts'
import type { Machine } from '#shared/domain/machine.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import type { Delivery } from '#shared/ports/job-queue.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { machineKey } from '#shared/usecases/records.ts'
import { workJob } from '#shared/usecases/work-job.ts'
import { tendScans } from '#shared/usecases/tend-scans.ts'
import { openMemoryObjects, openMemoryQueue, openMemoryTable } from './memory-ports.ts'
import type { MemoryQueue } from './memory-ports.ts'
import { openScriptedHypervisor } from './scripted-hypervisor.ts'
import type { GuestScript, ScriptedHypervisor } from './scripted-hypervisor.ts'

/** A station for scans in simulated time: real use cases over ports in memory, scanners and hypervisors by script. */
export interface ScanWorld {
  readonly station: Station
  readonly queue: MemoryQueue
  readonly hypervisor: ScriptedHypervisor
  readonly nowMs: () => number
  /** Adds a machine's record, as a registration would. */
  register(name: string): Promise<void>
  /**
   * Hands messages out until none is left or `done`, moving time on to the next one that is due, and tends scans each minute.
   * @throws Error when it takes longer than so many days of the simulation
   */
  run(options?: RunOptions): Promise<void>
  pass(seconds: number): void
}

export interface RunOptions {
  /** Draws a number below. Left out: the first message first, each once, nobody dies. */
  readonly choose?: (below: number) => number
  /** Of 100 messages so many are handed out twice, lost, or worked on by someone who dies in the middle. */
  readonly twice?: number
  readonly lost?: number
  readonly deaths?: number
  /** Of 100 turns so many are several workers at once, each of whose effects may come long after the one before. */
  readonly together?: number
  /** Of 100 messages so many are worked on by someone who stands still at some effect, and goes on much later as if nothing were. */
  readonly stalls?: number
  readonly done?: () => Promise<boolean>
  readonly maxDays?: number
}

export function openScanWorld(options: {
  scanners: (nowMs: () => number) => readonly Scanner[]
  guests: readonly GuestScript[]
  settings?: Record<string, unknown>
  hypervisorFails?: (call: string) => 'unreachable' | 'refused' | null
  answers?: (address: string) => boolean
}): ScanWorld {
  let ms = Date.parse('2026-01-05T00:00:00Z')
  const nowMs = () => ms
  const queue = openMemoryQueue(nowMs)
  const table = openMemoryTable()
  const fails = options.hypervisorFails
  const hypervisor = openScriptedHypervisor(
    'rack1',
    { guests: options.guests, ...(fails === undefined ? {} : { fails }) },
    nowMs,
  )
  const station: Station = {
    objects: openMemoryObjects(),
    table,
    queue,
    clock: { now: () => new Date(ms) },
    log: QUIET_LOG,
    fetcher: {
      fetch: async () => {
        throw new Fault('repository_unreachable', 'Nothing is outside.')
      },
    },
    settings: CheckSettings.parse({}),
    cache: openCheckCache(),
    scanning: {
      scanners: new Map(options.scanners(nowMs).map((scanner) => [scanner.id, scanner])),
      hypervisors: [hypervisor],
      prober: { answers: async (address) => options.answers?.(address) ?? true },
      settings: ScanSettings.parse({ scanNetworks: ['10.0.0.0/8', '127.0.0.0/8'], ...options.settings }),
      readReport: async () => {
        throw new Fault('report_malformed', 'Nothing is imported here.')
      },
    },
  }
  const world: ScanWorld = {
    station,
    queue,
    hypervisor,
    nowMs,
    register: async (name) => void (await table.put({ ...machineKey(name), value: machineCalled(name) })),
    pass: (seconds) => void (ms += seconds * 1000),
    run: (how = {}) => run(world, how, (to) => void (ms = Math.max(ms, to))),
  }
  return world
}

const LEASE_SECONDS = 300

async function run(world: ScanWorld, how: RunOptions, moveTo: (ms: number) => void): Promise<void> {
  const { queue, station } = world
  const choose = how.choose ?? (() => 0)
  const hits = (percent: number | undefined) => percent !== undefined && choose(100) < percent
  const endMs = world.nowMs() + (how.maxDays ?? 10) * 86_400_000
  let tendMs = world.nowMs() + 60_000
  const stalled: Stalled[] = []
  for (;;) {
    const isDone = (await how.done?.()) === true
    const next = queue.nextDueMs()
    const isOver = isDone || (next === null && how.done === undefined)
    if (stalled.length > 0 && (isOver || choose(20) === 0)) await goOn(stalled, choose)
    else if (isOver) return
    if (world.nowMs() > endMs) throw new Error('the simulation does not end')

    moveTo(Math.min(next ?? tendMs, tendMs))
    if (world.nowMs() >= tendMs) {
      await tendScans(station)
      tendMs = world.nowMs() + 60_000
      continue
    }
    const due = queue.due()
    const id = due[choose(due.length)]
    if (id === undefined) continue
    if (hits(how.together)) {
      await workTogether(world, { choose, due, moveTo })
      continue
    }
    if (hits(how.lost)) {
      queue.lose(id)
      continue
    }
    const delivery = queue.take(id, LEASE_SECONDS)
    if (hits(how.stalls)) {
      await workAndStall(world, delivery, { stalled, after: choose(16) })
      continue
    }
    if (hits(how.twice)) await workJob(station, delivery)
    if (hits(how.deaths)) await dieWithin(world, () => workJob(mortal(station, 1 + choose(12)), delivery))
    else await workJob(station, delivery)
  }
}

/** Some of the messages that are due, each perhaps by two workers, effect by effect in any order; time goes on while they work. */
async function workTogether(
  world: ScanWorld,
  of: { choose: (below: number) => number; due: readonly string[]; moveTo: (ms: number) => void },
): Promise<void> {
  const { choose, due, moveTo } = of
  const turn = async () => {
    // Now and then somebody takes so long that nobody waits for them any more.
    if (choose(40) === 0) moveTo(world.nowMs() + choose(3000) * 1000)
    for (let turns = choose(12); turns > 0; turns -= 1) await Promise.resolve()
  }
  const deliveries = due.slice(0, 1 + choose(4)).flatMap((id) => {
    const delivery = world.queue.take(id, LEASE_SECONDS)
    return choose(2) === 0 ? [delivery] : [delivery, delivery]
  })
  await Promise.all(deliveries.map((delivery) => workJob(wrapped(world.station, turn), delivery)))
}

interface Stalled {
  readonly goOn: () => void
  readonly work: Promise<unknown>
}

async function goOn(stalled: Stalled[], choose: (below: number) => number): Promise<void> {
  const [one] = stalled.splice(choose(stalled.length), 1)
  one?.goOn()
  await one?.work
}

/** Resolves when the work is done, or stands still. */
async function workAndStall(
  world: ScanWorld,
  delivery: Delivery,
  of: { stalled: Stalled[]; after: number },
): Promise<void> {
  const wait = Promise.withResolvers<void>()
  const standsStill = Promise.withResolvers<void>()
  let left = of.after
  const station = wrapped(world.station, async () => {
    left -= 1
    if (left !== -1) return
    standsStill.resolve()
    await wait.promise
  })
  const work = workJob(station, delivery)
  await Promise.race([work, standsStill.promise])
  if (left < 0) of.stalled.push({ goOn: wait.resolve, work })
}

class Death extends Error {}

async function dieWithin(_world: ScanWorld, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof Death)) throw error
  }
}

/** Whoever works with this dies at the n-th effect: half of the time just before it, else just after. Nothing works after that. */
function mortal(station: Station, effects: number): Station {
  let left = effects
  return wrapped(
    station,
    () => {
      left -= 1
      if (left < 0) throw new Death('died')
    },
    () => {
      if (left > 0) return
      left = -1
      throw new Death('died')
    },
  )
}

/** The station, whose every effect is preceded and followed by something. */
function wrapped(station: Station, before: () => void | Promise<void>, after: () => void = () => undefined): Station {
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        if (name === 'collect' || (name === 'list' && 'put' in target))
          return (...args: unknown[]): unknown => Reflect.apply(method, target, args)
        return async (...args: unknown[]) => {
          await before()
          const answer: unknown = await Reflect.apply(method, target, args)
          after()
          return answer
        }
      },
    })
  const { scanning } = station
  if (scanning === undefined) throw new Error('nothing is scanned here')
  return {
    ...station,
    table: wrap(station.table),
    objects: wrap(station.objects),
    queue: wrap(station.queue),
    scanning: {
      ...scanning,
      scanners: new Map([...scanning.scanners].map(([id, scanner]) => [id, wrap(scanner)])),
      hypervisors: scanning.hypervisors.map(wrap),
    },
  }
}

function machineCalled(name: string): Machine {
  return {
    name,
    owner: null,
    registeredAt: '2026-01-01T00:00:00.000Z',
    evidenceAt: '2026-01-01T00:00:00.000Z',
    evidenceSha256: '',
    evidenceBytes: 0,
    evidenceKeys: [],
    packageSystem: 'apt',
    subject: 's',
    inventory: 'i',
    system: { osName: null, osId: null, osVersion: null, machineId: null, architecture: null, packages: 0 },
    warnings: [],
  }
}
