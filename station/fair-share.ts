import type { Share } from '#shared/usecases/share-of-job.ts'

/** Lets each key's work in, no more than its share at a time; the rest of it waits in its order, and nobody else for it. */
export interface FairShares {
  /** What to call when the work is over; at once, or when its turn has come. null: too many wait, for too long, or `signal` ended. */
  enter(share: Share, signal: AbortSignal): Promise<(() => void) | null>
  /** Would it have to wait now? */
  isFull(share: Share): boolean
}

interface Line {
  active: number
  readonly waiting: Set<(isIn: boolean) => void>
}

export function openFairShares(limits: { waiting: number; waitMs: number }): FairShares {
  const lines = new Map<string, Line>()
  let waiting = 0

  const leaver = (share: Share, line: Line) => {
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      line.active -= 1
      const [next] = line.waiting
      if (next !== undefined) next(true)
      else if (line.active === 0) lines.delete(share.key)
    }
  }
  const isFull = (share: Share) => (lines.get(share.key)?.active ?? 0) >= share.most

  return {
    isFull,
    enter: async (share, signal) => {
      const line = lines.get(share.key) ?? { active: 0, waiting: new Set<(isIn: boolean) => void>() }
      lines.set(share.key, line)
      if (line.active < share.most) {
        line.active += 1
        return leaver(share, line)
      }
      if (waiting >= limits.waiting || signal.aborted) return null

      waiting += 1
      const isIn = await new Promise<boolean>((resolve) => {
        const settle = (answer: boolean) => {
          clearTimeout(timer)
          signal.removeEventListener('abort', giveUp)
          line.waiting.delete(settle)
          if (answer) line.active += 1
          resolve(answer)
        }
        const giveUp = () => settle(false)
        const timer = setTimeout(giveUp, limits.waitMs)
        timer.unref()
        signal.addEventListener('abort', giveUp, { once: true })
        line.waiting.add(settle)
      })
      waiting -= 1
      return isIn ? leaver(share, line) : null
    },
  }
}
