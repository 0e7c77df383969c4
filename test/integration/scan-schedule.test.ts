import { describe, expect, it } from 'vitest'
import { forgetScans } from '#shared/usecases/forget-scans.ts'
import { requestScan } from '#shared/usecases/request-scan.ts'
import { getHistory } from '#shared/usecases/scan-history.ts'
import { getScan } from '#shared/usecases/scan-records.ts'
import { askForSlot } from '#shared/usecases/scanner-slots.ts'
import { listScans } from '#shared/usecases/show-scan.ts'
import { stationIdentity } from '#shared/usecases/station-identity.ts'
import { sweepLeftovers } from '#shared/usecases/sweep-leftovers.ts'
import { tendScans } from '#shared/usecases/tend-scans.ts'
import { collect } from '#test/support/collect.ts'
import { openScanWorld } from '#test/support/scan-world/scan-world.ts'
import type { ScanWorld } from '#test/support/scan-world/scan-world.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import type { ScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'

async function lab(settings: object): Promise<{ world: ScanWorld; scanners: ScriptedScanner[] }> {
  const scanners: ScriptedScanner[] = []
  const guests = ['m0', 'm1'].map((name, at) => ({ name, power: 'running' as const, address: `10.0.0.${at + 1}` }))
  const world = openScanWorld({
    guests,
    settings: { ...settings },
    scanners: (nowMs) => {
      scanners.push(openScriptedScanner('s', { scan: () => ({ seconds: 60 }) }, nowMs))
      return scanners
    },
  })
  for (const { name } of guests) await world.register(name)
  return { world, scanners }
}

const scansOf = async ({ station }: ScanWorld) =>
  (await listScans(station, { owner: null, limit: 100, cursor: null })).items

describe('the schedule of scans', () => {
  it('scans every machine whose report is older than it wants, once', async () => {
    const { world } = await lab({ scanSchedule: { everyDays: 7 } })
    await tendScans(world.station)
    await tendScans(world.station)
    await world.run()
    const first = await scansOf(world)
    world.pass(6 * 86_400)
    await tendScans(world.station)
    const early = await scansOf(world)
    world.pass(86_400)
    await tendScans(world.station)
    const later = await scansOf(world)

    expect(first.map(({ machines, why, status }) => [machines, why, status])).toEqual([
      [['m0', 'm1'], 'schedule', 'ended'],
    ])
    expect((await getHistory(world.station, 'm0')).reports.map((report) => report.examined)).toEqual(['examined'])
    expect([early.length, later.length]).toEqual([1, 2])
  })

  it('waits for its window', async () => {
    const window = { days: ['mon'], from: '22:00', to: '23:00' }
    const { world } = await lab({ scanSchedule: { everyDays: 7, machines: ['m1'] }, scanWindows: [window] })
    await tendScans(world.station)
    const outside = await scansOf(world)
    // The world begins on a Monday at midnight.
    world.pass(22.5 * 3600)
    await tendScans(world.station)
    const inside = await scansOf(world)

    expect([outside.length, inside.map((scan) => scan.machines)]).toEqual([0, [['m1']]])
  })

  it('scans nothing where it is not wanted', async () => {
    const { world } = await lab({})
    await tendScans(world.station)

    expect(await scansOf(world)).toEqual([])
  })
})

describe('the tending of scans', () => {
  it('brings a scan to its end whose messages were all lost', async () => {
    const { world } = await lab({})
    const machines = [{ name: 'm0', addresses: [] }]
    const { id } = await requestScan(world.station, { machines, owner: null, why: 'asked' })
    for (const message of world.queue.due()) world.queue.lose(message)
    await world.run({ done: async () => (await getScan(world.station.table, id)).value.endedAt !== null, maxDays: 1 })

    expect((await getHistory(world.station, 'm0')).reports[0]).toMatchObject({ scan: id, examined: 'examined' })
  })
})

describe('the sweep of leftovers', () => {
  it('removes what a scan that nobody knows left, and nothing of another station or of people', async () => {
    const { world, scanners } = await lab({})
    const own = await stationIdentity(world.station)
    const names = [
      `lazaret-${own}-z6rmtbzffffff-aaaaaaaa-1-m0`,
      'lazaret-000000-z6rmtbzffffff-aaaaaaaa-1-m0',
      `lazaret-${own}-notes of a person`,
      'weekly scan',
    ]
    for (const name of names) await scanners[0]?.create({ name, addresses: [] }, async () => undefined)
    await sweepLeftovers(world.station)

    expect([...(scanners[0]?.natives.values() ?? [])].map(({ name }) => name)).toEqual(names.slice(1))
  })

  it('frees places of whoever is gone', async () => {
    const { world } = await lab({})
    await askForSlot(world.station, { scan: 'gone', machine: 'm0', scanner: 's' }, 1)
    const before = await askForSlot(world.station, { scan: 'new', machine: 'm0', scanner: 's' }, 1)
    await sweepLeftovers(world.station)

    expect([before, await askForSlot(world.station, { scan: 'new', machine: 'm0', scanner: 's' }, 1)]).toEqual([
      'Every place on it is taken.',
      null,
    ])
  })

  it('leaves alone what a scan that is under way needs', async () => {
    const { world, scanners } = await lab({})
    const machines = [{ name: 'm0', addresses: [] }]
    await requestScan(world.station, { machines, owner: null, why: 'asked' })
    await world.run({ done: async () => scanners[0]?.natives.size === 1 })
    await sweepLeftovers(world.station)
    await world.run()

    expect((await getHistory(world.station, 'm0')).reports[0]?.examined).toBe('examined')
  })
})

describe('the forgetting of scans', () => {
  it('removes what ended long ago, with all that was stored of it, and nothing newer', async () => {
    const { world } = await lab({ scanKeptDays: 30 })
    const machines = [{ name: 'm0', addresses: [] }]
    const old = await requestScan(world.station, { machines, owner: 'alice', why: 'asked' })
    await world.run()
    world.pass(29 * 86_400)
    const young = await requestScan(world.station, { machines, owner: null, why: 'asked' })
    await world.run()
    const early = await forgetScans(world.station)
    world.pass(2 * 86_400)
    const late = await forgetScans(world.station)
    const objects = await collect(world.station.objects.list('scan-reports/'))

    expect([early, late, (await scansOf(world)).map((scan) => scan.id)]).toEqual([0, 1, [young.id]])
    expect(objects.filter((key) => key.includes(old.id))).toEqual([])
    expect(objects.filter((key) => key.includes(young.id))).not.toEqual([])
    expect((await world.station.table.query({ partition: `scan-runs/${old.id}`, limit: 10 })).items).toEqual([])
  })
})
