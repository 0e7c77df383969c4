import { beforeAll, describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import { askUpdates } from '#shared/usecases/ask-updates.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { collectGarbage } from '#shared/usecases/collect-garbage.ts'
import { forgetMachine } from '#shared/usecases/forget-machine.ts'
import { judgeMachine } from '#shared/usecases/judge-machine.ts'
import { issueToken } from '#shared/usecases/manage-tokens.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import { endLeases } from '#shared/usecases/repository-lease.ts'
import { getCheck, requestCheck } from '#shared/usecases/request-check.ts'
import { workJob } from '#shared/usecases/work-job.ts'
import { faultyStation, MISHAPS } from '#test/support/faulty-ports.ts'
import type { Mishap } from '#test/support/faulty-ports.ts'
import { dumpStation, withoutChance } from '#test/support/station-dump.ts'
import { archiveOf, stationWorld } from '#test/support/station-world.ts'
import type { Registering, StationWorld } from '#test/support/station-world.ts'

/** A use case, and the world it is called in. */
interface Scenario {
  readonly title: string
  /** Before: nothing fails here. */
  readonly prepare: (world: StationWorld) => Promise<void>
  /** One call, as a client makes it; left out: the queue delivers the next job. */
  readonly call?: (station: Station, world: StationWorld) => Promise<void>
  /** The next sweep does the rest: what a job owes, and the re-checks of other machines that a dead question owes. */
  readonly isSwept?: boolean
  /** The process that calls is the one that prepared, with what it has in memory. */
  readonly isKnown?: boolean
}

const OLD = ['hello 1.0', 'other 1.0']
const NEW = { packages: ['hello 2.0', 'other 1.0'] }
/** Another source: its machine has a subject and a repository of its own. */
const SIDE = { files: { 'etc/apt/sources.list': 'deb [trusted=yes] http://mirror.example.org/side stable main\n' } }
const HOUR = 3700
/** Of a job: shorter than a repository's. */
const LEASE_SECONDS = 30

const IS_READ = /^(?:objects\.(?:get|has|list)|table\.(?:get|getMany|query|queryIndex))$/

const SCENARIOS: readonly Scenario[] = [
  { title: 'a first registration', prepare: noop, call: registering('a', {}) },
  {
    title: 'a first registration, repeated to the process that failed',
    prepare: noop,
    call: registering('a', {}),
    isKnown: true,
  },
  {
    title: 'a registration of a second clone',
    prepare: (world) => registered(world, 'a'),
    call: registering('b', {}),
  },
  { title: 'newer evidence', prepare: (world) => registered(world, 'a'), call: registering('a', NEW) },
  { title: 'the same evidence again', prepare: (world) => registered(world, 'a'), call: registering('a', {}) },
  {
    title: 'the same evidence again, to a process that knows it',
    prepare: (world) => registered(world, 'a'),
    call: registering('a', {}),
    isKnown: true,
  },
  {
    title: 'a fourth archive of one machine',
    prepare: async (world) => {
      for (const version of ['1', '2', '3']) await registered(world, 'a', { packages: [`hello ${version}`] })
    },
    call: registering('a', { packages: ['hello 4'] }),
  },
  {
    title: 'the first refresh, as a job',
    prepare: async (world) => void (await world.register('a')),
  },
  {
    title: 'a refresh that finds changes, as a job',
    prepare: async (world) => {
      await registered(world, 'a')
      world.pass(HOUR)
      change(world)
      await queue(world, 'sweep-fleet')
      await workOne(world.station)
    },
  },
  {
    title: 'a refresh that finds nothing new, as a job',
    prepare: async (world) => {
      await registered(world, 'a')
      world.pass(HOUR)
      await queue(world, 'sweep-fleet')
      await workOne(world.station)
    },
  },
  {
    title: 'the re-checks after a change, as a job',
    prepare: async (world) => {
      await registered(world, 'a')
      await registered(world, 'b', NEW)
      world.pass(HOUR)
      change(world)
      await queue(world, 'sweep-fleet')
      await workOne(world.station)
      await workOne(world.station)
    },
  },
  {
    title: 'a first check, as a job',
    prepare: async (world) => {
      await world.register('a')
      await workOne(world.station)
    },
  },
  {
    title: 'a question about a machine never checked',
    prepare: async (world) => void (await world.register('a')),
    call: asking('a', {}),
  },
  { title: 'a forced question', prepare: (world) => registered(world, 'a'), call: asking('a', { force: true }) },
  {
    title: 'a verdict after a change',
    isSwept: true,
    prepare: async (world) => {
      await registered(world, 'a')
      world.pass(HOUR)
      change(world)
    },
    call: async (station) => {
      const verdict = await judgeMachine(station, 'a')
      if (verdict.reasons.some(({ code }) => code === 'stale')) throw new Error('cannot tell yet')
    },
  },
  {
    title: 'a sweep with something to refresh and something to forget, as a job',
    prepare: async (world) => {
      await registered(world, 'a')
      await registered(world, 'b', SIDE)
      await forgetMachine(world.station, 'b')
      world.pass(HOUR)
      await queue(world, 'sweep-fleet')
    },
  },
  {
    title: 'forgetting a machine',
    prepare: async (world) => {
      await registered(world, 'a')
      await registered(world, 'b', NEW)
    },
    call: (station) => forgetMachine(station, 'b'),
  },
  {
    title: 'forgetting a clone',
    prepare: async (world) => {
      await registered(world, 'a')
      await registered(world, 'b')
    },
    call: (station) => forgetMachine(station, 'b'),
  },
  {
    title: 'a token',
    prepare: noop,
    call: async (station) => void (await issueToken(station, { role: 'gate', label: 'g' })),
  },
  {
    title: 'a check that is asked for',
    prepare: (world) => registered(world, 'a'),
    call: async (station, world) => {
      const check = await requestCheck(station, { machine: 'a', force: true })
      await settle(world, false)
      expect(await getCheck(world.station, check.id)).toMatchObject({ status: 'done' })
    },
  },
  {
    title: 'a check that is run, as a job',
    prepare: async (world) => {
      await registered(world, 'a')
      await requestCheck(world.station, { machine: 'a', force: true })
    },
  },
  {
    title: 'a collection of garbage that marks, as a job',
    prepare: async (world) => {
      await makeGarbage(world)
      await queue(world, 'collect-garbage')
    },
  },
  {
    title: 'a collection of garbage that clears away, as a job',
    prepare: async (world) => {
      await makeGarbage(world)
      await collectGarbage(world.station)
      world.pass(HOUR)
      await queue(world, 'collect-garbage')
    },
  },
]

describe('a use case whose every n-th effect goes wrong', () => {
  const archives = new Map<string, ReadonlyMap<string, Uint8Array>>()
  beforeAll(async () => {
    const world = await stationWorld()
    for (const version of ['1.5', '1.6']) {
      await world.publish([`hello ${version}`, 'other 1.0'])
      archives.set(version, new Map(world.outside))
    }
    await world.close()
  })

  for (const scenario of SCENARIOS) {
    it(`ends in the same state once it is repeated: ${scenario.title}`, { timeout: 120_000 }, async () => {
      const undisturbed = await run(scenario, archives, 'fails', 0)
      expect(undisturbed.effects.length).toBeGreaterThan(0)

      const differing: string[] = []
      for (const mishap of MISHAPS) {
        for (const [before, effect] of undisturbed.effects.entries()) {
          // A lost answer to a read is a read that failed, and a death at a read is one at the write that follows.
          if (mishap !== 'fails' && IS_READ.test(effect)) continue

          const at = before + 1
          const { effects, state } = await run(scenario, archives, mishap, at)
          const difference = describeDifference(undisturbed.state, state)
          if (difference !== '') differing.push(`${mishap} at effect ${at}, ${effects[at - 1]}: ${difference}`)
        }
      }
      expect(differing).toEqual([])
    })
  }

  it('was tried at more than 500 effects', () => {
    expect(runs).toBeGreaterThan(500)
  })

  let runs = 0
  /** Prepares, calls with the mishap, repeats as whoever called would, lets all work end, and tells what is there then. */
  async function run(
    scenario: Scenario,
    published: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>,
    mishap: Mishap,
    at: number,
  ): Promise<{ effects: readonly string[]; state: readonly string[] }> {
    runs += 1
    const world = await stationWorld()
    try {
      later.set(world, published.get('1.6') ?? new Map())
      for (const [url, body] of published.get('1.5') ?? []) world.outside.set(url, body)
      await scenario.prepare(world)
      const cache = scenario.isKnown === true ? world.station.cache : openCheckCache()
      const faulty = faultyStation({ ...world.station, cache }, mishap, at)
      await callAndRepeat(scenario, world, faulty.station, mishap)
      // A job that found a repository unreachable is done, and the next sweep asks again.
      await settle(world, scenario.call === undefined || scenario.isSwept === true)
      const state = [...(await answers(world)), ...(await dumpAfterCollection(world))]
      return { effects: faulty.effects, state }
    } finally {
      await world.close()
    }
  }
})

/** '' for equal states; else the lines that only one of them has, each from a little before the first character that is new. */
function describeDifference(wanted: readonly string[], found: readonly string[]): string {
  const missing = wanted.filter((line) => !found.includes(line))
  const surplus = found.filter((line) => !wanted.includes(line))
  const cut = (line: string, other: string | undefined) => {
    let same = 40
    while (same < line.length && line[same] === other?.[same]) same += 1
    return `${line.slice(0, 40)} … ${line.slice(Math.max(40, same - 60), same + 100)}`
  }
  return [
    ...(wanted.length === found.length ? [] : [`${wanted.length} lines became ${found.length}`]),
    ...missing.map((line, at) => `- ${cut(line, surplus[at])}`),
    ...surplus.map((line, at) => `+ ${cut(line, missing[at])}`),
  ].join('\n')
}

/** What the archive of a world offers after the change. */
const later = new WeakMap<StationWorld, ReadonlyMap<string, Uint8Array>>()

function change(world: StationWorld): void {
  for (const [url, body] of later.get(world) ?? []) world.outside.set(url, body)
}

async function callAndRepeat(scenario: Scenario, world: StationWorld, faulty: Station, mishap: Mishap): Promise<void> {
  const { call } = scenario
  if (call === undefined) {
    await workOne(faulty).catch(() => undefined)
    // A new process on the same data.
    if (mishap === 'dies') await endLeases(world.station)
    return
  }

  for (const station of [faulty, world.station, world.station]) {
    try {
      return await call(station, world)
    } catch (error) {
      // What was to be forgotten is gone: the repetition has nothing left to do.
      if (isFault(error, 'not_found')) return
      const isReported = isFault(error) || (error instanceof Error && error.message === 'cannot tell yet')
      if (!isReported) throw error
      if (mishap === 'dies') await endLeases(world.station)
      world.pass(61)
    }
  }
  throw new Error(`${scenario.title} fails although nothing is wrong any more`)
}

/** Lets all work end, or all that the next sweep brings too: soon enough that a lease left behind would stand in its way. */
async function settle(world: StationWorld, isSwept: boolean): Promise<void> {
  for (const isSweep of [false, false, false, true, false]) {
    if (isSweep && isSwept) await queue(world, 'sweep-fleet')
    await world.workAll()
    world.pass(LEASE_SECONDS + 1)
  }
  expect(await world.station.queue.depth()).toEqual({
    interactive: { waiting: 0, leased: 0, dead: 0 },
    sweep: { waiting: 0, leased: 0, dead: 0 },
  })
}

/** Each machine's updates, as of the last check. */
async function answers(world: StationWorld): Promise<string[]> {
  const page = await (await world.ask('GET', '/v1/machines')).text()
  const updates = ['a', 'b'].map(async (name) =>
    (await world.ask('GET', `/v1/machines/${name}/updates?within=0`)).text(),
  )
  return [page, ...(await Promise.all(updates))].map((text) =>
    withoutChance(text).replaceAll(/\d+ (?:hour|minute|second)s?\b|"ageSeconds":\d+/g, 'AGE'),
  )
}

async function dumpAfterCollection(world: StationWorld): Promise<string[]> {
  await collectGarbage(world.station)
  world.pass(9 * 86_400)
  await collectGarbage(world.station)
  world.pass(9 * 86_400)
  await collectGarbage(world.station)
  return dumpStation(world)
}

async function workOne(station: Station): Promise<void> {
  for (const lane of LANES) {
    const [delivery] = await station.queue.receive(lane, { max: 1, leaseSeconds: LEASE_SECONDS })
    if (delivery === undefined) continue

    await workJob(station, delivery)
    return
  }
}

async function queue(world: StationWorld, kind: 'sweep-fleet' | 'collect-garbage'): Promise<void> {
  await world.station.queue.send([{ lane: 'sweep', body: { kind }, onlyOnce: kind }])
}

function registering(name: string, how: Registering) {
  return async (station: Station, world: StationWorld) => {
    const archive = archiveOf({ packages: OLD, ...how }, world.keyring)
    await registerMachine(station, { name, archive: oneChunk(archive), owner: null })
  }
}

function asking(name: string, options: { force?: boolean }) {
  return async (station: Station) => {
    const { report } = await askUpdates(station, name, options)
    if (report.freshness !== 'fresh') throw new Error('cannot tell yet')
  }
}

async function registered(world: StationWorld, name: string, how: Registering = {}): Promise<void> {
  await world.register(name, { packages: OLD, ...how })
  await world.workAll()
}

/** An archive, a subject, an inventory, a result, a list and the names of a change that nothing refers to any more. */
async function makeGarbage(world: StationWorld): Promise<void> {
  await registered(world, 'a')
  await registered(world, 'b', SIDE)
  world.pass(HOUR)
  change(world)
  await askUpdates(world.station, 'a')
  await world.workAll()
  await registered(world, 'a', NEW)
  await forgetMachine(world.station, 'b')
  await world.station.objects.put('evidence/gone/0.tar.gz', Buffer.from('half a registration'))
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function noop(): Promise<void> {}
