import { z } from 'zod'
import { numberOf } from './station-load.ts'
import type { Load } from './station-load.ts'

/** A running station and the token to ask it with. */
export interface Asked {
  readonly url: string
  readonly token: string
}

const Summary = z.looseObject({ name: z.string(), packages: z.number() })
const List = z.looseObject({ items: z.array(Summary) })
const Check = z.looseObject({ status: z.string() })
const Depth = z.object({ waiting: z.number(), leased: z.number(), dead: z.number() })
const Queue = z.looseObject({ depth: z.object({ interactive: Depth, sweep: Depth }) })
const PATIENCE_MS = 60_000

/** GET; @throws when the answer is not 200 */
export async function askStation({ url, token }: Asked, path: string): Promise<unknown> {
  const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } })
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return response.json()
}

/**
 * Machines that do not show evidence between the last answered and the last sent, and those that the list shows otherwise than each
 * shows itself. [] when all is well.
 */
export async function listUnkept(asked: Asked, load: Load): Promise<string[]> {
  const { items } = List.parse(await askStation(asked, '/v1/machines?limit=100'))
  const unkept: string[] = []
  for (const listed of items) {
    const single = Summary.parse(await askStation(asked, `/v1/machines/${listed.name}`))
    if (single.packages !== listed.packages)
      unkept.push(`${listed.name}: ${single.packages}, listed ${listed.packages}`)
  }
  const shown = new Map(items.map((machine) => [machine.name, numberOf(machine)]))
  for (const [machine, sent] of load.sent) {
    const number = shown.get(machine) ?? 0
    const kept = load.acknowledged.get(machine) ?? 0
    if (number < kept || number > sent) unkept.push(`${machine} shows ${number}, not ${kept} to ${sent}`)
  }
  return unkept
}

/** Accepted checks that do not end well within a minute, and work that is left or given up then. [] when all is well. */
export async function listUnended(asked: Asked, load: Load): Promise<string[]> {
  const end = performance.now() + PATIENCE_MS
  const unended: string[] = []
  for (const id of load.accepted) {
    const status = async () => Check.parse(await askStation(asked, `/v1/checks/${id}`)).status
    while ((await status()) === 'queued' && performance.now() < end) await pause(50)
    if ((await status()) !== 'done') unended.push(`check ${id}: ${await status()}`)
  }

  const depth = async () => Queue.parse(await askStation(asked, '/v1/queue')).depth
  const left = async () => {
    const { interactive, sweep } = await depth()
    return interactive.waiting + interactive.leased + interactive.dead + sweep.leased + sweep.dead
  }
  while ((await left()) > 0 && performance.now() < end) await pause(50)
  if ((await left()) > 0) unended.push(`the queue: ${JSON.stringify(await depth())}`)
  return unended
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
