import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { collectGarbage } from '#shared/usecases/collect-garbage.ts'
import { collect } from '#test/support/collect.ts'
import { listUnended, listUnkept, pause } from '#test/support/ask-station.ts'
import { checkIntegrity } from '#test/support/check-integrity.ts'
import { listMissing } from '#test/support/expect-whole.ts'
import { killsOf } from '#test/support/kills.ts'
import { openMisbehavingServer } from '#test/support/misbehaving-server.ts'
import type { MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { readAdminToken, runStation } from '#test/support/run-station.ts'
import type { RunningStation } from '#test/support/run-station.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { openLoad, publishVersion, putLoad, sourceLineOf } from '#test/support/station-load.ts'
import type { Load } from '#test/support/station-load.ts'
import { listMisnamed } from '#test/support/station-losses.ts'
import { tellCount } from '#test/support/tell-count.ts'

const KILLS = killsOf('station')
const SEED = Number(process.env['LAZARET_SEED'] ?? 1)
const MACHINES = ['a', 'b', 'c', 'd', 'e', 'f']
const CLIENTS = 3

describe('a station that is killed', () => {
  let folder: string
  let data: string
  let config: string
  let archive: MisbehavingServer
  const running = new Set<RunningStation>()
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazaret-station-kill-'))
    data = join(folder, 'data')
    config = join(folder, 'lazaret.yaml')
    archive = await openMisbehavingServer()
    await publishVersion(archive, 2)
    await writeFile(config, `internalHosts: ["${archive.host}"]\ntrustOwnSources: false\nanswerWithinSeconds: 10\n`)
  })
  afterEach(async () => {
    for (const station of running) station.process.kill('SIGKILL')
    await archive.close()
    await rm(folder, { recursive: true, force: true })
  })

  it(
    `loses nothing that it answered, shows nothing half-done and ends every accepted check, ${KILLS} times under load`,
    { timeout: 600_000 },
    async () => {
      const random = seededNumbers(SEED)
      const load = openLoad(sourceLineOf(archive))
      let kills = 0
      while (kills < KILLS) {
        const station = start()
        // Some die while they are taking up what the last one left.
        if (random(10) === 0) {
          await pause(random(500))
          await kill(station)
          kills += 1
          continue
        }
        const url = await expectListening(station)
        await expectBetween(load, url)
        if (random(4) === 0) await publishVersion(archive, 2 + kills)
        await killUnderLoad(station, url, load, random)
        kills += 1
      }

      const station = start()
      const url = await expectListening(station)
      await expectBetween(load, url)
      expect(load.accepted.length).toBeGreaterThan(KILLS / 2)
      expect([...load.acknowledged.values()].reduce((sum, number) => sum + number)).toBeGreaterThan(KILLS)
      await expectEnded(load, url)
      expect(load.trouble).toEqual([])
      tellCount('kills of the station', { kills, seed: SEED, accepted: load.accepted.length })
      station.process.kill('SIGTERM')
      expect(await station.ended).toEqual({ code: 0, signal: null })
      await expectStoredWhole(load)
    },
  )

  it('is taken over only once it is dead, and then at once', async () => {
    const first = start()
    const url = await expectListening(first)
    const second = start()
    expect(await second.ended).toEqual({ code: 6, signal: null })
    expect(second.stderr()).toContain('[data_locked]')
    expect(await (await fetch(`${url}/v1/health`)).json()).toMatchObject({ status: 'ok' })

    await kill(first)
    await expectListening(start())
  })

  it('ends in order on SIGTERM: requests under way are answered, and the address is withdrawn', async () => {
    const station = start()
    const url = await expectListening(station)
    const load = openLoad(sourceLineOf(archive))
    const token = await readAdminToken(data)
    let answers = 0
    const client = putLoad(load, {
      url,
      token,
      machines: ['a', 'b'],
      heard: () => {
        answers += 1
        if (answers === 3) station.process.kill('SIGTERM')
      },
    })
    expect(await station.ended).toEqual({ code: 0, signal: null })
    await client
    expect(await readdir(data)).not.toContain('address')
    const next = start()
    await expectBetween(load, await expectListening(next))
  })

  it('goes on after it was stopped for a while, with nothing done twice', async () => {
    const station = start()
    const url = await expectListening(station)
    const load = openLoad(sourceLineOf(archive))
    const token = await readAdminToken(data)
    let answers = 0
    const client = putLoad(load, {
      url,
      token,
      machines: ['a', 'b'],
      heard: () => {
        answers += 1
        if (answers === 4) {
          station.process.kill('SIGSTOP')
          setTimeout(() => station.process.kill('SIGCONT'), 1500)
        }
        if (answers === 12) station.process.kill('SIGKILL')
      },
    })
    await client
    expect((await station.ended).signal).toBe('SIGKILL')
    const next = start()
    const nextUrl = await expectListening(next)
    await expectBetween(load, nextUrl)
    await expectEnded(load, nextUrl)
  })

  function start(): RunningStation {
    const station = runStation({ data, config })
    running.add(station)
    void station.ended.then(() => running.delete(station))
    return station
  }

  /** Clients at work until the station is killed: at some moment, or right after an answer. */
  async function killUnderLoad(station: RunningStation, url: string, load: Load, random: (below: number) => number) {
    const token = await readAdminToken(data)
    const afterAnswers = random(3) === 0 ? 1 + random(12) : Number.POSITIVE_INFINITY
    const delayMs = 50 + random(400)
    // Most live until they have answered something, however slow this machine is at the moment.
    let timer: NodeJS.Timeout | null = null
    const dieSoon = () => (timer ??= setTimeout(() => station.process.kill('SIGKILL'), delayMs))
    if (random(4) === 0) dieSoon()
    let answers = 0
    const heard = () => {
      answers += 1
      dieSoon()
      if (answers >= afterAnswers) station.process.kill('SIGKILL')
    }
    const clients = Array.from({ length: CLIENTS }, (_, at) => {
      const machines = MACHINES.filter((__, place) => place % CLIENTS === at)
      return putLoad(load, { url, token, machines, heard })
    })
    await Promise.all(clients)
    clearTimeout(timer ?? undefined)
    expect(await station.ended).toEqual({ code: null, signal: 'SIGKILL' })
  }

  /** What was answered is there. */
  async function expectBetween(load: Load, url: string): Promise<void> {
    expect(await listUnkept({ url, token: await readAdminToken(data) }, load)).toEqual([])
  }

  /** Every accepted check comes to its end, and no work is left or given up. */
  async function expectEnded(load: Load, url: string): Promise<void> {
    expect(await listUnended({ url, token: await readAdminToken(data) }, load)).toEqual([])
  }

  /** What lies in the folder of a station that has ended. */
  async function expectStoredWhole(load: Load): Promise<void> {
    expect(await readdir(join(data, 'temporary'))).toEqual([])
    expect(checkIntegrity(data)).toBe('ok')

    let passedMs = 0
    const clock = { now: () => new Date(Date.now() + passedMs) }
    const opened = await openEmbeddedData(data, { clock })
    const station = { ...opened, clock, log: QUIET_LOG, cache: openCheckCache() }
    expect(await listMissing(station)).toEqual([])
    for (let day = 0; day < 2; day += 1) {
      await collectGarbage(station)
      passedMs += 86_400_000
    }
    expect(await listMisnamed(opened.objects)).toEqual([])
    const archives = await collect(opened.objects.list('evidence/'))
    expect(archives.length).toBeLessThanOrEqual(3 * MACHINES.length)
    expect(archives.length).toBeGreaterThanOrEqual(load.acknowledged.size)
    for (const key of archives) expect((await opened.objects.get(key))?.body.length).toBeGreaterThan(128 * 1024)
    await opened.close()
  }
})

async function expectListening(station: RunningStation): Promise<string> {
  const url = await station.listening
  if (url === null) throw new Error(`the station ended: ${station.stderr()}`)
  return url
}

async function kill(station: RunningStation): Promise<void> {
  station.process.kill('SIGKILL')
  expect((await station.ended).signal).toBe('SIGKILL')
}
