import { connect } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Asked } from '#test/support/ask-station.ts'
import { askStation, listUnended, listUnkept, pause } from '#test/support/ask-station.ts'
import { checkIntegrity } from '#test/support/check-integrity.ts'
import { openMisbehavingServer } from '#test/support/misbehaving-server.ts'
import type { MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { readAdminToken, runStation } from '#test/support/run-station.ts'
import type { RunningStation } from '#test/support/run-station.ts'
import { makeArchive, stanza } from '#test/support/signed-archive.ts'
import { openLoad, publishVersion, putLoad, sourceLineOf } from '#test/support/station-load.ts'
import type { Load } from '#test/support/station-load.ts'
import { mountSmallDisk } from '#test/support/tmpfs.ts'
import type { SmallDisk } from '#test/support/tmpfs.ts'

const probe = mountSmallDisk(64)
const canMount = probe !== null
probe?.remove()
const SUPPORT = join(import.meta.dirname, '..', 'support')
const DAY_MS = 86_400_000
const RELEASE = '/debian/dists/stable/Release'
/** Publishes a version beside the earlier ones, by hash, and returns its Release. */
async function releaseOf(archive: MisbehavingServer, version: number): Promise<Uint8Array> {
  const index = stanza({ Package: 'p0', Version: String(version) })
  const { files } = await makeArchive({ indexes: { 'main/amd64': index }, byHash: true, date: new Date() })
  for (const [path, body] of files) {
    if (path.includes('/by-hash/')) archive.set(`/debian/dists/stable/${path}`, { kind: 'serve', body })
  }
  return files.get('Release') ?? new Uint8Array()
}

async function waitFor(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 20_000
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it does not come about')
    await pause(20)
  }
}

const Updates = z.looseObject({
  freshness: z.string(),
  updates: z.array(z.looseObject({ name: z.string(), candidate: z.string().nullable() })),
})

describe('a station in trouble', () => {
  let folder: string
  let data: string
  let config: string
  let clock: string
  let archive: MisbehavingServer
  let load: Load
  const running = new Set<RunningStation>()
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazaret-station-faults-'))
    data = join(folder, 'data')
    config = join(folder, 'lazaret.yaml')
    clock = join(folder, 'clock')
    await setClock(0)
    archive = await openMisbehavingServer()
    await publishVersion(archive, 2)
    await writeFile(config, `internalHosts: ["${archive.host}"]\ntrustOwnSources: false\nanswerWithinSeconds: 10\n`)
    load = openLoad(sourceLineOf(archive))
  })
  afterEach(async () => {
    for (const station of running) station.process.kill('SIGKILL')
    await Promise.all(Array.from(running, (station) => station.ended))
    await archive.close()
    await rm(folder, { recursive: true, force: true })
  })

  it.each([
    ['forward', DAY_MS],
    ['back', -DAY_MS],
  ])('loses nothing and goes on by itself when its clock is set a day %s, and right again', async (_, shiftMs) => {
    const asked = await start(withClock())
    await work(asked, 4)
    await setClock(shiftMs)
    await work(asked, 4)
    archive.set(RELEASE, { kind: 'status', status: 503 })
    await work(asked, 4)
    expect(await listUnended(asked, load)).toEqual([])
    expect((await askUpdates(asked)).freshness).not.toBe('fresh')
    await publishVersion(archive, 3)
    await setClock(0)

    const { freshness, updates } = await askUpdates(asked)
    expect({ freshness, candidate: updates[0]?.candidate }).toEqual({ freshness: 'fresh', candidate: '3' })
    await work(asked, 4)
    expect(await listUnkept(asked, load)).toEqual([])
    expect(await listUnended(asked, load)).toEqual([])
    expect(load.trouble).toEqual([])
  })

  it('does work anew that was stopped for longer than its lease, and refuses what the first one still writes', async () => {
    const asked = await start(withClock())
    const { station } = asked
    const slow = await releaseOf(archive, 2)
    const quick = await releaseOf(archive, 3)
    archive.set(RELEASE, {
      kind: 'in-turn',
      steps: [
        { kind: 'drip', body: slow, everyMs: Math.ceil(3000 / slow.length) },
        { kind: 'serve', body: quick },
      ],
    })
    await register(asked, 'a')
    await waitFor(() => asksFor(RELEASE) === 1)
    station.process.kill('SIGSTOP')
    await setClock(400_000)
    await pause(200)
    station.process.kill('SIGCONT')

    await waitFor(() => asksFor(RELEASE) === 2)
    await waitFor(() => station.stderr().includes('"job.failed"'))
    expect(await listUnended(asked, load)).toEqual([])
    const { freshness, updates } = await askUpdates(asked)
    expect({ freshness, updates }).toMatchObject({ freshness: 'fresh', updates: [{ name: 'p0', candidate: '3' }] })
    expect(asksFor(RELEASE)).toBe(2)
    expect(station.stderr().match(/"repository\.refreshed"/g)).toHaveLength(1)
    expect(station.stderr().match(/"job\.failed".*was changed by someone else/g)).toHaveLength(1)
  })

  it('keeps its folder while it is stopped, and whoever comes after its death does what it had begun', async () => {
    const first = await start()
    const { station } = first
    archive.set(RELEASE, {
      kind: 'in-turn',
      steps: [{ kind: 'silent' }, { kind: 'serve', body: await releaseOf(archive, 3) }],
    })
    await work(first, 2)
    await waitFor(() => asksFor(RELEASE) === 1)
    station.process.kill('SIGSTOP')
    const second = runStation({ data, config })
    expect(await second.ended).toEqual({ code: 6, signal: null })
    expect(second.stderr()).toContain('[data_locked]')

    station.process.kill('SIGKILL')
    await station.ended
    const asked = await start()
    expect(await listUnkept(asked, load)).toEqual([])
    expect(await listUnended(asked, load)).toEqual([])
    expect(load.accepted).toHaveLength(1)
    expect((await askUpdates(asked)).updates).toMatchObject([{ name: 'p0', candidate: '3' }])
  })

  it('loses nothing that it answered when its memory ends', async () => {
    const { station, ...asked } = await start({
      node: ['--max-old-space-size=128', '--import', join(SUPPORT, 'memory-eater.ts')],
    })
    let heard = 0
    const client = {
      ...asked,
      machines: ['a', 'b'],
      heard: () => {
        heard += 1
        if (heard === 6) station.process.kill('SIGUSR2')
      },
    }
    await putLoad(load, client)
    expect((await station.ended).signal).toBe('SIGABRT')
    expect(station.stderr()).toContain('heap out of memory')

    const next = await start()
    expect(await listUnkept(next, load)).toEqual([])
    expect(await listUnended(next, load)).toEqual([])
    expect(load.trouble).toEqual([])
  })

  it('says that it has no file handles left, and goes on by itself once it has', async () => {
    const asked = await start({ ulimit: '-n 96' })
    await work(asked, 4)
    const { port } = new URL(asked.url)
    const sockets = Array.from({ length: 120 }, () => connect(Number(port), '127.0.0.1').on('error', () => undefined))
    await pause(500)
    await work(asked, 2)
    const refused = load.trouble.splice(0)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) expect(answer).toMatch(/^503 .*storage_unavailable.*too many files are open/)

    for (const socket of sockets) socket.destroy()
    await pause(500)
    await work(asked, 4)
    expect(load.trouble).toEqual([])
    expect(await listUnkept(asked, load)).toEqual([])
    expect(await listUnended(asked, load)).toEqual([])
  })

  describe.skipIf(!canMount)(`on a small disk${canMount ? '' : ' (skipped: this user may not mount one)'}`, () => {
    let disk: SmallDisk | null
    beforeEach(() => {
      disk = mountSmallDisk(24 * 1024)
      data = join(disk?.folder ?? folder, 'data')
    })
    afterEach(async () => {
      for (const station of running) station.process.kill('SIGKILL')
      await Promise.all(Array.from(running, (station) => station.ended))
      disk?.remove()
    })

    it('refuses evidence while the disk is full, answers questions, and goes on by itself once there is space', async () => {
      const asked = await start()
      await work(asked, 4)
      const ballast = join(disk?.folder ?? folder, 'ballast')
      await writeFile(ballast, Buffer.alloc(32 * 1024 * 1024)).catch(() => undefined)
      await work(asked, 4)
      const refused = load.trouble.splice(0)
      expect(refused.length).toBeGreaterThan(0)
      for (const answer of refused) expect(answer).toMatch(/^503 .*storage_unavailable/)
      expect(await listUnkept(asked, load)).toEqual([])
      expect((await askUpdates(asked)).updates.length).toBeGreaterThan(0)

      await rm(ballast)
      await work(asked, 4)
      expect(load.trouble).toEqual([])
      expect(await listUnkept(asked, load)).toEqual([])
      expect(await listUnended(asked, load)).toEqual([])
      expect(checkIntegrity(data)).toBe('ok')
    })

    it('says that the disk is read-only, and has everything once it no longer is', async () => {
      const first = await start()
      const { station } = first
      await work(first, 4)
      station.process.kill('SIGKILL')
      await station.ended
      disk?.remount('ro')
      const refused = runStation({ data, config })
      expect(await refused.ended).toMatchObject({ signal: null })
      disk?.remount('rw')
      expect(refused.stderr()).toContain('read-only')

      const asked = await start()
      expect(await listUnkept(asked, load)).toEqual([])
      expect(await listUnended(asked, load)).toEqual([])
    })
  })

  /** How often a path was asked for. */
  function asksFor(path: string): number {
    return archive.requests.filter((request) => request.path === path).length
  }

  async function askUpdates(asked: Asked) {
    return Updates.parse(await askStation(asked, '/v1/machines/a/updates'))
  }

  function withClock() {
    return { node: ['--import', join(SUPPORT, 'shifted-clock.ts')], env: { CLOCK_SHIFT: clock } }
  }

  async function setClock(shiftMs: number): Promise<void> {
    await writeFile(clock, String(shiftMs))
  }

  async function start(how: Partial<Parameters<typeof runStation>[0]> = {}) {
    const station = runStation({ data, config, ...how })
    running.add(station)
    void station.ended.then(() => running.delete(station))
    const url = await station.listening
    if (url === null) throw new Error(`the station ended: ${station.stderr()}`)
    return { url, token: await readAdminToken(data), station }
  }

  /** Without a check that someone asked for: that would look at the repository once more. */
  async function register(asked: Asked, machine: string): Promise<void> {
    const response = await fetch(`${asked.url}/v1/machines/${machine}/evidence`, {
      method: 'PUT',
      body: new Uint8Array(load.archiveOf(machine, 1)),
      headers: { authorization: `Bearer ${asked.token}`, 'content-type': 'application/gzip' },
    })
    expect(response.status).toBe(201)
  }

  /** Registers two machines again, until the station has given so many answers. */
  async function work(asked: Asked, answers: number): Promise<void> {
    let heard = 0
    const client = { ...asked, machines: ['a', 'b'], heard: () => (heard += 1), hasEnough: () => heard >= answers }
    await putLoad(load, client)
  }
})
