import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { describePackage, makeArchive } from '#test/support/hostile-repositories/archive.ts'
import { MIRROR, stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

let opened: StationWorld | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

const Updates = z.object({ updates: z.array(z.object({ name: z.string(), installable: z.boolean() })) })

/** A station whose archive holds what is published: `Package` and whatever else matters of each. */
async function setup() {
  const world = (opened = await stationWorld({ isQuick: true }))
  return {
    world,
    publish: async (packages: readonly Readonly<Record<string, string>>[]) => {
      world.pass(7200)
      const list = Buffer.from(packages.map((fields) => describePackage(fields)).join(''))
      const now = world.station.clock.now()
      for (const [path, behaviour] of await makeArchive({ packages: list }, world.keys, now)) {
        if (behaviour.kind === 'serve') world.outside.set(`${MIRROR}/dists/stable/${path}`, Buffer.from(behaviour.body))
      }
    },
    /** As the schedule would: then what is stored is all that is asked. */
    sweep: async () => {
      await world.station.queue.send([{ lane: 'sweep', body: { kind: 'sweep-fleet' } }])
      await world.workAll()
    },
    updatesOf: async (name: string) =>
      Updates.parse(await (await world.ask('GET', `/v1/machines/${name}/updates`)).json()).updates.map(
        (update) => `${update.name} ${update.installable ? 'goes' : 'stays'}`,
      ),
    checks: () => world.logged.filter((line) => line.includes('check.finished')).length,
  }
}

it('looks again at updates when what they need anew has left the archive', async () => {
  const { world, publish, sweep, updatesOf, checks } = await setup()
  const hello = { Package: 'hello', Version: '2.0', Depends: 'libnew' }
  await publish([hello, { Package: 'libnew', Version: '1.0' }])
  await world.register('one')
  await world.workAll()
  expect(await updatesOf('one')).toEqual(['hello goes'])

  await publish([hello])
  await sweep()
  const before = checks()
  expect(await updatesOf('one')).toEqual(['hello stays'])
  expect(checks()).toBe(before)
})

it('keeps the result of a machine without updates when only packages that it does not have change', async () => {
  const { world, publish, sweep, updatesOf, checks } = await setup()
  const hello = { Package: 'hello', Version: '1.0' }
  await publish([hello, { Package: 'other', Version: '1.0' }])
  await world.register('one')
  await world.workAll()
  const before = checks()

  await publish([hello, { Package: 'other', Version: '2.0' }])
  await sweep()
  expect(await updatesOf('one')).toEqual([])
  expect(checks()).toBe(before)

  await publish([{ ...hello, Version: '3.0' }])
  await sweep()
  expect(await updatesOf('one')).toEqual(['hello goes'])
  expect(checks()).toBe(before + 1)
})

it('brings the results of more subjects up to date than one job looks at', async () => {
  const { world, publish, sweep, updatesOf, checks } = await setup()
  await publish([{ Package: 'hello', Version: '1.0' }])
  for (let at = 0; at < 260; at += 1) await world.register(`m${at}`, { packages: ['hello 1.0', `local${at} 1`] })
  await world.workAll()
  const before = checks()

  await publish([{ Package: 'hello', Version: '2.0' }])
  await sweep()
  expect(checks()).toBe(before + 260)
  expect(await updatesOf('m0')).toEqual(['hello goes'])
  expect(await updatesOf('m259')).toEqual(['hello goes'])
})
