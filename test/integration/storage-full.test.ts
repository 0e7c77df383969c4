import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import type { EmbeddedData } from '#adapters/embedded/data-folder.ts'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { collect } from '#test/support/collect.ts'
import { mountSmallDisk } from '#test/support/tmpfs.ts'

const FEW_HANDLES = join(import.meta.dirname, '..', 'support', 'few-handles.ts')
const UNAVAILABLE = { code: 'storage_unavailable', retry: true }
const probe = mountSmallDisk(64)
probe?.remove()
const skipped = probe === null ? ' (skipped: this user may not mount a small disk)' : ''

describe.skipIf(probe === null)(`embedded storage on a disk that is full or read-only${skipped}`, () => {
  const disk = mountSmallDisk(4096)
  const folder = join(disk?.folder ?? '', 'data')
  const ballast = join(disk?.folder ?? '', 'ballast')
  let data: EmbeddedData
  beforeEach(async () => {
    data = await openEmbeddedData(folder)
  })
  afterEach(async () => {
    await data.close()
    await rm(folder, { recursive: true })
    await rm(ballast, { force: true })
  })
  afterAll(() => disk?.remove())

  /** Fills what is left of the disk. */
  const fill = async () => {
    await writeFile(ballast, Buffer.alloc(8 * 1024 * 1024)).catch(() => undefined)
  }

  it('says that no space is left, keeps the old object whole and leaves nothing half-written', async () => {
    const old = Buffer.alloc(300_000, 'old')
    await data.objects.put('k', old)
    await fill()
    await expect(data.objects.put('k', Buffer.alloc(300_000, 'new'))).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringContaining('no space is left'),
    })
    await expect(data.objects.put('new', Buffer.alloc(300_000), { expect: 'absent' })).rejects.toMatchObject(
      UNAVAILABLE,
    )

    expect(sha256((await data.objects.get('k'))?.body ?? '')).toBe(sha256(old))
    expect(await collect(data.objects.list(''))).toEqual(['k'])
    expect(await readdir(join(folder, 'temporary'))).toEqual([])
  })

  it('recovers by itself once there is space again, with everything that it had answered', async () => {
    await data.queue.send([{ lane: 'sweep', body: 'early' }])
    await data.table.put({ partition: 'p', sort: 'early', value: 1 })
    await fill()
    let failed = 0
    const kept: string[] = ['early']
    for (let at = 0; at < 40; at += 1) {
      const sort = `item ${at}`
      await data.table.put({ partition: 'p', sort, value: 'x'.repeat(200_000) }).then(
        () => kept.push(sort),
        (error: unknown) => {
          expect(error).toMatchObject(UNAVAILABLE)
          failed += 1
        },
      )
    }
    expect(failed).toBeGreaterThan(0)
    await rm(ballast)
    await data.table.put({ partition: 'p', sort: 'late', value: 1 })
    await data.objects.put('late', Buffer.alloc(100_000))
    await data.close()
    data = await openEmbeddedData(folder)

    const { items } = await data.table.query({ partition: 'p', limit: 1000 })
    expect(items.map((item) => item.sort).toSorted()).toEqual([...kept, 'late'].toSorted())
    expect(await data.queue.receive('sweep', { max: 5, leaseSeconds: 60 })).toMatchObject([{ body: 'early' }])
  })

  it('says that the file system is read-only, still reads, and works on when it no longer is', async () => {
    await data.objects.put('k', Buffer.from('kept'))
    await data.table.put({ partition: 'p', sort: 's', value: 'kept' })
    await data.close()
    disk?.remount('ro')
    try {
      await expect(openEmbeddedData(folder)).rejects.toMatchObject(UNAVAILABLE)
    } finally {
      disk?.remount('rw')
    }
    data = await openEmbeddedData(folder)

    expect(await data.objects.has('k')).toBe(true)
    expect(await data.table.get({ partition: 'p', sort: 's' })).toMatchObject({ value: 'kept' })
  })
})

describe('embedded storage without free file handles', () => {
  it('says that too many files are open, and works on once they are closed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-handles-'))
    const limited = 'ulimit -n 64 && exec "$0" "$@"'
    const child = spawnSync('sh', ['-c', limited, process.execPath, FEW_HANDLES, folder], { encoding: 'utf8' })

    expect(JSON.parse(child.stdout)).toEqual({
      ends: Array(4).fill('storage_unavailable'),
      kept: 'kept',
      keys: ['k', 'late'],
    })
    expect(await readdir(join(folder, 'temporary'))).toEqual([])
    await rm(folder, { recursive: true })
  })
})
