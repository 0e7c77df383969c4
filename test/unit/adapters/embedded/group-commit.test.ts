import { describe, expect, it } from 'vitest'
import { openDatabase } from '#adapters/embedded/storing/database.ts'
import type { Database } from '#adapters/embedded/storing/database.ts'
import { openFolderSync } from '#adapters/embedded/storing/folder-sync.ts'
import { openGroupCommit } from '#adapters/embedded/storing/group-commit.ts'
import { Fault } from '#shared/domain/fault.ts'

function setup(how: { sync?: () => Promise<void> } = {}) {
  const real = openDatabase(':memory:')
  const said: string[] = []
  const database: Database = {
    ...real,
    exec: (sql) => {
      said.push(sql)
      real.exec(sql)
    },
    sync: how.sync ?? (() => real.sync()),
  }
  real.exec('CREATE TABLE t (k TEXT PRIMARY KEY) STRICT')
  const commits = openGroupCommit(database)
  const insert = (key: string) => commits.write(() => real.prepare('INSERT INTO t VALUES (?)').run(key).changes)
  const keys = () =>
    real
      .prepare('SELECT k FROM t ORDER BY k')
      .all()
      .map((row) => row['k'])
  return { commits, insert, keys, said }
}

describe('openGroupCommit', () => {
  it('commits the writes of one turn once, and answers each after that', async () => {
    const { insert, keys, said } = setup()
    const answers = ['a', 'b', 'c'].map((key) => insert(key).then(() => said.length))
    expect(keys()).toEqual([])

    expect(await Promise.all(answers)).toEqual([2, 2, 2])
    expect(said).toEqual(['BEGIN IMMEDIATE', 'COMMIT'])
    expect(keys()).toEqual(['a', 'b', 'c'])
  })

  it('lets a write with a Fault fail alone', async () => {
    const { commits, insert, keys, said } = setup()
    const failing = commits.write(() => {
      throw new Fault('conflict', 'x')
    })
    const others = [insert('a'), insert('b')]

    await expect(failing).rejects.toMatchObject({ code: 'conflict' })
    await Promise.all(others)
    expect(keys()).toEqual(['a', 'b'])
    expect(said).toHaveLength(2)
  })

  it('lets a write that the database refuses fail alone, and stores nothing of it', async () => {
    const { commits, insert, keys } = setup()
    const ends = await Promise.allSettled([
      insert('a'),
      commits.write(() => {
        throw new Error('defect')
      }),
      insert('b'),
      insert('a'),
    ])

    expect(ends.map((end) => (end.status === 'rejected' ? end.reason.code : 'done'))).toEqual([
      'done',
      'unexpected',
      'done',
      'unexpected',
    ])
    expect(keys()).toEqual(['a', 'b'])
  })

  it('takes thousands of writes in groups, in the order asked', async () => {
    const { commits, said } = setup()
    const order: number[] = []
    await Promise.all(Array.from({ length: 1200 }, (_, at) => commits.write(() => order.push(at))))

    expect(order).toEqual(Array.from({ length: 1200 }, (_, at) => at))
    expect(said.filter((sql) => sql === 'COMMIT')).toHaveLength(3)
  })
})

describe('openGroupCommit beside its log', () => {
  /** Syncs that end when they are told to. */
  function slowDisk() {
    const begun: PromiseWithResolvers<void>[] = []
    const sync = () => {
      const next = Promise.withResolvers<void>()
      begun.push(next)
      return next.promise
    }
    return { ...setup({ sync }), begun }
  }
  const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

  it('answers a writer, and who waits for all commits so far, only after a sync that began after them', async () => {
    const { commits, insert, begun } = slowDisk()
    const ended: string[] = []
    const first = insert('a').then(() => ended.push('first'))
    await turn()
    const reader = commits.caughtUp().then(() => ended.push('caught up'))
    const second = insert('b').then(() => ended.push('second'))
    await turn()
    const later = commits.caughtUp().then(() => ended.push('caught up'))
    await turn()
    expect([ended, begun.length]).toEqual([[], 1])

    begun[0]?.resolve()
    await Promise.all([first, reader])
    await turn()
    expect([ended, begun.length]).toEqual([['first', 'caught up'], 2])
    begun[1]?.resolve()
    await Promise.all([second, later])
    expect(ended.slice(2)).toEqual(['second', 'caught up'])
  })

  it('writes nothing more once a sync has failed, as nobody knows what is on the disk', async () => {
    const { insert, keys, begun } = slowDisk()
    const first = insert('a')
    await turn()
    const second = insert('b')
    await turn()
    begun[0]?.reject(Object.assign(new Error('disk'), { code: 'EIO' }))

    await expect(first).rejects.toMatchObject({ code: 'storage_unavailable' })
    await expect(second).rejects.toMatchObject({ code: 'storage_unavailable' })
    await expect(insert('c')).rejects.toMatchObject({ code: 'storage_unavailable' })
    expect([keys(), begun.length]).toEqual([['a', 'b'], 1])
  })

  it('closes only when all that waited is committed and synced', async () => {
    const { commits, insert, keys, begun } = slowDisk()
    const write = insert('a')
    let isClosed = false
    const closing = commits.close().then(() => (isClosed = true))
    await turn()
    expect([keys(), isClosed]).toEqual([['a'], false])

    begun[0]?.resolve()
    await Promise.all([write, closing])
    await expect(insert('b')).rejects.toMatchObject({ code: 'storage_unavailable' })
  })
})

describe('openFolderSync', () => {
  it('gives all who come during a sync the following one, and never the one under way', async () => {
    const begun: (() => void)[] = []
    const sync = openFolderSync(() => new Promise((resolve) => begun.push(resolve)))
    const ended: string[] = []
    const first = sync('f').then(() => ended.push('first'))
    const later = ['second', 'third'].map((name) => sync('f').then(() => ended.push(name)))
    const elsewhere = sync('g').then(() => ended.push('elsewhere'))

    expect(begun).toHaveLength(2)
    begun[0]?.()
    await first
    expect(ended).toEqual(['first'])
    expect(begun).toHaveLength(3)
    for (const end of begun) end()
    await Promise.all([...later, elsewhere])
    expect(begun).toHaveLength(3)
  })

  it('syncs again after one that failed', async () => {
    const ends = [Promise.reject(new Error('disk')), Promise.resolve()]
    const sync = openFolderSync(() => ends.shift() ?? Promise.resolve())
    const first = sync('f')
    const second = sync('f')

    await expect(first).rejects.toThrow('disk')
    await expect(second).resolves.toBeUndefined()
  })
})
