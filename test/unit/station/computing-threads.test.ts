import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { computeCheck } from '#shared/usecases/compute-outcome.ts'
import type { CheckRequest, Understood } from '#shared/usecases/computing.ts'
import { objectKeys } from '#shared/usecases/records.ts'
import { understand } from '#shared/usecases/understand.ts'
import { countThreads, openComputingThreads } from '#station/computing/threads.ts'
import type { ComputingThreads } from '#station/computing/threads.ts'
import { evidenceOf, statusEntry } from '#test/support/apt-evidence.ts'

const evidence = (version: string) =>
  evidenceOf({
    'var/lib/dpkg/status': statusEntry({ Package: 'hello', Version: version }),
    'var/lib/dpkg/arch': 'amd64\n',
    'etc/apt/sources.list': 'deb http://mirror.example.org/debian stable main\n',
  })

const requestOf = ({ subject }: Understood): CheckRequest => ({ ...subject, machineId: null, snapshots: [null] })

describe('openComputingThreads', { timeout: 30_000 }, () => {
  let folder: string
  let objects: ObjectStore
  let threads: ComputingThreads
  const said: string[] = []
  const open = (startAfter: number) =>
    openComputingThreads({
      folder,
      threads: 2,
      log: { ...QUIET_LOG, warn: (event) => void said.push(event) },
      startAfter,
    })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lazaret-threads-'))
    objects = await openFileObjectStore(folder)
    threads = open(0)
    said.length = 0
  })
  afterEach(async () => {
    await threads.close()
    await rm(folder, { recursive: true })
  })

  it('understands evidence and checks a subject as its caller would', async () => {
    const here = understand(evidence('1.0'))
    expect(await threads.understand(evidence('1.0'))).toEqual({
      ...here,
      inventoryBytes: new Uint8Array(here.inventoryBytes),
    })

    await objects.put(objectKeys.inventory(here.inventoryId), here.inventoryBytes)
    const expected = await computeCheck({ objects, cache: openCheckCache() }, requestOf(here))
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, at) => threads.check(requestOf(here), at % 2 === 0 ? 'sweep' : 'interactive')),
    )
    for (const answer of answers) {
      expect(answer).toMatchObject({ updates: expected.updates, unknowns: expected.unknowns })
      expect(Buffer.from(answer?.json ?? '').toString()).toBe(Buffer.from(expected.json).toString())
    }
    expect(expected.unknowns).toBe(1)
  })

  it('says of malformed evidence what its caller would say', async () => {
    const bad = evidenceOf({ 'var/lib/dpkg/status': 'Package: hello\nStatus: nonsense\n\n' })
    let fault: unknown = null
    try {
      understand(bad)
    } catch (error) {
      fault = error
    }

    await expect(threads.understand(bad)).rejects.toMatchObject({
      code: 'evidence_malformed',
      place: { file: 'var/lib/dpkg/status' },
      message: (fault as Error).message,
    })
  })

  it('leaves a check to its caller when the inventory is gone or is not what was stored', async () => {
    const { inventoryId, ...rest } = understand(evidence('2.0'))
    const request = requestOf({ inventoryId, ...rest })
    expect(await threads.check(request, 'sweep')).toBeNull()

    await objects.put(objectKeys.inventory(inventoryId), Buffer.from('something else'))
    expect(await threads.check(request, 'sweep')).toBeNull()
    expect(await objects.has(objectKeys.inventory(inventoryId))).toBe(true)
  })

  it('leaves evidence that should not be in memory twice to its caller', async () => {
    const small = evidence('1.0')
    const files = new Map([...small.files, ['etc/apt/keyrings/x.gpg', new Uint8Array(64 * 1024 * 1024)]])
    expect(await threads.understand({ files })).toBeNull()
    expect(await threads.understand(small)).not.toBeNull()
  })

  it('leaves everything to its callers once several threads have died', async () => {
    const dying = openComputingThreads({
      folder,
      threads: 2,
      log: { ...QUIET_LOG, warn: (event) => void said.push(event) },
      startAfter: 0,
      file: join(folder, 'no-such-thread.mjs'),
    })
    const answers = await Promise.all(Array.from({ length: 20 }, () => dying.understand(evidence('1.0'))))
    expect(new Set(answers)).toEqual(new Set([null]))
    // One more may be on its way when the third is lost.
    expect([3, 4]).toContain(said.length)
    expect(await dying.understand(evidence('1.0'))).toBeNull()
    await dying.close()
  })

  it('leaves everything to its callers while it is asked little, and once it is closed', async () => {
    await threads.close()
    expect(await threads.understand(evidence('1.0'))).toBeNull()

    threads = open(1)
    expect(await threads.understand(evidence('1.0'))).toBeNull()
    expect(await threads.understand(evidence('1.0'))).not.toBeNull()
    const waiting = Array.from({ length: 9 }, () => threads.understand(evidence('1.0')))
    await threads.close()
    expect(await Promise.all(waiting)).toHaveLength(9)
    expect(said).toEqual([])
  })
})

describe('countThreads', () => {
  it.each([
    [1, 0],
    [2, 2],
    [3, 3],
    [64, 4],
  ])('of %i cores gives %i', (cores, threads) => {
    expect(countThreads(cores)).toBe(threads)
  })
})
