import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isFault } from '#shared/domain/fault.ts'
import { askUpdates } from '#shared/usecases/ask-updates.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { collectGarbage } from '#shared/usecases/collect-garbage.ts'
import { forgetMachine } from '#shared/usecases/forget-machine.ts'
import { MARKS } from '#shared/usecases/keep-object.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { refreshRepository } from '#shared/usecases/refresh-repository.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import { requestCheck } from '#shared/usecases/request-check.ts'
import { sweepFleet } from '#shared/usecases/sweep-fleet.ts'
import { collect } from '#test/support/collect.ts'
import { listMissing } from '#test/support/expect-whole.ts'
import { interleave } from '#test/support/interleave.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { archiveOf, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'
import { isCi } from '#test/support/tools.ts'

const Status = z.looseObject({ status: z.union([z.string(), z.number()]) })
const HOUR = 3700
const WEEK = 7 * 86_400 + 1
const ORDERS = isCi() ? 150 : 25

describe('the collection of garbage', () => {
  let world: StationWorld
  beforeEach(async () => {
    world = await stationWorld()
    await world.publish(['hello 1.5'])
  })
  afterEach(() => world.close())

  it('clears away archive, subject, inventory, result, list and names of a change that nothing refers to', async () => {
    await register(world, 'a', 'hello 1.0')
    await world.workAll()
    const before = await objects(world)
    world.pass(HOUR)
    await world.publish(['hello 1.6'])
    await askUpdates(world.station, 'a')
    await world.workAll()
    for (const version of ['1.1', '1.2', '1.3']) await register(world, 'a', `hello ${version}`)
    await world.workAll()
    await world.station.objects.put('evidence/gone/0.tar.gz', Buffer.from('half a registration'))

    const first = await collectGarbage(world.station)
    expect((await marks(world)).map(folderOf)).toEqual([
      'apt/lists/3/',
      'changes/ID/',
      'evidence/gone/',
      ...Array.from({ length: 6 }, () => 'inventories/'),
      'results/',
      'results/',
    ])
    expect(first).toEqual({ marked: 11, cleared: 0 })
    world.pass(HOUR)
    expect(await collectGarbage(world.station)).toEqual({ marked: 0, cleared: 11 })

    const left = await objects(world)
    expect(left.filter((key) => before.includes(key))).toEqual([expect.stringMatching(/^keyrings\//)])
    expect(left.map(folderOf)).toEqual([
      'apt/lists/3/',
      ...Array.from({ length: 3 }, () => 'evidence/a/'),
      'inventories/',
      'inventories/',
      'keyrings/',
      'results/',
      'subjects/',
    ])
    expect(await marks(world)).toEqual([])
    expect(await listMissing(world.station)).toEqual([])
  })

  it('leaves what has been unused for less than an hour', async () => {
    await world.station.objects.put('evidence/gone/0.tar.gz', Buffer.from('half a registration'))
    await collectGarbage(world.station)
    world.pass(3600)

    expect(await collectGarbage(world.station)).toEqual({ marked: 0, cleared: 0 })
    expect(await objects(world)).toEqual(['evidence/gone/0.tar.gz'])
  })

  it('leaves what has come into use again', async () => {
    await register(world, 'a', 'hello 1.0')
    await register(world, 'a', 'hello 2.0')
    await collectGarbage(world.station)
    world.pass(HOUR)
    await register(world, 'b', 'hello 1.0')
    await collectGarbage(world.station)

    expect(await listMissing(world.station)).toEqual([])
    expect(await marks(world)).toEqual([])
  })

  it('finishes what a collection that died had begun', async () => {
    await world.station.objects.put('evidence/gone/0.tar.gz', Buffer.from('half a registration'))
    const goesUntil = new Date(world.station.clock.now().getTime() + 60_000).toISOString()
    const value = { since: world.station.clock.now().toISOString(), goesUntil }
    await world.station.table.put({ partition: MARKS, sort: 'evidence/gone/0.tar.gz', value })
    await world.station.table.put({ partition: MARKS, sort: 'evidence/gone/1.tar.gz', value })
    world.pass(HOUR)

    expect(await collectGarbage(world.station)).toEqual({ marked: 0, cleared: 1 })
    expect(await marks(world)).toEqual([])
  })

  it('does not touch anything while a record cannot be read', async () => {
    await world.station.objects.put('evidence/gone/0.tar.gz', Buffer.from('half a registration'))
    await collectGarbage(world.station)
    world.pass(HOUR)
    await world.station.table.put({ partition: 'machine', sort: 'damaged', value: { name: 'damaged' } })

    await expect(collectGarbage(world.station)).rejects.toThrow('The stored machine "damaged" is not what it should be')
    expect(await objects(world)).toEqual(['evidence/gone/0.tar.gz'])
  })

  it('forgets a check a week after its end, and ends one that nobody took for a day', async () => {
    await register(world, 'a', 'hello 1.0')
    const done = await requestCheck(world.station, { machine: 'a', force: false })
    await world.workAll()
    const lost = { ...done, id: 'lost', status: 'queued', endedAt: null }
    await world.station.table.put({ partition: 'check', sort: 'lost', value: lost })
    const status = async (id: string) => Status.parse(await (await world.ask('GET', `/v1/checks/${id}`)).json()).status

    world.pass(86_401)
    await collectGarbage(world.station)
    expect([await status(done.id), await status('lost')]).toEqual(['done', 'failed'])
    world.pass(WEEK - 86_401)
    await collectGarbage(world.station)
    expect([await status(done.id), await status('lost')]).toEqual([404, 'failed'])
    world.pass(86_402)
    await collectGarbage(world.station)
    expect([await status(done.id), await status('lost')]).toEqual([404, 404])
  })
})

/** Two use cases at the same time, in a world where one takes away what the other comes to need. */
interface Meeting {
  readonly title: string
  readonly prepare: (world: StationWorld) => Promise<void>
  readonly calls: readonly ((station: Station, world: StationWorld) => Promise<unknown>)[]
}

const MEETINGS: readonly Meeting[] = [
  {
    title: 'a collection and a registration of the very evidence that it is about to clear away',
    prepare: async (world) => {
      await register(world, 'a', 'hello 1.0')
      await register(world, 'a', 'hello 2.0')
      await register(world, 'b', 'hello 1.0')
      await forgetWithoutSubject(world, 'b')
      await collectGarbage(world.station)
      world.pass(HOUR)
    },
    calls: [collectGarbage, registering('b', 'hello 1.0')],
  },
  {
    title: 'forgetting the last clone and registering another',
    prepare: (world) => register(world, 'a', 'hello 1.0'),
    calls: [forgetting('a'), registering('b', 'hello 1.0')],
  },
  {
    title: 'forgetting a machine and registering it with the same evidence',
    prepare: (world) => register(world, 'a', 'hello 1.0'),
    calls: [forgetting('a'), registering('a', 'hello 1.0')],
  },
  {
    title: 'forgetting a machine and registering it with newer evidence',
    prepare: (world) => register(world, 'a', 'hello 1.0'),
    calls: [forgetting('a'), registering('a', 'hello 2.0')],
  },
  {
    title: 'newer evidence of the last clone and a registration of another with the old one',
    prepare: (world) => register(world, 'a', 'hello 1.0'),
    calls: [registering('a', 'hello 2.0'), registering('b', 'hello 1.0')],
  },
  {
    title: 'a fourth archive of a machine and its first one again',
    prepare: async (world) => {
      for (const version of ['1', '2', '3']) await register(world, 'a', `hello ${version}`)
    },
    calls: [registering('a', 'hello 4'), registering('a', 'hello 1')],
  },
  {
    title: 'a sweep that forgets a repository and a machine that comes to use it',
    prepare: async (world) => {
      await register(world, 'a', 'hello 1.0')
      await forgetMachine(world.station, 'a')
    },
    calls: [sweepFleet, registering('b', 'hello 1.0')],
  },
  {
    title: 'a collection and a refresh that finds the old list offered again',
    prepare: async (world) => {
      await register(world, 'a', 'hello 1.0')
      await world.workAll()
      const old = new Map(world.outside)
      world.pass(HOUR)
      await world.publish(['hello 1.6'])
      await askUpdates(world.station, 'a')
      await collectGarbage(world.station)
      world.pass(HOUR)
      for (const [url, body] of old) if (!url.endsWith('InRelease')) world.outside.set(url, body)
      await world.publish(['hello 1.5'])
    },
    calls: [collectGarbage, refreshing],
  },
  {
    title: 'two collections',
    prepare: async (world) => {
      await register(world, 'a', 'hello 1.0')
      await register(world, 'a', 'hello 2.0')
      await collectGarbage(world.station)
      world.pass(HOUR)
    },
    calls: [collectGarbage, collectGarbage],
  },
]

describe('whoever clears away never takes what another comes to need', () => {
  for (const meeting of MEETINGS) {
    it(`${meeting.title}, in ${ORDERS} orders`, { timeout: 120_000 }, async () => {
      const broken: string[] = []
      for (let seed = 1; seed <= ORDERS; seed += 1) {
        const trouble = await meet(meeting, seed)
        if (trouble !== '') broken.push(`seed ${seed}: ${trouble}`)
      }
      expect(broken).toEqual([])
    })
  }

  let release: ReadonlyMap<string, Uint8Array>
  beforeAll(async () => {
    const world = await stationWorld()
    await world.publish(['hello 1.5'])
    release = new Map(world.outside)
    await world.close()
  })

  /** '' when all that is referred to is there afterwards. */
  async function meet({ prepare, calls }: Meeting, seed: number): Promise<string> {
    const world = await stationWorld()
    try {
      for (const [url, body] of release) world.outside.set(url, body)
      await prepare(world)
      const fresh = { ...world.station, cache: openCheckCache() }
      const bound = calls.map((call) => (station: Station) => call(station, world))
      const ends = await interleave(fresh, bound, seededNumbers(seed))
      // Another changed the same thing at the same time: a client repeats.
      for (const [at, end] of ends.entries()) {
        if (end.status === 'fulfilled') continue
        if (!isFault(end.reason, 'conflict')) throw end.reason
        await calls[at]?.(fresh, world)
      }
      expect(await listMissing(world.station)).toEqual([])
      return ''
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      await world.close()
    }
  }
})

function registering(name: string, packages: string) {
  return async (station: Station, world: StationWorld) => {
    const archive = archiveOf({ packages: [packages] }, world.keyring)
    const chunks = (async function* () {
      yield archive
    })()
    await registerMachine(station, { name, archive: chunks, owner: null })
  }
}

function forgetting(name: string) {
  return (station: Station) => forgetMachine(station, name)
}

async function refreshing(station: Station): Promise<void> {
  const [item] = (await station.table.query({ partition: 'repository', limit: 1 })).items
  await refreshRepository(station, item?.sort ?? '', { force: true })
}

async function register(world: StationWorld, name: string, packages: string): Promise<void> {
  await registering(name, packages)(world.station, world)
}

/** A forgetting that dies as soon as the machine is gone. */
async function forgetWithoutSubject(world: StationWorld, name: string): Promise<void> {
  await world.station.table.delete({ partition: 'machine', sort: name })
}

/** The folder of an object; ids are all the same. */
function folderOf(key: string): string {
  return key.replace(/[^/]+$/, '').replace(/[0-9a-f]{64}/, 'ID')
}

async function objects(world: StationWorld): Promise<string[]> {
  return collect(world.station.objects.list(''))
}

async function marks(world: StationWorld): Promise<string[]> {
  return (await world.station.table.query({ partition: MARKS, limit: 100 })).items.map((item) => item.sort)
}
