import type { Station } from '#shared/usecases/needs.ts'
import { collect } from './collect.ts'

/**
 * Runs several use cases at the same time, one effect after another in an order that `choose` draws: each call of a port waits until
 * it is its turn. Resolves, once all have ended, to what each ended with.
 */
export async function interleave(
  station: Station,
  calls: readonly ((station: Station) => Promise<unknown>)[],
  choose: (below: number) => number,
): Promise<PromiseSettledResult<unknown>[]> {
  const waiting = calls.map((): Effect[] => [])
  // In some orders one of them is much slower than another.
  const paces = calls.map(() => 1 + choose(12))
  const running = new Set(calls.keys())
  const ends = Promise.allSettled(
    calls.map((call, at) => call(ordered(station, waiting[at] ?? [])).finally(() => running.delete(at))),
  )
  while (running.size > 0) {
    await turnOfTheLoop()
    const ready = waiting.flatMap((effects, at) =>
      effects.length === 0 ? [] : Array.from({ length: paces[at] ?? 1 }, () => effects),
    )
    const effects = ready[choose(Math.max(1, ready.length))] ?? []
    const [next] = effects.splice(choose(Math.max(1, effects.length)), 1)
    // Where nobody is at a port, someone waits for another by the clock.
    await (next === undefined ? pause() : next())
  }
  return ends
}

type Effect = () => Promise<void>

/** The station for one caller: each of its effects waits among these until it is called. */
function ordered(station: Station, waiting: Effect[]): Station {
  const inTurn = <Answer>(effect: () => Promise<Answer>): Promise<Answer> =>
    new Promise((resolve, reject) => {
      waiting.push(() => effect().then(resolve, reject))
    })
  const listInTurn = async function* (list: () => AsyncIterable<string>): AsyncGenerator<string> {
    yield* await inTurn(() => collect(list()))
  }
  const wrap = <Port extends object>(port: Port): Port => {
    const wrapped = Object.entries(port).map(([name, method]: [string, (...args: unknown[]) => unknown]) => [
      name,
      name === 'list'
        ? (prefix: string) => listInTurn(() => method(prefix) as AsyncIterable<string>)
        : (...args: unknown[]) => inTurn(async () => method(...args)),
    ])
    return Object.fromEntries(wrapped) as Port
  }
  return { ...station, objects: wrap(station.objects), table: wrap(station.table), queue: wrap(station.queue) }
}

/** Long enough for everyone whose effect has ended to come to the next one. */
async function turnOfTheLoop(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5)
  })
}
