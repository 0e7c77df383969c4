import type { Rate, RateLimits } from './endpoint.ts'

const DEFAULT_LIMITS: RateLimits = {
  requests: { perSecond: 200, burst: 1000 },
  evidenceOfToken: { perSecond: 10, burst: 600 },
  evidenceOfMachine: { perSecond: 0.5, burst: 30 },
}

/** Counts requests in this process: a bucket a key that refills by and by. */
export interface RateLimiter {
  /** 0: go on. Else in how many whole seconds to come again. */
  take(limit: keyof RateLimits, key: string, now: Date): number
}

/** Whoever has not come for long is forgotten beyond this many, which only ever forgives. */
const MOST_KEYS = 20_000

export function openRateLimiter(limits: Partial<RateLimits> = {}): RateLimiter {
  const rates = { ...DEFAULT_LIMITS, ...limits }
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(limit, key, now) {
      const rate = rates[limit]
      const id = `${limit}/${key}`
      const before = buckets.get(id)
      const left = before === undefined ? rate.burst : refill(before, rate, now.getTime())
      buckets.delete(id)
      buckets.set(id, { left: left >= 1 ? left - 1 : left, at: now.getTime() })
      const [oldest] = buckets.keys()
      if (buckets.size > MOST_KEYS && oldest !== undefined) buckets.delete(oldest)

      return left >= 1 ? 0 : Math.max(1, Math.ceil((1 - left) / rate.perSecond))
    },
  }
}

function refill(before: { left: number; at: number }, rate: Rate, now: number): number {
  const passed = Math.max(0, now - before.at) / 1000
  return Math.min(rate.burst, before.left + passed * rate.perSecond)
}
