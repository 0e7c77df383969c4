import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_ATTEMPTS } from '#shared/ports/job-queue.ts'
import type { Delivery, JobQueue, Lane } from '#shared/ports/job-queue.ts'

export interface JobQueueUnderTest {
  readonly queue: JobQueue
  /** Lets time pass for the queue. */
  advance(seconds: number): void
  close(): Promise<void>
}

/** What every job queue does. */
export function jobQueueContract(name: string, open: () => Promise<JobQueueUnderTest>): void {
  describe(`JobQueue contract, ${name}`, () => {
    let opened: JobQueueUnderTest
    let queue: JobQueue

    beforeEach(async () => {
      opened = await open()
      queue = opened.queue
    })
    afterEach(() => opened.close())

    const send = (body: unknown, more: { lane?: Lane; delaySeconds?: number; onlyOnce?: string } = {}) =>
      queue.send([{ lane: 'interactive', body, ...more }])
    const receive = (lane: Lane = 'interactive', max = 10) => queue.receive(lane, { max, leaseSeconds: 30 })
    const bodies = async (lane?: Lane, max?: number) => (await receive(lane, max)).map((delivery) => delivery.body)
    const one = async (): Promise<Delivery> => {
      const [delivery] = await receive()
      if (delivery === undefined) throw new Error('no job is waiting')
      return delivery
    }

    it('delivers nothing where nothing was sent', async () => {
      await queue.send([])

      expect(await receive()).toEqual([])
      expect(await queue.deadLetters(10)).toEqual([])
    })

    it('delivers what was sent, the earliest first, each once', async () => {
      await queue.send([1, 2, 3].map((body) => ({ lane: 'interactive', body: { number: body } })))

      expect(await bodies('interactive', 2)).toEqual([{ number: 1 }, { number: 2 }])
      expect(await bodies()).toEqual([{ number: 3 }])
      expect(await bodies()).toEqual([])
    })

    it('keeps the lanes apart', async () => {
      await send('sweep', { lane: 'sweep' })
      await send('interactive')

      expect(await bodies('interactive')).toEqual(['interactive'])
      expect(await bodies('sweep')).toEqual(['sweep'])
    })

    it('never delivers again what was acknowledged', async () => {
      await send('job')
      expect(await queue.acknowledge(await one())).toBe(true)
      opened.advance(100_000)

      expect(await receive()).toEqual([])
      expect(await queue.depth()).toMatchObject({ interactive: { waiting: 0, leased: 0, dead: 0 } })
    })

    it('delivers again, to be counted, what nobody acknowledged while the lease ran', async () => {
      await send('job')
      const first = await one()
      opened.advance(29)
      expect(await receive()).toEqual([])
      opened.advance(2)
      const second = await one()

      expect(second).toMatchObject({ id: first.id, body: 'job', attempt: 2 })
      expect(second.lease).not.toBe(first.lease)
    })

    it('leaves a job alone that is another worker’s by now', async () => {
      await send('job')
      const first = await one()
      opened.advance(31)
      const second = await one()

      expect(await queue.acknowledge(first)).toBe(false)
      expect(await queue.extend(first, 60)).toBe(false)
      await queue.retry(first, 'late')
      await queue.bury(first, 'late')
      expect(await queue.depth()).toMatchObject({ interactive: { waiting: 0, leased: 1, dead: 0 } })
      expect(await queue.acknowledge(second)).toBe(true)
      expect(await queue.acknowledge(second)).toBe(false)
    })

    it('hides a job for longer when its lease is extended', async () => {
      await send('job')
      const delivery = await one()
      opened.advance(20)
      expect(await queue.extend(delivery, 60)).toBe(true)
      opened.advance(50)
      expect(await receive()).toEqual([])
      opened.advance(11)

      expect(await bodies()).toEqual(['job'])
    })

    it('holds a delayed job back for as long as asked', async () => {
      await send('later', { delaySeconds: 10 })
      expect(await receive()).toEqual([])
      opened.advance(9)
      expect(await receive()).toEqual([])
      opened.advance(1)

      expect(await bodies()).toEqual(['later'])
    })

    it('tries again after 1, 2, 4 … seconds, and then no more', async () => {
      await send('poison')
      for (let attempt = 1; attempt < MAX_ATTEMPTS; attempt += 1) {
        const delivery = await one()
        expect(delivery.attempt).toBe(attempt)
        await queue.retry(delivery, `failed ${attempt}`)
        opened.advance(2 ** (attempt - 1) - 0.5)
        expect(await receive()).toEqual([])
        opened.advance(0.5)
      }
      await queue.retry(await one(), 'failed for good')
      opened.advance(100_000)

      expect(await receive()).toEqual([])
      const dead = await queue.deadLetters(10)
      expect(dead).toMatchObject([
        { lane: 'interactive', body: 'poison', attempts: MAX_ATTEMPTS, reason: 'failed for good' },
      ])
      expect(dead[0]?.diedAt).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
    })

    it('gives up a job that was never settled, and delivers the others', async () => {
      await send('killer')
      for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
        expect((await one()).attempt).toBe(attempt)
        opened.advance(31)
      }
      await send('other')

      expect(await bodies('interactive', 1)).toEqual(['other'])
      expect(await queue.deadLetters(10)).toMatchObject([{ body: 'killer', attempts: MAX_ATTEMPTS }])
    })

    it('buries a job at once, and brings it back with a fresh count', async () => {
      await send({ why: 'broken' })
      await queue.bury(await one(), 'no use')
      const [dead] = await queue.deadLetters(10)

      expect(dead).toMatchObject({ body: { why: 'broken' }, attempts: 1, reason: 'no use' })
      expect(await queue.redrive(dead?.id ?? '')).toBe(true)
      expect(await queue.redrive(dead?.id ?? '')).toBe(false)
      expect(await queue.deadLetters(10)).toEqual([])
      expect(await one()).toMatchObject({ body: { why: 'broken' }, attempt: 1 })
    })

    it.each(['', '0', '999', 'x', '-1', '1.5', '1e3', '9'.repeat(40)])('has no dead letter %j', async (id) => {
      expect(await queue.redrive(id)).toBe(false)
    })

    it('shows the latest dead letters first, no more than asked', async () => {
      for (const body of ['a', 'b', 'c']) {
        await send(body)
        await queue.bury(await one(), 'x')
        opened.advance(1)
      }

      expect((await queue.deadLetters(2)).map((dead) => dead.body)).toEqual(['c', 'b'])
    })

    it('adds a job once while it waits untaken, whatever is asked', async () => {
      await queue.send([1, 2].map((body) => ({ lane: 'interactive', body, onlyOnce: 'k' })))
      await send(3, { onlyOnce: 'k' })
      await send(4, { onlyOnce: 'other' })
      await send(5, { onlyOnce: 'k', lane: 'sweep' })
      expect(await bodies()).toEqual([1, 4])
      expect(await bodies('sweep')).toEqual([5])

      // The first is under way: what has changed since needs one more.
      await send(6, { onlyOnce: 'k' })
      await send(7, { onlyOnce: 'k' })
      expect(await bodies()).toEqual([6])
    })

    it('adds a job again whose earlier attempt failed and waits', async () => {
      await send('first', { onlyOnce: 'k' })
      await queue.retry(await one(), 'failed')
      await send('second', { onlyOnce: 'k' })

      expect(await bodies()).toEqual(['second'])
      opened.advance(1)
      expect(await bodies()).toEqual(['first'])
    })

    it('does a delayed job at once when it is sent again without delay', async () => {
      await send('late', { onlyOnce: 'k', delaySeconds: 600 })
      await send('now', { onlyOnce: 'k' })

      expect(await receive()).toHaveLength(1)
      opened.advance(601)
      expect((await receive()).every((delivery) => delivery.attempt === 2)).toBe(true)
    })

    it('gives each job to one of many receivers', async () => {
      await queue.send(Array.from({ length: 100 }, (_, body) => ({ lane: 'sweep', body })))
      const taken = await Promise.all(Array.from({ length: 30 }, () => bodies('sweep', 5)))

      expect(taken.flat().toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 100 }, (_, at) => at))
    })

    it('sends all jobs or none', async () => {
      const jobs = [{ lane: 'interactive', body: 1 } as const, { lane: 'interactive', body: undefined } as const]

      await expect(queue.send(jobs)).rejects.toMatchObject({ code: 'unexpected' })
      expect(await receive()).toEqual([])
    })

    it('counts what waits, is under way and is dead in each lane', async () => {
      await queue.send([1, 2, 3, 4].map((body) => ({ lane: 'interactive', body })))
      await send(5, { lane: 'sweep', delaySeconds: 60 })
      const [first, second] = await receive('interactive', 2)
      if (first !== undefined) await queue.bury(first, 'x')

      expect(second?.body).toBe(2)
      expect(await queue.depth()).toEqual({
        interactive: { waiting: 2, leased: 1, dead: 1 },
        sweep: { waiting: 1, leased: 0, dead: 0 },
      })
      opened.advance(31)
      expect(await queue.depth()).toMatchObject({ interactive: { waiting: 3, leased: 0, dead: 1 } })
    })
  })
}
