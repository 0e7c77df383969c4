import { describe, expect, it } from 'vitest'
import { openFairShares } from '#station/fair-share.ts'

const share = { key: 'a', most: 2 }
const never = new AbortController().signal

describe('fair shares', () => {
  it('let so many in at once, the next when one leaves, in their order', async () => {
    const shares = openFairShares({ waiting: 10, waitMs: 10_000 })
    const [first, second] = [await shares.enter(share, never), await shares.enter(share, never)]
    const order: string[] = []
    const third = shares.enter(share, never).then((leave) => (order.push('third'), leave))
    const fourth = shares.enter(share, never).then((leave) => (order.push('fourth'), leave))
    expect(shares.isFull(share)).toBe(true)
    first?.()
    const leaveThird = await third
    expect(order).toEqual(['third'])
    second?.()
    const leaveFourth = await fourth
    leaveThird?.()
    leaveFourth?.()

    expect(order).toEqual(['third', 'fourth'])
    expect(shares.isFull(share)).toBe(false)
  })

  it('keep nobody waiting for another key', async () => {
    const shares = openFairShares({ waiting: 0, waitMs: 10_000 })
    await shares.enter(share, never)
    await shares.enter(share, never)

    expect(await shares.enter(share, never)).toBeNull()
    expect(await shares.enter({ key: 'b', most: 1 }, never)).toBeTypeOf('function')
  })

  it('send away who waits too long, or when the station stops, and count them no more', async () => {
    const shares = openFairShares({ waiting: 1, waitMs: 20 })
    const stopping = new AbortController()
    const leave = await shares.enter({ key: 'a', most: 1 }, never)
    const late = await shares.enter({ key: 'a', most: 1 }, never)
    const waiting = shares.enter({ key: 'a', most: 1 }, stopping.signal)
    stopping.abort()
    const stopped = await waiting
    leave?.()

    expect([late, stopped]).toEqual([null, null])
    expect(await shares.enter({ key: 'a', most: 1 }, never)).toBeTypeOf('function')
  })

  it('count one who leaves twice once', async () => {
    const shares = openFairShares({ waiting: 1, waitMs: 20 })
    const leave = await shares.enter(share, never)
    await shares.enter(share, never)
    leave?.()
    leave?.()
    await shares.enter(share, never)

    expect(shares.isFull(share)).toBe(true)
  })
})
