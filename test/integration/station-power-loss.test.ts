import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDisk } from '#test/support/disk-model.ts'
import { traceDisk } from '#test/support/disk-trace.ts'
import type { TracedCall } from '#test/support/disk-trace.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { listStationLosses, StationSaid } from '#test/support/station-losses.ts'
import { tellCount } from '#test/support/tell-count.ts'

const WORKER = join(import.meta.dirname, '..', 'support', 'station-worker.ts')
const SEED = Number(process.env['LAZARET_SEED'] ?? 1)
const CUTS = Number(process.env['LAZARET_POWER_CUTS'] ?? 100)
const ANSWERS = 60
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
const skipped = canTrace ? '' : ' (skipped: no strace that may trace)'

describe.skipIf(!canTrace)(`a station after a power loss${skipped}`, () => {
  const parent = mkdtempSync(join(tmpdir(), 'lazaret-station-power-'))
  const disk = join(parent, 'disk')
  let calls: readonly TracedCall[]
  beforeAll(async () => {
    mkdirSync(disk)
    const command = [process.execPath, WORKER, join(disk, 'data'), String(ANSWERS)]
    calls = await traceDisk(command, disk, join(parent, 'trace'))
  })
  afterAll(() => rmSync(parent, { recursive: true }))

  it(`has everything that it answered and ends every accepted check, ${CUTS} times`, { timeout: 600_000 }, async () => {
    const { losses, answers } = await cutPower(calls, CUTS)
    tellCount('power losses of the station', { cuts: CUTS, seed: SEED, answers, lost: losses.length })
    expect(losses).toEqual([])
    expect(answers).toBeGreaterThan(CUTS)
  })

  it.each([
    ['folders', (path: string) => path.endsWith('+')],
    ['its first token', (path: string) => path.includes('/admin-token')],
    ['the log of the database', (path: string) => path.endsWith('-wal')],
  ])('would lose something if %s were not synced', async (_, isLeftOut) => {
    const careless = calls.filter((call) => call.kind !== 'sync' || !isLeftOut(call.path))
    expect((await cutPower(careless, 10)).losses.length).toBeGreaterThan(0)
  })

  /** Cuts the power at random places of the trace, half of them right after an answer, and starts a station on what is left. */
  async function cutPower(traced: readonly TracedCall[], cuts: number): Promise<{ losses: string[]; answers: number }> {
    const random = seededNumbers(SEED)
    const lines = traced.filter((call) => call.kind === 'said')
    const end = Math.max(...traced.map((call) => call.ends))
    const places = Array.from({ length: cuts }, (_, at) =>
      at % 2 === 0 ? random(end) : (lines[random(lines.length)]?.begins ?? end),
    )
    const replayed = openDisk(traced, disk)
    const left = join(parent, 'left')
    const losses: string[] = []
    let answers = 0
    for (const place of places.toSorted((one, other) => one - other)) {
      replayed.advanceTo(place)
      const last = lines.findLast((line) => line.begins <= place)
      const said = last === undefined ? null : StationSaid.parse(JSON.parse(last.text))
      replayed.leave(left, random)
      const found = await listStationLosses(join(left, 'data'), said)
      losses.push(...found.map((loss) => `seed ${SEED}, cut at ${place}: ${loss}`))
      for (const [, number] of said?.acknowledged ?? []) answers += number
      await rm(left, { recursive: true })
    }
    return { losses, answers }
  }
})
