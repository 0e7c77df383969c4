import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import { collect } from '#test/support/collect.ts'

export interface ObjectStoreUnderTest {
  readonly objects: ObjectStore
  close(): Promise<void>
}

const bytes = (text: string) => Buffer.from(text)

/** What every object store does. */
export function objectStoreContract(name: string, open: () => Promise<ObjectStoreUnderTest>): void {
  describe(`ObjectStore contract, ${name}`, () => {
    let opened: ObjectStoreUnderTest
    let objects: ObjectStore

    beforeEach(async () => {
      opened = await open()
      objects = opened.objects
    })
    afterEach(() => opened.close())

    const keys = async (prefix: string) => collect(objects.list(prefix))
    const text = async (key: string) => {
      const stored = await objects.get(key)
      return stored === null ? null : Buffer.from(stored.body).toString()
    }

    it('has nothing where nothing was put', async () => {
      expect(await objects.get('a/b')).toBeNull()
      expect(await objects.has('a/b')).toBe(false)
      expect(await keys('')).toEqual([])
      await expect(objects.delete('a/b')).resolves.toBeUndefined()
    })

    it.each([0, 1, 4096, 3_000_000])('gives %i bytes back as they went in', async (size) => {
      const body = Buffer.alloc(size, Buffer.from(Array.from({ length: 251 }, (_, at) => at)))
      const { etag } = await objects.put('some/bytes', body)
      const stored = await objects.get('some/bytes')

      expect(Buffer.compare(stored?.body ?? bytes('none'), body)).toBe(0)
      expect(stored?.etag).toBe(etag)
      expect(await objects.has('some/bytes')).toBe(true)
    })

    it('replaces a body, a shorter one too', async () => {
      await objects.put('k', bytes('a long body'))
      await objects.put('k', bytes('short'))

      expect(await text('k')).toBe('short')
    })

    it('names equal bodies by equal etags and others by others', async () => {
      const [one, same, other] = [
        await objects.put('one', bytes('x')),
        await objects.put('same', bytes('x'), { cache: true }),
        await objects.put('other', bytes('y')),
      ]

      expect(same.etag).toBe(one.etag)
      expect(other.etag).not.toBe(one.etag)
    })

    it('keeps a cached object as it keeps any other', async () => {
      await objects.put('c', bytes('cached'), { cache: true })
      await objects.put('c', bytes('again'), { cache: true })

      expect(await text('c')).toBe('again')
    })

    it('lets only one of many put what must be absent, and keeps its body', async () => {
      const writers = Array.from({ length: 20 }, (_, at) =>
        objects.put('only', bytes(`writer ${at}`), { expect: 'absent' }),
      )
      const ends = await Promise.allSettled(writers)
      const won = ends.flatMap((end, at) => (end.status === 'fulfilled' ? [at] : []))
      const lost = ends.filter((end) => end.status === 'rejected')

      expect(won).toHaveLength(1)
      expect(lost.every((end) => end.reason.code === 'conflict')).toBe(true)
      expect(await text('only')).toBe(`writer ${won[0]}`)
    })

    it('puts what must be absent again once it was deleted', async () => {
      await objects.put('k', bytes('1'), { expect: 'absent' })
      await objects.delete('k')
      await objects.put('k', bytes('2'), { expect: 'absent' })

      expect(await text('k')).toBe('2')
    })

    it('replaces by etag only what still has it', async () => {
      const first = await objects.put('k', bytes('1'))
      const second = await objects.put('k', bytes('2'), { expect: first })

      await expect(objects.put('k', bytes('3'), { expect: first })).rejects.toMatchObject({ code: 'conflict' })
      await expect(objects.put('new', bytes('3'), { expect: first })).rejects.toMatchObject({ code: 'conflict' })
      expect(await text('k')).toBe('2')
      expect(await objects.has('new')).toBe(false)
      await objects.put('k', bytes('4'), { expect: second })
      expect(await text('k')).toBe('4')
    })

    it('lets only one of many replace the same body', async () => {
      const { etag } = await objects.put('k', bytes('start'))
      const ends = await Promise.allSettled(
        Array.from({ length: 20 }, (_, at) => objects.put('k', bytes(`writer ${at}`), { expect: { etag } })),
      )

      expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1)
    })

    it('shows a reader whole bodies only while others write', async () => {
      const bodies = ['a', 'b', 'c', 'd'].map((letter) => bytes(letter.repeat(200_000)))
      const writes = Array.from({ length: 20 }, (_, at) => objects.put('k', bodies[at % 4] ?? bytes('')))
      const reads = await Promise.all(Array.from({ length: 50 }, () => objects.get('k')))
      await Promise.all(writes)
      const seen = reads.filter((stored) => stored !== null)

      expect(seen.every(({ body }) => bodies.some((one) => Buffer.compare(one, body) === 0))).toBe(true)
      expect(await text('k')).toBe('d'.repeat(200_000))
    })

    it('keeps keys apart that differ in case, or where one is the beginning of the other', async () => {
      const names = ['a', 'A', 'a/b', 'a/B', 'a/b/c', 'a.', 'a.b', 'con', 'con/nul.txt', 'a-b', '.a', '..a', 'a..']
      await Promise.all(names.map((key) => objects.put(key, bytes(key))))

      expect(await Promise.all(names.map(text))).toEqual(names)
      expect(await keys('')).toEqual(names.toSorted())
    })

    it('takes keys of 512 bytes, in one part and in many', async () => {
      const names = ['x'.repeat(512), 'X'.repeat(512), `${'xY/'.repeat(20)}${'z'.repeat(452)}`, `${'x'.repeat(400)}/b`]
      await Promise.all(names.map((key) => objects.put(key, bytes(key))))

      expect(await Promise.all(names.map(text))).toEqual(names)
      expect(await keys('x')).toEqual(names.filter((key) => key.startsWith('x')).toSorted())
    })

    it.each([
      '',
      '/',
      'a/',
      '/a',
      'a//b',
      '.',
      '..',
      'a/../b',
      './a',
      'a b',
      'é',
      'a\\b',
      'a\0',
      'a:b',
      'x'.repeat(513),
    ])('refuses %j as a key', async (key) => {
      await expect(objects.put(key, bytes('x'))).rejects.toMatchObject({ code: 'unexpected' })
      await expect(objects.get(key)).rejects.toMatchObject({ code: 'unexpected' })
      await expect(objects.has(key)).rejects.toMatchObject({ code: 'unexpected' })
      await expect(objects.delete(key)).rejects.toMatchObject({ code: 'unexpected' })
    })

    it('lists by prefix, in byte order, whatever the prefix ends in', async () => {
      const names = ['a/1', 'a/10', 'a/2', 'a-1', 'a.1', 'a0', 'ab/1', 'b/1/2/3', 'b/1/2/4', 'b/10']
      await Promise.all(names.map((key) => objects.put(key, bytes(''), { cache: true })))
      const expected = (prefix: string) => names.filter((key) => key.startsWith(prefix)).toSorted()

      for (const prefix of ['', 'a', 'a/', 'a/1', 'ab', 'b/1', 'b/1/2/', 'b/1/2/3', 'c', 'a/1/']) {
        expect(await keys(prefix)).toEqual(expected(prefix))
      }
    })

    it('lists any set of keys in byte order', async () => {
      const part = fc.string({ unit: fc.constantFrom('a', 'A', 'b', '0', '.', '-', '_'), minLength: 1, maxLength: 3 })
      const long = fc.constantFrom('x'.repeat(120), 'x'.repeat(121), `${'x'.repeat(120)}-`, `${'x'.repeat(120)}0`)
      const key = fc
        .array(fc.oneof({ weight: 4, arbitrary: part }, long), { minLength: 1, maxLength: 3 })
        .filter((parts) => !parts.some((one) => one === '.' || one === '..'))
        .map((parts) => parts.join('/'))
      const world = fc.record({
        names: fc.uniqueArray(key, { maxLength: 12 }),
        prefix: fc.constantFrom('', 'a', 'x', 'a/'),
      })

      await fc.assert(
        fc.asyncProperty(world, async ({ names, prefix }) => {
          await Promise.all(names.map((one) => objects.put(one, bytes(one), { cache: true })))
          const listed = await keys(prefix)
          await Promise.all(names.map((one) => objects.delete(one)))

          expect(listed).toEqual(names.filter((one) => one.startsWith(prefix)).toSorted())
          expect(await keys('')).toEqual([])
        }),
        { numRuns: 40 },
      )
    })

    it('lists in byte order around a part that is longer than a file name may be', async () => {
      const long = 'x'.repeat(120)
      const names = [long, `${long}-a`, `${long}/a`, `${long}/b/c`, `${long}0`, `${long}z/a`].map((key) => `k/${key}`)
      await Promise.all(names.map((key) => objects.put(key, bytes(key))))

      expect(await keys('')).toEqual(names.toSorted())
      expect(await keys(`k/${long}0`)).toEqual([`k/${long}0`])
    })

    it('lists on while what it lists is deleted', async () => {
      await Promise.all(Array.from({ length: 30 }, (_, at) => objects.put(`old/${at % 3}/${at}`, bytes('x'))))
      for await (const key of objects.list('old/')) await objects.delete(key)

      expect(await keys('')).toEqual([])
    })

    it('keeps what is put beside what is deleted at the same time', async () => {
      for (let round = 0; round < 20; round += 1) {
        await objects.put('folder/old', bytes('old'))
        await Promise.all([objects.delete('folder/old'), objects.put(`folder/new/${round}`, bytes('new'))])
        await Promise.all([objects.delete(`folder/new/${round}`), objects.put('folder/other', bytes('other'))])

        expect(await keys('folder/')).toEqual(['folder/other'])
        await objects.delete('folder/other')
      }
    })
  })
}
