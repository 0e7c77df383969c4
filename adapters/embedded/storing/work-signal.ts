import type { Lane } from '#shared/ports/job-queue.ts'

/**
 * Wakes the worker of a lane when a job came. One signal wakes once: a worker with its hands full, that does not receive, is not
 * woken again for the jobs it knows of. A signal that nobody waits for is kept for the next who does.
 */
export interface WorkSignal {
  raise(lane: Lane): void
  /** Resolves at the next signal, after `ms` at the latest. */
  wait(lane: Lane, ms: number): Promise<void>
  /** From now on nobody waits. */
  close(): void
}

export function openWorkSignal(): WorkSignal {
  const raised = new Set<Lane>()
  const waiting = new Map<Lane, Set<() => void>>()
  let isClosed = false

  const wake = (lane: Lane): void => {
    const sleepers = [...(waiting.get(lane) ?? [])]
    waiting.delete(lane)
    for (const rouse of sleepers) rouse()
  }

  return {
    raise: (lane) => {
      if (waiting.has(lane)) wake(lane)
      else raised.add(lane)
    },
    // Also what is over at once ends in another turn of the event loop, so that a loop around it lets others work.
    wait: (lane, ms) =>
      new Promise((resolve) => {
        if (raised.delete(lane) || isClosed) {
          setImmediate(resolve)
          return
        }
        const sleepers = waiting.get(lane) ?? new Set()
        waiting.set(lane, sleepers)
        const rouse = () => {
          clearTimeout(timer)
          sleepers.delete(rouse)
          if (sleepers.size === 0 && waiting.get(lane) === sleepers) waiting.delete(lane)
          setImmediate(resolve)
        }
        const timer = setTimeout(rouse, ms)
        sleepers.add(rouse)
      }),
    close: () => {
      isClosed = true
      for (const lane of waiting.keys()) wake(lane)
    },
  }
}
