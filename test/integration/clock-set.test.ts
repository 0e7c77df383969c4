import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { collectGarbage } from '#shared/usecases/collect-garbage.ts'
import { claimObject, markKey } from '#shared/usecases/keep-object.ts'
import { findRepository } from '#shared/usecases/records.ts'
import { takeLease } from '#shared/usecases/repository-lease.ts'
import { answered } from '#test/support/answered.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

const DAY_SECONDS = 86_400

describe('a clock that is set', () => {
  let world: StationWorld
  beforeEach(async () => {
    world = await stationWorld()
  })
  afterEach(() => world.close())

  it('a day back frees a repository whose lease was taken before, and no other', async () => {
    await world.register('a')
    const { items } = await world.station.table.query({ partition: 'repository', limit: 1 })
    const take = async () => {
      const found = await findRepository(world.station.table, items[0]?.sort ?? '')
      return found === null ? null : takeLease(world.station, found.value, found.version)
    }
    expect(await take()).not.toBeNull()
    expect(await take()).toBeNull()
    world.pass(-DAY_SECONDS)

    expect(await take()).not.toBeNull()
    expect(await take()).toBeNull()
  })

  it('a day back frees an object whose deletion was announced before', async () => {
    const now = world.station.clock.now().getTime()
    const value = { since: new Date(now).toISOString(), goesUntil: new Date(now + 60_000).toISOString() }
    await world.station.table.put({ ...markKey('subjects/one'), value })
    await expect(claimObject(world.station, 'subjects/one')).rejects.toMatchObject({ code: 'conflict' })
    world.pass(-DAY_SECONDS)

    expect(await claimObject(world.station, 'subjects/one')).toBe(true)
  })

  it('a day forward does not fail a check that waits', async () => {
    await world.register('a')
    const accepted = await answered(await world.ask('POST', '/v1/checks', { json: { machine: 'a' } }))
    world.pass(DAY_SECONDS + 1)
    await collectGarbage(world.station)
    const check = async () => (await answered(await world.ask('GET', `/v1/checks/${accepted.id}`))).status
    expect(await check()).toBe('queued')
    await world.workAll()

    expect(await check()).toBe('done')
  })

  it('a week forward gives up a check that nobody takes', async () => {
    await world.register('a')
    const accepted = await answered(await world.ask('POST', '/v1/checks', { json: { machine: 'a' } }))
    world.pass(7 * DAY_SECONDS + 1)
    await collectGarbage(world.station)

    expect((await answered(await world.ask('GET', `/v1/checks/${accepted.id}`))).status).toBe('failed')
  })
})
