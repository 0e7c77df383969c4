import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openSqliteJobQueue } from '#adapters/embedded/job-queue.ts'
import type { EmbeddedJobQueue } from '#adapters/embedded/job-queue.ts'
import { openDatabase } from '#adapters/embedded/storing/database.ts'
import type { Database } from '#adapters/embedded/storing/database.ts'
import { openGroupCommit } from '#adapters/embedded/storing/group-commit.ts'

const DAY_MS = 86_400_000

describe('openSqliteJobQueue', () => {
  let database: Database
  let queue: EmbeddedJobQueue
  let time: number
  const open = () => openSqliteJobQueue(database, openGroupCommit(database), { now: () => new Date(time) })

  beforeEach(() => {
    time = Date.parse('2026-01-02T03:04:05Z')
    database = openDatabase(':memory:')
    queue = open()
  })
  afterEach(() => {
    queue.close()
    database.close()
  })

  const bodies = async () =>
    (await queue.receive('interactive', { max: 10, leaseSeconds: 30 })).map((delivery) => delivery.body)

  describe('when the clock is set back by a day', () => {
    it('delivers what waits at once, and what is delayed after its delay', async () => {
      await queue.send([{ lane: 'interactive', body: 'now' }])
      await queue.send([{ lane: 'interactive', body: 'later', delaySeconds: 10 }])
      time -= DAY_MS

      expect(await bodies()).toEqual(['now'])
      time += 10_000
      expect(await bodies()).toEqual(['later'])
    })

    it('lets a lease run out after its time', async () => {
      await queue.send([{ lane: 'interactive', body: 'job' }])
      await bodies()
      time -= DAY_MS
      expect(await bodies()).toEqual([])
      time += 31_000

      expect(await bodies()).toEqual(['job'])
    })

    it('delivers what waits also when that happened between two runs', async () => {
      await queue.send([{ lane: 'interactive', body: 'job' }])
      time -= DAY_MS
      queue = open()

      expect(await bodies()).toEqual(['job'])
    })
  })

  it('loses nothing when the clock is a day ahead', async () => {
    await queue.send([{ lane: 'interactive', body: 'job' }])
    await bodies()
    time += DAY_MS

    expect(await bodies()).toEqual(['job'])
  })

  describe('waitForWork', () => {
    it('wakes as soon as a job is sent to the lane', async () => {
      await queue.waitForWork('interactive', 1)
      const waiting = elapsed(() => queue.waitForWork('interactive', 5000))
      await queue.send([{ lane: 'interactive', body: 1 }])

      expect(await waiting).toBeLessThan(1000)
    })

    it('wakes for a job that came just before', async () => {
      await queue.waitForWork('interactive', 1)
      await queue.send([{ lane: 'interactive', body: 1 }])

      expect(await elapsed(() => queue.waitForWork('interactive', 5000))).toBeLessThan(1000)
    })

    it('waits its time where the other lane has work, and where the waiting job is known already', async () => {
      await queue.waitForWork('interactive', 1)
      await queue.send([{ lane: 'sweep', body: 1 }])
      expect(await elapsed(() => queue.waitForWork('interactive', 60))).toBeGreaterThan(50)
      await queue.send([{ lane: 'interactive', body: 1 }])
      await queue.waitForWork('interactive', 1)

      expect(await elapsed(() => queue.waitForWork('interactive', 60))).toBeGreaterThan(50)
    })

    it('wakes when a delay ends', async () => {
      await queue.waitForWork('interactive', 1)
      await queue.send([{ lane: 'interactive', body: 1, delaySeconds: 0.05 }])
      await queue.waitForWork('interactive', 1)

      expect(await elapsed(() => queue.waitForWork('interactive', 5000))).toBeLessThan(1000)
    })

    it('ends at once when the queue is closed', async () => {
      await queue.waitForWork('interactive', 1)
      const waiting = elapsed(() => queue.waitForWork('interactive', 5000))
      await Promise.resolve()
      queue.close()

      expect(await waiting).toBeLessThan(1000)
    })
  })
})

/** Milliseconds. */
async function elapsed(work: () => Promise<void>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}
