import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serve } from '#station/serve.ts'
import type { Serving } from '#station/serve.ts'
import { listAbuse } from '#test/support/api-abuse.ts'
import type { Abuse } from '#test/support/api-abuse.ts'
import { answered } from '#test/support/answered.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

const SEED = Number(process.env.LAZARET_TEST_SEED ?? 1)

let world: StationWorld
let serving: Serving
let cases: Abuse[]

beforeAll(async () => {
  world = await stationWorld()
  await world.register('web1')
  serving = await serve(world.api, { listen: '127.0.0.1:0', folder: world.folder })
  cases = listAbuse(SEED, { admin: world.admin, gate: await world.token('gate') })
})
afterAll(async () => {
  await serving.close()
  await world.close()
})

describe('abuse of the API over a real connection', () => {
  it('is a corpus of at least 152 requests, each with a name of its own', () => {
    expect(cases.length).toBeGreaterThanOrEqual(152)
    expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length)
  })

  it('is answered as each case demands, by a problem document, without a word about the inside', async () => {
    const wrong: string[] = []
    for (const abuse of cases) {
      const answer = await send(abuse)
      const trouble = findTrouble(abuse, answer)
      if (trouble !== null) wrong.push(`${abuse.name}: ${trouble}`)
    }

    expect(wrong).toEqual([])
  })

  it('leaves the station as it was', async () => {
    const machines = await answered(await world.ask('GET', '/v1/machines'))
    const tokens = await answered(await world.ask('GET', '/v1/tokens'))

    expect(machines.items.map((item) => item.name)).toEqual(['web1'])
    expect(tokens.items).toHaveLength(2)
    expect(({} as Record<string, unknown>).force).toBeUndefined()
    expect(world.logged.filter((line) => line.includes('"code":"unexpected"'))).toEqual([])
  })
})

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: string
}

function send(abuse: Abuse): Promise<Answer> {
  const { hostname, port } = new URL(serving.url)
  const length = String(abuse.body?.length ?? 0)
  const headers = [...abuse.headers, 'Host', 'station.example', 'Content-Length', length]
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, method: abuse.method, path: abuse.path, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    asked.on('error', reject)
    asked.end(abuse.body)
  })
}

/** What an answer must never hold: stacks, paths and modules of the station, and tokens. */
const LEAKS = [
  /\n\s+at /,
  /node_modules/,
  /\.ts[:)]/,
  /sqlite/i,
  /ZodError/,
  /TypeError/,
  /lzt_[A-Za-z0-9_-]{20}/,
  /\/tmp\//,
]

/** Answers that Node's own parser gives, before the API hears of the request. */
const BY_PARSER = new Set([400, 431, 501])

function findTrouble(abuse: Abuse, answer: Answer): string | null {
  if (!abuse.expected.includes(answer.status))
    return `${answer.status} instead of ${abuse.expected.join(' or ')}: ${answer.body}`
  const leak = LEAKS.find((pattern) => pattern.test(answer.body))
  if (leak !== undefined) return `the answer tells ${leak}: ${answer.body}`
  if (answer.status < 400 || abuse.method === 'HEAD') return null
  if (answer.body === '' && BY_PARSER.has(answer.status)) return null
  return answer.type === 'application/problem+json' ? null : `no problem document but ${answer.type}: ${answer.body}`
}
