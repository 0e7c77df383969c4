import { describe, expect, it } from 'vitest'
import { cancelScan } from '#shared/usecases/cancel-scan.ts'
import { requestScan } from '#shared/usecases/request-scan.ts'
import { listRuns } from '#shared/usecases/scan-records.ts'
import { sweepLeftovers } from '#shared/usecases/sweep-leftovers.ts'
import { workJob } from '#shared/usecases/work-job.ts'
import { openScanWorld } from '#test/support/scan-world/scan-world.ts'
import type { ScanWorld } from '#test/support/scan-world/scan-world.ts'
import type { GuestScript } from '#test/support/scan-world/scripted-hypervisor.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import type { ScannerScript, ScanScript, ScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'

interface Lab {
  readonly world: ScanWorld
  readonly scanner: ScriptedScanner
}

async function lab(
  script: ScannerScript,
  how: {
    guests?: readonly GuestScript[]
    settings?: object
    fails?: (call: string) => 'unreachable' | 'refused' | null
  } = {},
): Promise<Lab> {
  const guests = how.guests ?? [{ name: 'm0', power: 'running', address: '10.0.0.1' }]
  const scanners: ScriptedScanner[] = []
  const world = openScanWorld({
    guests,
    settings: { ...how.settings },
    ...(how.fails !== undefined && { hypervisorFails: how.fails }),
    scanners: (nowMs) => {
      scanners.push(openScriptedScanner('s', script, nowMs))
      return scanners
    },
  })
  for (const guest of guests) await world.register(guest.name)
  const [scanner] = scanners
  if (scanner === undefined) throw new Error('there is no scanner')
  return { world, scanner }
}

async function scan({ world }: Lab, machines = ['m0']): Promise<string> {
  const asked = machines.map((name) => ({ name, addresses: [] }))
  return (await requestScan(world.station, { machines: asked, owner: null, why: 'asked' })).id
}

/** Scans to the end and says how it ended, and after how many minutes. */
async function end(one: Lab, machines?: string[]) {
  const began = one.world.nowMs()
  const id = await scan(one, machines)
  await one.world.run()
  const runs = await listRuns(one.world.station.table, id)
  const [run] = runs.scanners
  const minutes = (Date.parse(run?.endedAt ?? '') - began) / 60_000
  return { ...run?.outcome, minutes, attempts: run?.attempt, machines: runs.machines, scanners: runs.scanners }
}

const always = (script: ScanScript): ScannerScript => ({ scan: () => script })

describe('what a scanner does wrong', () => {
  it.each<[string, ScannerScript, string, RegExp]>([
    ['never begins a scan', always({ seconds: 60, requestedSeconds: 1e9 }), 'failed', /never began it/],
    ['stands still', always({ seconds: 'never' }), 'partial', /no progress for 1 hour/],
    [
      'stands still and does not heed a stop',
      always({ seconds: 'never', ignoresStop: true }),
      'partial',
      /did not end the scan/,
    ],
    ['runs for longer than allowed', always({ seconds: 1e6 }), 'partial', /longer than allowed/],
    ['loses every scan', always({ seconds: 60, endsAs: 'gone' }), 'failed', /no longer knows/],
    ['interrupts the scan', always({ seconds: 60, endsAs: 'interrupted' }), 'partial', /interrupted/],
    [
      'interrupts the scan however often it goes on',
      { ...always({ seconds: 60, endsAs: 'interrupted' }), canResume: true },
      'partial',
      /interrupted/,
    ],
    ['writes a report that breaks off', always({ seconds: 60, report: 'broken' }), 'failed', /breaks off/],
    ['writes a partial report', always({ seconds: 60, report: 'partial' }), 'partial', /timed out/],
    ['looks at no host and is content', always({ seconds: 60, report: 'no-hosts' }), 'not-examined', /no host/],
    [
      'is not ready for days',
      { ...always({ seconds: 60 }), readiness: Array.from({ length: 9999 }, () => 'not-ready' as const) },
      'not-examined',
      /not ready in time: Its feed/,
    ],
    ['wants another password', { ...always({ seconds: 60 }), readiness: ['unusable'] }, 'failed', /password/],
    ['cannot be driven', { ...always({ seconds: 60 }), hasControl: false }, 'not-examined', /import/],
    [
      'refuses to create',
      { ...always({ seconds: 60 }), fails: (call) => (call === 'create' ? 'refused' : null) },
      'failed',
      /refuses to create/,
    ],
    [
      'dies in the middle of creating',
      { ...always({ seconds: 60 }), fails: (call) => (call === 'create-second-half' ? 'unreachable' : null) },
      'done',
      /^$/,
    ],
    [
      'never gives its report out',
      { ...always({ seconds: 60 }), fails: (call) => (call === 'collect-second-half' ? 'unreachable' : null) },
      'failed',
      /does not answer to collect/,
    ],
  ])('ends as it should where it %s', async (_, script, status, reason) => {
    const one = await lab(script)
    const ended = await end(one)

    expect([ended.status, ended.reason]).toEqual([status, expect.stringMatching(reason)])
    expect([...one.scanner.natives.values()].map(({ name }) => name)).toEqual([])
  })

  it('begins a lost scan anew once, and takes the second', async () => {
    const one = await lab({ scan: (n) => ({ seconds: 60, endsAs: n === 1 ? 'gone' : 'ended' }) })

    expect(await end(one)).toMatchObject({ status: 'done', attempts: 2 })
  })

  it('goes on watching while the scanner does not answer', async () => {
    let looks = 0
    const fails = (call: string) => {
      if (call === 'look') looks += 1
      return call === 'look' && looks > 3 && looks < 12 ? ('unreachable' as const) : null
    }

    expect(await end(await lab({ ...always({ seconds: 1800 }), fails }))).toMatchObject({ status: 'done', reason: '' })
  })

  it('uses no more places than it has, and serves everybody in the end', async () => {
    const guests = [0, 1, 2, 3, 4].map((at) => ({
      name: `m${at}`,
      power: 'running' as const,
      address: `10.0.0.${at + 1}`,
    }))
    const one = await lab({ slots: 2, scan: () => ({ seconds: 600 }) }, { guests })
    const ended = await end(
      one,
      guests.map((guest) => guest.name),
    )

    expect(ended.scanners.map((run) => run.outcome?.status)).toEqual(['done', 'done', 'done', 'done', 'done'])
    expect(one.scanner.mostAtOnce()).toBe(2)
  })
})

describe('a machine that is not running', () => {
  const off = [{ name: 'm0', power: 'off', address: '10.0.0.1', bootSeconds: 30 }] as const

  it('is scanned as a copy that is gone afterwards, and itself never started', async () => {
    const one = await lab(always({ seconds: 60 }), { guests: off })
    const ended = await end(one)

    expect([ended.status, ended.machines[0]?.plan]).toEqual(['done', 'copy'])
    expect([one.world.hypervisor.powers(), one.world.hypervisor.copies()]).toEqual([{ m0: 'off' }, []])
  })

  it('leaves no copy where it could be made only in half', async () => {
    const fails = (call: string) => (call === 'quarantine-second-half' ? ('refused' as const) : null)
    const one = await lab(always({ seconds: 60 }), { guests: off, fails })
    const ended = await end(one)

    expect(ended).toMatchObject({ status: 'not-examined', reason: expect.stringContaining('refuses to quarantine') })
    expect(one.world.hypervisor.copies()).toEqual([])
  })

  it.each([
    ['off', 'start'],
    ['paused', 'resume'],
  ] as const)('that is %s is put back although the scan fails', async (power, plan) => {
    const guests = [{ name: 'm0', power, address: '10.0.0.1', ignoresShutDown: true }]
    const one = await lab(always({ seconds: 60, report: 'broken' }), { guests, settings: { dormantMachines: 'start' } })
    const ended = await end(one)

    expect([ended.status, ended.machines[0]?.plan, ended.machines[0]?.isRestored]).toEqual(['failed', plan, true])
    expect(one.world.hypervisor.powers()).toEqual({ m0: power })
  })

  it('is put back when the scan is cancelled while it starts', async () => {
    const one = await lab(always({ seconds: 60 }), { guests: off, settings: { dormantMachines: 'start' } })
    const id = await scan(one)
    await one.world.run({ done: async () => one.world.hypervisor.powers()['m0'] === 'running' })
    await cancelScan(one.world.station, id)
    await one.world.run()
    const { scanners } = await listRuns(one.world.station.table, id)

    expect(scanners[0]?.outcome?.status).toBe('cancelled')
    expect(one.world.hypervisor.powers()).toEqual({ m0: 'off' })
  })

  it('is put back by the sweep where the hypervisor did not answer for days', async () => {
    let isGone = true
    const fails = (call: string) =>
      isGone && (call === 'shutDown' || call === 'stop') ? ('unreachable' as const) : null
    const one = await lab(always({ seconds: 60 }), { guests: off, fails, settings: { dormantMachines: 'start' } })
    const ended = await end(one)
    const before = one.world.hypervisor.powers()['m0']
    isGone = false
    for (const seconds of [0, 600]) {
      one.world.pass(seconds)
      await sweepLeftovers(one.world.station)
    }

    expect([ended.status, ended.machines[0]?.isRestored, before]).toEqual(['done', false, 'running'])
    expect(one.world.hypervisor.powers()['m0']).toBe('off')
  })

  it('is put back although a worker that everybody took for dead starts it after the end of the scan', async () => {
    const one = await lab(always({ seconds: 60 }), { guests: off, settings: { dormantMachines: 'start' } })
    const { world } = one
    const id = await scan(one)
    const machine = async () => (await listRuns(world.station.table, id)).machines[0]
    await world.run({ done: async () => (await machine())?.phase === 'powering' })
    const gate = Promise.withResolvers<void>()
    const { scanning } = world.station
    if (scanning === undefined) throw new Error('nothing is scanned here')
    const start = async (guest: string) => {
      await gate.promise
      await world.hypervisor.start(guest)
    }
    const slow = { ...world.station, scanning: { ...scanning, hypervisors: [{ ...world.hypervisor, start }] } }
    const late = Promise.all(world.queue.due().map((message) => workJob(slow, world.queue.take(message, 300))))
    await cancelScan(world.station, id)
    world.pass(3600)
    await world.run()
    const before = (await machine())?.isRestored
    gate.resolve()
    await late
    const after = world.hypervisor.powers()['m0']
    for (const seconds of [3600, 600, 600]) {
      world.pass(seconds)
      await sweepLeftovers(world.station)
    }

    expect([before, after, world.hypervisor.powers()['m0']]).toEqual([true, 'running', 'off'])
  })

  it('waits for the scan that has it, and is scanned after that', async () => {
    const one = await lab(always({ seconds: 600 }), { guests: off, settings: { dormantMachines: 'start' } })
    const ids = [await scan(one), await scan(one)]
    await one.world.run()
    const runs = await Promise.all(ids.map((id) => listRuns(one.world.station.table, id)))

    expect(runs.map(({ scanners }) => scanners[0]?.outcome?.status)).toEqual(['done', 'done'])
    expect(one.scanner.mostAtOnce()).toBe(1)
  })
})

describe('a machine without an address to scan', () => {
  it.each([
    ['no hypervisor knows it', [], /No hypervisor knows it/],
    ['it never gets an address', [{ name: 'm0', power: 'running', address: null }], /It has no address/],
    [
      'its address is outside of the networks',
      [{ name: 'm0', power: 'running', address: '192.168.7.7' }],
      /192\.168\.7\.7 is not scanned/,
    ],
  ] as const)('is not-examined where %s', async (_, guests, reason) => {
    const one = await lab(always({ seconds: 60 }), { guests })
    await one.world.register('m0')
    const ended = await end(one)

    expect([ended.status, ended.reason]).toEqual(['not-examined', expect.stringMatching(reason)])
    expect(one.scanner.told.size).toBe(0)
  })
})
