import { Fault } from '#shared/domain/fault.ts'
import type { Station } from '#shared/usecases/needs.ts'

/**
 * What becomes of the n-th effect of a use case. `fails`: it throws and nothing happens. `answer-lost`: it happens, and throws all the
 * same. `dies`: it does not happen, nor does any later one, as if the process had died there.
 */
export const MISHAPS = ['fails', 'answer-lost', 'dies'] as const
export type Mishap = (typeof MISHAPS)[number]

export interface FaultyStation {
  readonly station: Station
  /** Each effect so far, as `table.put`. */
  readonly effects: readonly string[]
}

/** The station's ports with a mishap at the n-th effect, from 1 on; 0: none, for counting. */
export function faultyStation(station: Station, mishap: Mishap, at: number): FaultyStation {
  const effects: string[] = []
  // What this effect meets: thrown before it, or after it.
  const meet = (name: string): { before: Fault | null; after: Fault | null } => {
    effects.push(name)
    const fault = name.startsWith('fetcher.')
      ? new Fault('repository_unreachable', `Effect ${at} was lost.`)
      : new Fault('storage_unavailable', `Effect ${at} was lost.`)
    const isHit = at > 0 && (effects.length === at || (mishap === 'dies' && effects.length > at))
    if (!isHit) return { before: null, after: null }
    return mishap === 'answer-lost' ? { before: null, after: fault } : { before: fault, after: null }
  }
  const wrap = <Port extends object>(portName: string, port: Port): Port => {
    const wrapped = Object.entries(port).map(([name, method]: [string, unknown]) => {
      if (typeof method !== 'function') return [name, method]
      if (name === 'list') return [name, (prefix: string) => wrapList(`${portName}.list`, method(prefix))]

      return [
        name,
        async (...args: unknown[]) => {
          const { before, after } = meet(`${portName}.${name}`)
          if (before !== null) throw before
          const answer: unknown = await method(...args)
          if (after !== null) throw after
          return answer
        },
      ]
    })
    return Object.fromEntries(wrapped) as Port
  }
  const wrapList = async function* (name: string, keys: AsyncIterable<string>): AsyncGenerator<string> {
    const { before, after } = meet(name)
    if (before !== null) throw before
    yield* keys
    if (after !== null) throw after
  }
  return {
    station: {
      ...station,
      objects: wrap('objects', station.objects),
      table: wrap('table', station.table),
      queue: wrap('queue', station.queue),
      fetcher: wrap('fetcher', station.fetcher),
    },
    effects,
  }
}
