import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { DATABASE_FILE } from '#adapters/embedded/data-folder.ts'
import { openDisk } from '#test/support/disk-model.ts'
import { traceDisk } from '#test/support/disk-trace.ts'
import type { TracedCall } from '#test/support/disk-trace.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { hear, listLostJobs, listStorageLosses, nothingSaid } from '#test/support/storage-losses.ts'
import { tellCount } from '#test/support/tell-count.ts'

const WORKER = join(import.meta.dirname, '..', 'support', 'storage-worker.ts')
const SEED = Number(process.env['LAZARET_SEED'] ?? 1)
const CUTS = Number(process.env['LAZARET_POWER_CUTS'] ?? 100)
const ROUNDS = 100
const BODY_BYTES = 12_000
const canTrace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0
const skipped = canTrace ? '' : ' (skipped: no strace that may trace)'

describe.skipIf(!canTrace)(`embedded storage after a power loss${skipped}`, () => {
  const parent = mkdtempSync(join(tmpdir(), 'lazaret-power-'))
  const disk = join(parent, 'disk')
  let calls: readonly TracedCall[]
  beforeAll(async () => {
    const command = [process.execPath, WORKER, join(disk, 'data'), '1', String(ROUNDS), String(BODY_BYTES)]
    mkdirSync(disk)
    calls = await traceDisk(command, disk, join(parent, 'trace'))
  })
  afterAll(() => rmSync(parent, { recursive: true }))

  it(`has everything that it answered, whole, ${CUTS} times`, { timeout: 300_000 }, async () => {
    const { losses, answers } = await cutPower(calls, CUTS)
    tellCount('power losses of the storage', { cuts: CUTS, seed: SEED, answers, lost: losses.length })
    expect(losses).toEqual([])
    expect(answers).toBeGreaterThan(CUTS)
  })

  it('was traced while its database took in the log, twice and more', () => {
    const opened = calls.find((call) => call.kind === 'said')?.begins ?? 0
    const isSync = (call: TracedCall) => call.kind === 'sync' && call.begins > opened
    expect(calls.filter(isOfDatabase).filter(isSync).length).toBeGreaterThan(1)
  })

  it.each([
    ['folders', (path: string) => path.endsWith('+') || path.endsWith('/objects')],
    ['objects', (path: string) => path.includes('/temporary/')],
    ['the log of the database', (path: string) => path.endsWith('-wal')],
    ['the database', (path: string) => path.endsWith('.sqlite')],
  ])('would lose something if %s were not synced', async (_, isLeftOut) => {
    const careless = calls.filter((call) => call.kind !== 'sync' || !isLeftOut(call.path))
    expect((await cutPower(careless, CUTS / 4)).losses.length).toBeGreaterThan(0)
  })

  /**
   * Cuts the power at random places of the trace, a third of them right after an answer, a third while the database takes in its log,
   * and looks what is left.
   */
  async function cutPower(traced: readonly TracedCall[], cuts: number): Promise<{ losses: string[]; answers: number }> {
    const random = seededNumbers(SEED)
    const lines = traced.filter((call) => call.kind === 'said')
    const ofDatabase = traced.filter(isOfDatabase)
    const end = Math.max(...traced.map((call) => call.ends))
    const moments = [
      () => random(end),
      () => lines[random(lines.length)]?.begins ?? end,
      // A little after its log was taken in, or in the middle of that.
      () => (ofDatabase[random(ofDatabase.length)]?.begins ?? end) + random(8),
    ]
    const places = Array.from({ length: cuts }, (_, at) => moments[at % moments.length]?.() ?? end)
    const replayed = openDisk(traced, disk)
    const left = join(parent, 'left')
    const said = nothingSaid()
    const losses: string[] = []
    let heard = 0
    let answers = 0
    for (const place of places.toSorted((one, other) => one - other)) {
      replayed.advanceTo(place)
      for (; (lines[heard]?.begins ?? end + 1) <= place; heard += 1) hear(said, lines[heard]?.text ?? '')
      replayed.leave(left, random)
      const found = await listStorageLosses(join(left, 'data'), said)
      if (found.length === 0) found.push(...(await listLostJobs(join(left, 'data'), said)))
      losses.push(...found.map((loss) => `seed ${SEED}, cut at ${place}: ${loss}`))
      answers += [...said.kept.values()].reduce((sum, number) => sum + number, 0)
      await rm(left, { recursive: true })
    }
    return { losses, answers }
  }
})

function isOfDatabase(call: TracedCall): boolean {
  return 'path' in call && call.path.endsWith(`/${DATABASE_FILE}`)
}
