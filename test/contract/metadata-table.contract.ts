import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { isFault } from '#shared/domain/fault.ts'
import type { ItemPage, ItemQuery, MetadataTable } from '#shared/ports/metadata-table.ts'

export interface MetadataTableUnderTest {
  readonly table: MetadataTable
  close(): Promise<void>
}

const key = (sort: string, partition = 'p') => ({ partition, sort })
const puts = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ kind: 'put' as const, ...key(`k${at}`), value: at }))
const conflict = { code: 'conflict' }
const defect = { code: 'unexpected' }
const forged = { code: 'request_invalid' }

/** What every metadata table does. */
export function metadataTableContract(name: string, open: () => Promise<MetadataTableUnderTest>): void {
  describe(`MetadataTable contract, ${name}`, () => {
    let opened: MetadataTableUnderTest
    let table: MetadataTable

    beforeEach(async () => {
      opened = await open()
      table = opened.table
    })
    afterEach(() => opened.close())

    const fill = (sorts: readonly string[], partition = 'p') =>
      Promise.all(sorts.map((sort) => table.put({ ...key(sort, partition), value: { sort } })))
    /** Every sort key of a query, page after page. */
    const walk = async (query: ItemQuery, ask: 'query' | 'queryIndex' = 'query') => {
      const pages: string[][] = []
      let cursor: string | null = null
      do {
        const page: ItemPage = await table[ask]({ ...query, ...(cursor !== null && { cursor }) })
        pages.push(page.items.map((item) => item.sort))
        cursor = page.cursor
      } while (cursor !== null)
      return pages
    }

    it('has nothing where nothing was put', async () => {
      expect(await table.get(key('a'))).toBeNull()
      expect(await table.getMany([key('a'), key('b')])).toEqual([null, null])
      expect(await table.query({ partition: 'p', limit: 10 })).toEqual({ items: [], cursor: null })
      await expect(table.delete(key('a'))).resolves.toBeUndefined()
    })

    it('counts versions from 1 and gives values back as they went in', async () => {
      const value = { text: 'ä\u0000\u202e"', list: [1, null, { deep: true }], __proto: '' }

      expect(await table.put({ ...key('a'), value })).toBe(1)
      expect(await table.put({ ...key('a'), value: null })).toBe(2)
      expect(await table.put({ ...key('a'), value })).toBe(3)
      expect(await table.get(key('a'))).toEqual({ ...key('a'), version: 3, value })
    })

    it('answers many keys in the order asked', async () => {
      await fill(['a', 'b', 'c'])
      const items = await table.getMany([key('c'), key('x'), key('a'), key('c')])

      expect(items.map((item) => item?.sort ?? null)).toEqual(['c', null, 'a', 'c'])
    })

    it('puts what must be absent only once', async () => {
      await table.put({ ...key('a'), value: 1, expect: 'absent' })

      await expect(table.put({ ...key('a'), value: 2, expect: 'absent' })).rejects.toMatchObject(conflict)
      expect(await table.get(key('a'))).toMatchObject({ version: 1, value: 1 })
    })

    it('puts and deletes by version only what still has it', async () => {
      await table.put({ ...key('a'), value: 1 })
      await table.put({ ...key('a'), value: 2, expect: 1 })

      await expect(table.put({ ...key('a'), value: 3, expect: 1 })).rejects.toMatchObject(conflict)
      await expect(table.put({ ...key('none'), value: 3, expect: 1 })).rejects.toMatchObject(conflict)
      await expect(table.delete(key('a'), 1)).rejects.toMatchObject(conflict)
      await expect(table.delete(key('none'), 1)).rejects.toMatchObject(conflict)
      expect(await table.get(key('a'))).toMatchObject({ version: 2, value: 2 })
      await table.delete(key('a'), 2)
      expect(await table.get(key('a'))).toBeNull()
    })

    it('lets one of many writers with the same expectation win, and no other fail for it', async () => {
      await table.put({ ...key('a'), value: 0 })
      const rivals = Array.from({ length: 10 }, (_, at) => table.put({ ...key('a'), value: at, expect: 1 }))
      const others = Array.from({ length: 10 }, (_, at) => table.put({ ...key(`other ${at}`), value: at }))
      const ends = await Promise.allSettled(rivals)

      expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
      expect(await Promise.all(others)).toEqual(others.map(() => 1))
    })

    it('loses no step of a counter that many raise at once', async () => {
      await table.put({ ...key('counter'), value: 0 })
      const raise = async (): Promise<void> => {
        for (;;) {
          const item = await table.get(key('counter'))
          try {
            await table.put({ ...key('counter'), value: Number(item?.value) + 1, expect: item?.version ?? 'absent' })
            return
          } catch (error) {
            if (!isFault(error, 'conflict')) throw error
          }
        }
      }
      await Promise.all(Array.from({ length: 15 }, raise))

      expect(await table.get(key('counter'))).toMatchObject({ value: 15, version: 16 })
    })

    it('writes a batch whole', async () => {
      await fill(['old'])
      await table.write([
        { kind: 'put', ...key('a'), value: 1, expect: 'absent' },
        { kind: 'put', ...key('b', 'q'), value: 2, index: key('by', 'i') },
        { kind: 'delete', ...key('old'), expect: 1 },
        { kind: 'delete', ...key('never there') },
      ])

      expect(await table.getMany([key('a'), key('b', 'q'), key('old')])).toMatchObject([
        { value: 1, version: 1 },
        { value: 2, version: 1 },
        null,
      ])
      expect(await walk({ partition: 'i', limit: 5 }, 'queryIndex')).toEqual([['b']])
    })

    it.each([
      ['a put that should find nothing', { kind: 'put', partition: 'p', sort: 'there', value: 2, expect: 'absent' }],
      ['a put of another version', { kind: 'put', partition: 'p', sort: 'there', value: 2, expect: 7 }],
      ['a delete of another version', { kind: 'delete', partition: 'p', sort: 'there', expect: 7 }],
      ['a delete that should find nothing', { kind: 'delete', partition: 'p', sort: 'there', expect: 'absent' }],
    ] as const)('writes nothing of a batch with %s', async (_, failing) => {
      await fill(['there'])
      const batch = [{ kind: 'put', ...key('new'), value: 1 } as const, failing]

      await expect(table.write(batch)).rejects.toMatchObject(conflict)
      expect(await table.get(key('new'))).toBeNull()
      expect(await table.get(key('there'))).toMatchObject({ version: 1 })
    })

    it('takes 100 writes at once and no more, each key once', async () => {
      await table.write([])
      await table.write(puts(100))

      await expect(table.write(puts(101))).rejects.toMatchObject(defect)
      await expect(table.write([...puts(1), ...puts(1)])).rejects.toMatchObject(defect)
      expect(await walk({ partition: 'p', limit: 1000 })).toMatchObject([{ length: 100 }])
    })

    it('pages through a partition in byte order and sees nothing of another', async () => {
      const sorts = ['a', 'B', 'a/b', 'é', 'z', '10', '9', '\u{1f600}', '\uffee', 'a-b', ' ']
      await fill(sorts)
      await fill(['a', 'zz'], 'p2')
      const inOrder = sorts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))

      for (const limit of [1, 2, 5, 11, 12]) {
        const pages = await walk({ partition: 'p', limit })
        expect(pages.flat()).toEqual(inOrder)
        expect(pages).toHaveLength(Math.ceil(inOrder.length / limit))
      }
    })

    it('finds exactly the sort keys with a prefix', async () => {
      const character = fc.constantFrom('a', 'b', '\u0000', '%', '_', '\ud7ff', '\ue000', '\uffff', '\u{10ffff}')
      const sort = fc.string({ unit: character, minLength: 1, maxLength: 4 })
      const prefixes = fc.string({ unit: character, maxLength: 2 })
      const world = fc.record({
        sorts: fc.uniqueArray(sort, { maxLength: 12 }),
        prefix: prefixes,
        limit: fc.integer({ min: 1, max: 4 }),
      })
      let round = 0

      await fc.assert(
        fc.asyncProperty(world, async ({ sorts, prefix, limit }) => {
          const partition = `round ${(round += 1)}`
          await fill(sorts, partition)
          const found = (await walk({ partition, prefix, limit })).flat()
          const wanted = sorts.filter((one) => one.startsWith(prefix))

          expect(found).toEqual(wanted.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
        }),
        { numRuns: 60 },
      )
    })

    it('finds items by their index, sorted by its key and then their own', async () => {
      const items = [
        { ...key('m1', 'machine'), index: key('s1', 'i') },
        { ...key('m3', 'machine'), index: key('s1', 'i') },
        { ...key('m2', 'machine'), index: key('s1', 'i') },
        { ...key('m0', 'zone'), index: key('s0', 'i') },
        { ...key('m9', 'alpha'), index: key('s1', 'i') },
        { ...key('m4', 'machine'), index: key('s1', 'j') },
        key('m5', 'machine'),
      ]
      await Promise.all(items.map((item) => table.put({ ...item, value: {} })))

      expect((await walk({ partition: 'i', limit: 2 }, 'queryIndex')).flat()).toEqual(['m0', 'm9', 'm1', 'm2', 'm3'])
      expect((await walk({ partition: 'i', prefix: 's1', limit: 1 }, 'queryIndex')).flat()).toHaveLength(4)
      expect((await walk({ partition: 'i', prefix: 's', limit: 9 }, 'queryIndex')).flat()).toHaveLength(5)
      expect((await walk({ partition: 'i', prefix: 's11', limit: 9 }, 'queryIndex')).flat()).toEqual([])
    })

    it('finds an item by its newest index only, and no longer once it is deleted', async () => {
      await table.put({ ...key('a'), value: 1, index: key('x', 'i') })
      await table.put({ ...key('a'), value: 2, index: key('x', 'j') })
      expect(await walk({ partition: 'i', limit: 5 }, 'queryIndex')).toEqual([[]])
      expect(await walk({ partition: 'j', limit: 5 }, 'queryIndex')).toEqual([['a']])

      await table.put({ ...key('a'), value: 3 })
      expect(await walk({ partition: 'j', limit: 5 }, 'queryIndex')).toEqual([[]])

      await table.put({ ...key('a'), value: 4, index: key('x', 'j') })
      await table.delete(key('a'))
      expect(await walk({ partition: 'j', limit: 5 }, 'queryIndex')).toEqual([[]])
    })

    it('goes on after a page although its last item is gone by then', async () => {
      await fill(['a', 'b', 'c', 'd'])
      const page = await table.query({ partition: 'p', limit: 2 })
      await table.delete(key('b'))
      const rest = await table.query({ partition: 'p', limit: 5, ...(page.cursor !== null && { cursor: page.cursor }) })

      expect(rest.items.map((item) => item.sort)).toEqual(['c', 'd'])
    })

    it('shows with the cursor of another query nothing outside its own', async () => {
      await fill(['a1', 'a2', 'b1'])
      await fill(['0', 'a15', 'z'], 'secret')
      const cursor = (await table.query({ partition: 'secret', limit: 1 })).cursor ?? ''
      const mine = await table.query({ partition: 'p', prefix: 'a', limit: 10, cursor })

      expect(mine.items.map((item) => item.sort)).toEqual(['a1', 'a2'])
    })

    it.each([
      '',
      'x',
      '%%%',
      '.',
      'eyJhIjoxfQ',
      'W10',
      'WyJhIl0=',
      'WyAiYSIgXQ',
      'WzFd',
      'WyJhIiwiYiIsImMiLCJkIl0',
      'a'.repeat(50_000),
    ])('refuses %j as a cursor', async (cursor) => {
      await expect(table.query({ partition: 'p', limit: 5, cursor })).rejects.toMatchObject(forged)
      await expect(table.queryIndex({ partition: 'p', limit: 5, cursor })).rejects.toMatchObject(forged)
    })

    it('refuses keys, values and pages beyond its bounds', async () => {
      const long = 'x'.repeat(1025)
      for (const bad of ['', long, 'é'.repeat(513), '\ud800']) {
        await expect(table.put({ ...key(bad), value: 1 })).rejects.toMatchObject(defect)
        await expect(table.put({ ...key('a', bad), value: 1 })).rejects.toMatchObject(defect)
        await expect(table.put({ ...key('a'), value: 1, index: key(bad) })).rejects.toMatchObject(defect)
        await expect(table.get(key(bad))).rejects.toMatchObject(defect)
        await expect(table.delete(key(bad))).rejects.toMatchObject(defect)
      }
      await expect(table.put({ ...key('a'), value: 'x'.repeat(256 * 1024) })).rejects.toMatchObject(defect)
      await expect(table.put({ ...key('a'), value: undefined })).rejects.toMatchObject(defect)
      for (const limit of [0, -1, 1.5, 1001, NaN]) {
        await expect(table.query({ partition: 'p', limit })).rejects.toMatchObject(defect)
      }
      await table.put({ ...key('x'.repeat(1024)), value: 'x'.repeat(256 * 1024 - 2) })
      expect(await walk({ partition: 'p', limit: 10 })).toEqual([['x'.repeat(1024)]])
    })
  })
}
