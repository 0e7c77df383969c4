import { describe, expect, it } from 'vitest'
import { cancelScan } from '#shared/usecases/cancel-scan.ts'
import { scanName } from '#shared/domain/scan/run-name.ts'
import { requestScan } from '#shared/usecases/request-scan.ts'
import { getHistory } from '#shared/usecases/scan-history.ts'
import { getScan, listRuns } from '#shared/usecases/scan-records.ts'
import { sweepLeftovers } from '#shared/usecases/sweep-leftovers.ts'
import { openScanWorld } from '#test/support/scan-world/scan-world.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import type { ScanScript, ScannerScript, ScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import type { GuestScript } from '#test/support/scan-world/scripted-hypervisor.ts'
import { seededNumbers } from '#test/support/seeded.ts'

const FIRST_SEED = Number(process.env['LAZARET_SEED'] ?? 1)
const RUNS = process.env['CI'] === undefined ? 150 : 600

type Choose = (below: number) => number
const pick = <T>(choose: Choose, from: readonly T[]): T => from[choose(from.length)] as T

/**
 * Scanners and hypervisors that do anything, messages in any order, handed out twice or lost, and workers that die between any two
 * effects: every scan ends, everything is as it was before, and only who was looked at counts as examined.
 */
describe('a scan, whatever happens', () => {
  it('ends, puts every machine back, leaves nothing behind and never takes silence for health', async () => {
    const wrong: string[] = []
    for (let seed = FIRST_SEED; seed < FIRST_SEED + RUNS; seed += 1) {
      for (const trouble of await scanWith(seed)) wrong.push(`seed ${seed}: ${trouble}`)
    }

    expect(wrong).toEqual([])
  }, 300_000)
})

async function scanWith(seed: number): Promise<string[]> {
  const choose = seededNumbers(seed)
  const until = { calls: 40 + choose(200) }
  const fails = (call: string) => {
    until.calls -= 1
    // Trouble ends one day: what never works is another test's matter.
    if (until.calls < 0 || call === 'nothing') return null
    const drawn = choose(100)
    return drawn < 6 ? 'unreachable' : drawn < 8 ? 'refused' : null
  }
  const scripts = Array.from({ length: 1 + choose(3) }, () => drawScanner(choose, fails))
  const guests = Array.from({ length: 1 + choose(3) }, (_, at) => drawGuest(choose, at))
  const scanners: ScriptedScanner[] = []
  const world = openScanWorld({
    guests,
    hypervisorFails: fails,
    answers: () => until.calls < 0 || choose(10) > 0,
    settings: { dormantMachines: pick(choose, ['copy', 'start']) },
    scanners: (nowMs) => {
      scripts.forEach((script, at) => scanners.push(openScriptedScanner(`s${at}`, script, nowMs)))
      return scanners
    },
  })
  for (const guest of guests) await world.register(guest.name)
  const machines = guests.map((guest) => ({ name: guest.name, addresses: [] }))
  const scans = [await requestScan(world.station, { machines, owner: null, why: 'asked' })]
  // A second one wants the same machines and places at the same time.
  if (choose(3) === 0) scans.push(await requestScan(world.station, { machines, owner: null, why: 'asked' }))
  if (choose(4) === 0) {
    const after = world.nowMs() + choose(3000) * 1000
    await world.run({
      choose,
      twice: 10,
      lost: 5,
      deaths: 10,
      together: 20,
      stalls: 5,
      done: async () => world.nowMs() >= after,
    })
    await cancelScan(world.station, scans[0]?.id ?? '')
  }
  await world.run({
    choose,
    twice: 10,
    lost: 5,
    deaths: 10,
    together: 20,
    stalls: 5,
    done: async () => allEnded(world.station.table, scans),
  })
  await world.run()
  world.pass(3600)
  for (let sweeps = 0; sweeps < 4; sweeps += 1) {
    await sweepLeftovers(world.station)
    world.pass(600)
  }
  return [
    ...(await findOpen(world, scans)),
    ...guests
      .filter((guest) => world.hypervisor.powers()[guest.name] !== guest.power)
      .map((guest) => `${guest.name} is not back`),
    ...world.hypervisor.copies().map((name) => `the copy ${name} is left`),
    ...scanners.flatMap((scanner) =>
      [...scanner.natives.values()].map(({ name }) => `${name} is left on ${scanner.id}`),
    ),
    ...scanners
      .filter((scanner, at) => scanner.mostAtOnce() > (scripts[at]?.slots ?? 4) * 2)
      .map(({ id }) => `${id} had too many at once`),
    ...(await findFalseHealth(world, scans, scanners)),
  ]
}

type World = ReturnType<typeof openScanWorld>
type Scans = readonly { readonly id: string }[]

async function allEnded(table: World['station']['table'], scans: Scans): Promise<boolean> {
  for (const scan of scans) {
    const { machines } = await listRuns(table, scan.id)
    if ((await getScan(table, scan.id)).value.endedAt === null) return false
    if (machines.some((run) => run.endedAt === null)) return false
  }
  return true
}

async function findOpen({ station }: World, scans: Scans): Promise<string[]> {
  const wrong: string[] = []
  for (const { id } of scans) {
    const { machines, scanners } = await listRuns(station.table, id)
    for (const run of [...machines, ...scanners]) if (run.endedAt === null) wrong.push(`${run.machine} is ${run.phase}`)
    for (const run of scanners) if (run.outcome === null) wrong.push(`${run.machine} ended without outcome`)
    for (const run of scanners) {
      if (run.outcome?.status !== 'done' && run.outcome?.reason === '') wrong.push(`${run.machine} has no reason`)
    }
  }
  const slots = await station.table.query({ partition: 'scanner', limit: 100 })
  if (JSON.stringify(slots.items).includes('/m')) wrong.push('a place on a scanner is still taken')
  const held = await station.table.query({ partition: 'open-scan', limit: 100 })
  if (held.items.length > 0) wrong.push('a scan is still open')
  return wrong
}

/** Only a complete report of the machine makes `done`, and only `done` everywhere makes `examined`. */
async function findFalseHealth({ station }: World, scans: Scans, told: readonly ScriptedScanner[]): Promise<string[]> {
  const wrong: string[] = []
  for (const { id } of scans) {
    const { scanners } = await listRuns(station.table, id)
    for (const run of scanners) {
      const isWhole = told.find((scanner) => scanner.id === run.scanner)?.told.get(scanName(run, run.attempt)) ?? false
      if (run.outcome?.status === 'done' && !(isWhole && run.isTranslated))
        wrong.push(`${run.machine} is done for nothing`)
    }
    for (const machine of new Set(scanners.map((run) => run.machine))) {
      const own = scanners.filter((run) => run.machine === machine)
      const said = (await getHistory(station, machine)).reports.find((report) => report.scan === id)?.examined
      const isAll = own.every((run) => run.outcome?.status === 'done')
      if (said === 'examined' && !isAll) wrong.push(`${machine} counts as examined`)
      if (said !== 'not-examined' && said !== undefined && !own.some((run) => run.isTranslated))
        wrong.push(`${machine} counts as seen`)
    }
  }
  return wrong
}

function drawGuest(choose: Choose, at: number): GuestScript {
  return {
    name: `m${at}`,
    power:
      pick(choose, ['running', 'off', 'paused', 'suspended', 'off']) === 'suspended'
        ? 'paused'
        : pick(choose, ['running', 'off']),
    address: choose(8) === 0 ? null : `10.0.0.${at + 1}`,
    bootSeconds: choose(120),
    ignoresShutDown: choose(4) === 0,
  }
}

function drawScanner(choose: Choose, fails: NonNullable<ScannerScript['fails']>): ScannerScript {
  const scans = Array.from({ length: 8 }, () => drawScan(choose))
  return {
    slots: 1 + choose(3),
    canResume: choose(2) === 0,
    hasControl: choose(10) > 0,
    readiness: Array.from({ length: choose(3) }, () =>
      pick(choose, ['not-ready', 'not-ready', 'not-ready', 'unusable'] as const),
    ),
    scan: (n) => scans[(n - 1) % scans.length] as ScanScript,
    fails,
  }
}

function drawScan(choose: Choose): ScanScript {
  return {
    seconds: choose(8) === 0 ? 'never' : choose(4000),
    requestedSeconds: choose(5) === 0 ? choose(2000) : 0,
    endsAs: pick(choose, ['ended', 'ended', 'ended', 'stopped', 'interrupted', 'gone']),
    ignoresStop: choose(8) === 0,
    report: pick(choose, ['complete', 'complete', 'partial', 'no-hosts', 'broken']),
  }
}
