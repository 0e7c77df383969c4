import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DATABASE_FILE, openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import { requireSafeSqlite } from '#adapters/embedded/storing/database.ts'
import { collect } from '#test/support/collect.ts'

const WORKER = join(import.meta.dirname, '..', '..', '..', 'support', 'storage-worker.ts')

describe('openEmbeddedData', () => {
  let parent: string
  let folder: string
  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'lazaret-data-'))
    folder = join(parent, 'deep', 'data')
  })
  afterEach(() => rm(parent, { recursive: true }))

  it('makes a folder that is its owner’s alone, with all that is in it', async () => {
    const data = await openEmbeddedData(folder)
    await data.objects.put('a/b', Buffer.from('x'))
    const names = await readdir(folder, { recursive: true })
    const modes = await Promise.all(['', ...names].map(async (name) => (await stat(join(folder, name))).mode & 0o077))

    expect(names.toSorted()).toEqual([
      'lazaret.sqlite',
      'lazaret.sqlite-shm',
      'lazaret.sqlite-wal',
      'lock',
      'objects',
      'objects/a+',
      'objects/a+/b',
      'temporary',
    ])
    expect(modes.every((mode) => mode === 0)).toBe(true)
    await data.close()
  })

  it('finds again what was kept before it was closed, and what was still being written then', async () => {
    const data = await openEmbeddedData(folder)
    await data.objects.put('k', Buffer.from('body'))
    const writing = [
      data.table.put({ partition: 'p', sort: 's', value: 1 }),
      data.queue.send([{ lane: 'sweep', body: 'job' }]),
    ]
    await data.close()
    await Promise.all(writing)
    const again = await openEmbeddedData(folder)

    expect(Buffer.from((await again.objects.get('k'))?.body ?? []).toString()).toBe('body')
    expect(await again.table.get({ partition: 'p', sort: 's' })).toMatchObject({ value: 1 })
    expect(await again.queue.receive('sweep', { max: 1, leaseSeconds: 1 })).toMatchObject([{ body: 'job' }])
    await again.close()
  })

  it('refuses every write once it is closed', async () => {
    const data = await openEmbeddedData(folder)
    await data.close()

    await expect(data.table.put({ partition: 'p', sort: 's', value: 1 })).rejects.toMatchObject({
      code: 'storage_unavailable',
    })
  })

  it('refuses a folder that another station of this process has', async () => {
    const data = await openEmbeddedData(folder)
    await expect(openEmbeddedData(folder)).rejects.toMatchObject({ code: 'data_locked', retry: true })
    await data.close()

    await expect(openEmbeddedData(folder).then((again) => again.close())).resolves.toBeUndefined()
  })

  it('refuses a folder that another process has, until that one dies', async () => {
    const worker = spawn(process.execPath, [WORKER, folder, '1'], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => worker.stdout.once('data', resolve))
    worker.stdout.resume()
    await expect(openEmbeddedData(folder)).rejects.toMatchObject({ code: 'data_locked' })
    worker.kill('SIGKILL')
    await new Promise((resolve) => worker.once('close', resolve))

    await expect(openEmbeddedData(folder).then((again) => again.close())).resolves.toBeUndefined()
  })

  it('clears away what a dead process was writing', async () => {
    await mkdir(join(folder, 'temporary', 'folder'), { recursive: true })
    await writeFile(join(folder, 'temporary', 'half'), 'half')
    const data = await openEmbeddedData(folder)

    expect(await readdir(join(folder, 'temporary'))).toEqual([])
    await data.close()
  })

  it('refuses data of a newer Lazaret and says so', async () => {
    await openEmbeddedData(folder).then((data) => data.close())
    changeDatabase(folder, 'PRAGMA user_version = 99')

    await expect(openEmbeddedData(folder)).rejects.toMatchObject({
      code: 'data_damaged',
      message: expect.stringContaining('newer Lazaret'),
    })
  })

  it.each([
    ['a database of another program', async (at: string) => changeDatabase(at, 'CREATE TABLE theirs (x)')],
    ['a file that is no database', (at: string) => writeFile(join(at, DATABASE_FILE), 'x'.repeat(10_000))],
  ])('refuses %s and frees the folder again', async (_, spoil) => {
    await mkdir(folder, { recursive: true })
    await spoil(folder)

    await expect(openEmbeddedData(folder)).rejects.toMatchObject({ code: 'data_damaged' })
    await rm(join(folder, DATABASE_FILE))
    await expect(openEmbeddedData(folder).then((data) => data.close())).resolves.toBeUndefined()
  })

  it('says when a file stands where the folder should be', async () => {
    await writeFile(join(parent, 'file'), '')

    await expect(openEmbeddedData(join(parent, 'file', 'data'))).rejects.toMatchObject({ code: 'storage_unavailable' })
  })

  it('says that a stored item is damaged instead of passing it on', async () => {
    const data = await openEmbeddedData(folder)
    await data.table.put({ partition: 'p', sort: 's', value: { a: 1 } })
    await data.close()
    changeDatabase(folder, `UPDATE items SET value = '{"a":'`)
    const again = await openEmbeddedData(folder)

    await expect(again.table.get({ partition: 'p', sort: 's' })).rejects.toMatchObject({ code: 'data_damaged' })
    await again.close()
  })

  it.each(['3.7.0', '3.44.9', '3.51.2', '2.99.99', '', 'x'])('refuses SQLite %j, which can lose writes', (version) => {
    expect(() => requireSafeSqlite(version)).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })

  it.each(['3.51.3', '3.51.10', '3.53.0', '4.0.0'])('takes SQLite %s', (version) => {
    expect(() => requireSafeSqlite(version)).not.toThrow()
  })
})

describe('openFileObjectStore, on a folder that several processes share', () => {
  it('clears away only what is older than an hour', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-shared-'))
    await mkdir(join(folder, 'temporary'))
    for (const name of ['old', 'new']) await writeFile(join(folder, 'temporary', name), 'half')
    await utimes(join(folder, 'temporary', 'old'), 1, 1)
    await openFileObjectStore(folder)

    expect(await readdir(join(folder, 'temporary'))).toEqual(['new'])
    await rm(folder, { recursive: true })
  })

  it('lets only one of several processes put what must be absent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-shared-'))
    const stores = await Promise.all(Array.from({ length: 8 }, () => openFileObjectStore(folder)))
    for (let round = 0; round < 10; round += 1) {
      const puts = stores.map((objects, at) => objects.put(`k/${round}`, Buffer.from([at]), { expect: 'absent' }))
      const ends = await Promise.allSettled(puts)
      const won = ends.flatMap((end, at) => (end.status === 'fulfilled' ? [at] : []))

      expect(won).toHaveLength(1)
      expect((await stores[0]?.get(`k/${round}`))?.body[0]).toBe(won[0])
    }
    expect(await readdir(join(folder, 'temporary'))).toEqual([])
    await rm(folder, { recursive: true })
  })

  it('works on when its whole folder is removed under it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-shared-'))
    const objects = await openFileObjectStore(folder)
    await objects.put('a/b', Buffer.from('1'))
    await rm(folder, { recursive: true })
    expect(await objects.get('a/b')).toBeNull()
    await objects.put('a/b', Buffer.from('2'), { expect: 'absent' })

    expect(await collect(objects.list(''))).toEqual(['a/b'])
    await rm(folder, { recursive: true })
  })

  it('lists only what it could have stored itself', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-shared-'))
    const objects = await openFileObjectStore(folder)
    await objects.put('a/b', Buffer.from('1'))
    for (const name of ['.DS_Store', 'with space', '=', 'a=0b', 'con', 'half~']) {
      await writeFile(join(folder, 'objects', name), '')
    }
    await mkdir(join(folder, 'objects', 'plain'))

    expect(await collect(objects.list(''))).toEqual(['a/b'])
    await rm(folder, { recursive: true })
  })

  it('leaves no empty folder behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-shared-'))
    const objects = await openFileObjectStore(folder)
    await objects.put('evidence/web-1/x', Buffer.from('1'))
    await objects.put('evidence/web-2/x', Buffer.from('1'))
    await objects.delete('evidence/web-1/x')

    expect(await readdir(join(folder, 'objects', 'evidence+'))).toEqual(['web-2+'])
    await rm(folder, { recursive: true })
  })
})

function changeDatabase(folder: string, sql: string): void {
  using database = new DatabaseSync(join(folder, DATABASE_FILE))
  database.exec(sql)
}
