/** Lets requests to one host through in order, no more than so many at once and a second. Hosts do not wait for each other. */
export interface HostGate {
  /** Resolves, when it is this request's turn, with what to call once it is over. @throws the signal's reason */
  enter(host: string, signal: AbortSignal): Promise<() => void>
}

interface Line {
  active: number
  /** Times (ms) of the latest starts, oldest first; at most as many as a second allows. */
  readonly starts: number[]
  readonly waiting: Set<() => void>
  timer: NodeJS.Timeout | null
}

/** A little more than a second: what is let through goes out a moment later, the first later than the last. */
const SECOND_MS = 1020
const IDLE_LINES = 1000

/** `perSecond` holds for every second, wherever it begins: after a burst of that many, the next waits until the first is a second old. */
export function openHostGate(limits: { connections: number; perSecond: number; now?: () => number }): HostGate {
  const now = limits.now ?? (() => performance.now())
  const lines = new Map<string, Line>()

  const pump = (line: Line): void => {
    for (const admit of line.waiting) {
      if (line.active >= limits.connections) return

      const waitMs = line.starts.length < limits.perSecond ? 0 : (line.starts[0] ?? 0) + SECOND_MS - now()
      if (waitMs > 0) {
        line.timer ??= setTimeout(() => {
          line.timer = null
          pump(line)
        }, Math.ceil(waitMs))
        return
      }
      line.waiting.delete(admit)
      line.active += 1
      line.starts.push(now())
      if (line.starts.length > limits.perSecond) line.starts.shift()
      admit()
    }
  }

  const lineOf = (host: string): Line => {
    const known = lines.get(host)
    if (known !== undefined) return known

    if (lines.size >= IDLE_LINES) dropIdle(lines, now())
    const line: Line = { active: 0, starts: [], waiting: new Set(), timer: null }
    lines.set(host, line)
    return line
  }

  return {
    enter: async (host, signal) => {
      signal.throwIfAborted()
      const line = lineOf(host)
      await new Promise<void>((resolve, reject) => {
        const admit = (): void => {
          signal.removeEventListener('abort', abort)
          resolve()
        }
        const abort = (): void => {
          if (line.waiting.delete(admit)) reject(signal.reason as Error)
        }
        signal.addEventListener('abort', abort, { once: true })
        line.waiting.add(admit)
        pump(line)
      })

      let isOver = false
      return () => {
        if (isOver) return
        isOver = true
        line.active -= 1
        pump(line)
      }
    },
  }
}

function dropIdle(lines: Map<string, Line>, now: number): void {
  for (const [host, line] of lines) {
    const isIdle = line.active === 0 && line.waiting.size === 0 && (line.starts.at(-1) ?? 0) + SECOND_MS < now
    if (isIdle) lines.delete(host)
  }
}
