import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { listHostileEvidence } from '#test/support/hostile-evidence.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

const SEED = Number(process.env.LAZARET_TEST_SEED ?? 1)
type HostileCase = ReturnType<typeof listHostileEvidence>[number]

const CASES = listHostileEvidence(SEED)
const SLOWEST_MS = 10_000

let world: StationWorld

beforeAll(async () => {
  world = await stationWorld()
})
afterAll(() => world.close())

describe('hostile evidence over HTTP', () => {
  it.each(CASES.map((one, at) => ({ name: one.name, at })))('$name ends as it must, in time', async ({ at }) => {
    const one = CASES[at]
    if (one === undefined) throw new Error('there is no such case')
    const machine = `case-${at}`
    const before = await storedKeys()
    const started = performance.now()
    const response = await world.ask('PUT', `/v1/machines/${machine}/evidence`, {
      body: ReadableStream.from<Uint8Array>(one.body()),
      headers: { 'content-type': 'application/gzip' },
    })
    const answer = (await response.json()) as Answer

    expect(performance.now() - started).toBeLessThan(SLOWEST_MS)
    expect(findTrouble(one, response.status, answer)).toBeNull()
    expect(response.ok ? [] : await leftovers(machine, before)).toEqual([])
    await world.ask('DELETE', `/v1/machines/${machine}`)
  })

  it('never takes a station of its own process more than 256 MiB of memory', async () => {
    const child = fork(join(import.meta.dirname, '..', 'support', 'serve-world.ts'))
    const { url, token } = Served.parse(await nextMessage(child))
    for (const one of CASES) await sendTo(url, token, one)
    child.send('how much?')
    const { grownMiB } = Grown.parse(await nextMessage(child))
    child.disconnect()

    expect(grownMiB).toBeLessThan(256)
  })

  it('left nothing that a defect of ours explains in the log', () => {
    expect(world.logged.filter((line) => line.includes('"code":"unexpected"'))).toEqual([])
  })
})

const Served = z.object({ url: z.string(), token: z.string() })
const Grown = z.object({ grownMiB: z.number() })

async function nextMessage(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message')
  return message
}

/** A station that refuses before the end of the body may end the connection: that is an answer too. */
async function sendTo(url: string, token: string, one: HostileCase): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/gzip' }
  const body = ReadableStream.from(one.body())
  await fetch(`${url}/v1/machines/hostile/evidence`, { method: 'PUT', headers, body, duplex: 'half' })
    .then((response) => response.arrayBuffer())
    .catch(() => undefined)
}

interface Answer {
  readonly code?: string
  readonly place?: { file?: string }
  readonly detail?: string
  readonly warnings?: string[]
  readonly problems?: string[]
  readonly packages?: number
}

/** null when the answer is what the case demands. */
function findTrouble(one: HostileCase, status: number, answer: Answer): string | null {
  const { demand } = one
  const seen = `${status} ${JSON.stringify(answer).slice(0, 400)}`
  if (demand.outcome === 'refused') {
    const isCode = demand.codes.some((code) => code === answer.code)
    if (status < 400 || status >= 500 || !isCode) return `not refused with ${demand.codes.join(' or ')}: ${seen}`
    const namesFile = demand.file === undefined || `${answer.place?.file} ${answer.detail}`.includes(demand.file)
    return namesFile ? null : `does not name ${demand.file}: ${seen}`
  }
  if (status !== 201) return `not taken: ${seen}`
  const { warnings = [], problems = [] } = answer
  if (demand.outcome === 'told') return [...warnings, ...problems].some((line) => demand.says.test(line)) ? null : seen
  if (demand.outcome === 'unknown') return problems.some((line) => demand.says.test(line)) ? null : seen
  return answer.packages === demand.packages && problems.length === 0 ? null : seen
}

/** What refused evidence left behind. */
async function leftovers(machine: string, before: ReadonlySet<string>): Promise<string[]> {
  const record = await world.station.table.get({ partition: 'machine', sort: machine })
  const objects = [...(await storedKeys())].filter((key) => !before.has(key))
  return record === null ? objects : [...objects, 'the record of a machine']
}

async function storedKeys(): Promise<ReadonlySet<string>> {
  const keys = new Set<string>()
  for await (const key of world.station.objects.list('')) keys.add(key)
  return keys
}
