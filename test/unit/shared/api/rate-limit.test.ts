import { describe, expect, it } from 'vitest'
import { openRateLimiter } from '#shared/api/rate-limit.ts'

const at = (seconds: number) => new Date(1_000_000 + seconds * 1000)

describe('the rate limiter', () => {
  it('lets a burst through, then one for each time that passes', () => {
    const limiter = openRateLimiter({ requests: { perSecond: 2, burst: 2 } })
    const take = (seconds: number) => limiter.take('requests', 'a', at(seconds))

    expect([take(0), take(0), take(0), take(0.5), take(0.5), take(10), take(10), take(10)]).toEqual([
      0, 0, 1, 0, 1, 0, 0, 1,
    ])
  })

  it('says in how many whole seconds to come again', () => {
    const limiter = openRateLimiter({ evidenceOfMachine: { perSecond: 0.1, burst: 1 } })
    limiter.take('evidenceOfMachine', 'a', at(0))

    expect(limiter.take('evidenceOfMachine', 'a', at(3))).toBe(7)
  })

  it('counts each key and each limit by itself, and a clock that goes back gives nothing', () => {
    const limiter = openRateLimiter({ requests: { perSecond: 1, burst: 1 } })
    limiter.take('requests', 'a', at(100))

    expect(limiter.take('requests', 'b', at(100))).toBe(0)
    expect(limiter.take('evidenceOfToken', 'a', at(100))).toBe(0)
    expect(limiter.take('requests', 'a', at(0))).toBe(1)
  })
})
