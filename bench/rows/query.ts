import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench, Measurement } from '../bench.ts'
import { openConnection, writeRequest } from '../http-client.ts'
import { judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { writeEvidence } from '../world/evidence-files.ts'
import { startStation } from '../world/served-station.ts'

/** Connections that ask one question after the other. */
const CONNECTIONS = 4
/** The rate at which the time of an answer is taken. */
const PACE = 2000

/** The question that gates and pages ask all day: the updates of a machine, when nothing is new. */
export const answerQueries: Measurement = { id: 'query', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const folder = join(bench.folder, 'query')
  const [name = ''] = writeEvidence(world, join(folder, 'evidence'), 1, bench.quick ? 100 : 700)
  const evidence = readFileSync(join(folder, 'evidence', `${name}.tar.gz`))
  const station = await startStation(bench, folder)
  const authorization = `Bearer ${station.token}`
  const put = writeRequest(
    'PUT',
    `/v1/machines/${name}/evidence`,
    { authorization, 'content-type': 'application/gzip' },
    evidence,
  )
  const get = writeRequest('GET', `/v1/machines/${name}/updates`, { authorization })
  const first = await openConnection(station.host, station.port)
  await first.ask(put)
  const { status, body } = await first.ask(get)
  first.close()
  if (status !== 200 || !body.includes('"freshness":"fresh"'))
    throw new Error(`The updates were answered with ${status}.`)

  writeFileSync(join(folder, 'body'), body)
  const plain = await startPlainServer(join(folder, 'body'))
  try {
    const [ours, bare, paced, barePaced] = [[] as Load[], [] as Load[], [] as Load[], [] as Load[]]
    const seconds = bench.quick ? 0.3 : 2
    // One round more: the first one warms up.
    for (let round = 0; round < (bench.quick ? 2 : 5); round += 1) {
      ours.push(await ask(station, get, seconds, null))
      bare.push(await ask(plain, get, seconds, null))
      paced.push(await ask(station, get, seconds, PACE))
      barePaced.push(await ask(plain, get, seconds, PACE))
    }
    const of = (loads: readonly Load[], key: keyof Load) => loads.slice(1).map((load) => ({ value: load[key] }))
    const what = `cached query over HTTP, an answer of ${Math.round(body.length / 1024)} KiB, ${CONNECTIONS} connections`
    return [
      judge({
        id: 'query-rate',
        what,
        ours: summarize('GET /v1/machines/NAME/updates', 'per second', of(ours, 'rate')),
        reference: summarize('node:http with nothing behind it, the same bytes', 'per second', of(bare, 'rate')),
        goal: { of: 'value', is: 'at least', number: 2000 },
      }),
      judge({
        id: 'query-p99',
        what: `the same, ${PACE} a second: 99th percentile`,
        ours: summarize('GET /v1/machines/NAME/updates', 'ms', of(paced, 'p99')),
        reference: summarize('node:http with nothing behind it, the same bytes', 'ms', of(barePaced, 'p99')),
        goal: { of: 'value', is: 'at most', number: 2 },
        notes: ['the clients share the two cores with the server'],
      }),
    ]
  } finally {
    plain.close()
    await station.close()
  }
}

interface Load {
  readonly rate: number
  readonly p99: number
}

/** `perSecond`: so many over all connections; null: as many as there can be. A question that had to wait for its turn counts from then. */
async function ask(
  server: { host: string; port: number },
  request: Uint8Array,
  seconds: number,
  perSecond: number | null,
): Promise<Load> {
  const times: number[] = []
  const started = performance.now()
  const end = started + seconds * 1000
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async (_, number) => {
      const connection = await openConnection(server.host, server.port)
      const step = perSecond === null ? 0 : (1000 * CONNECTIONS) / perSecond
      for (let due = started + (number * step) / CONNECTIONS; due < end; due += step) {
        if (step === 0) due = performance.now()
        const early = due - performance.now()
        if (early > 0) await new Promise((resolve) => setTimeout(resolve, early))
        const at = early > 0 ? performance.now() : due
        const { status } = await connection.ask(request)
        if (status !== 200) throw new Error(`A query was answered with ${status}.`)
        times.push(performance.now() - at)
      }
      connection.close()
    }),
  )
  const sorted = times.toSorted((a, b) => a - b)
  return {
    rate: (times.length / (performance.now() - started)) * 1000,
    p99: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
  }
}

async function startPlainServer(file: string): Promise<{ host: string; port: number; close(): void }> {
  const worker = join(import.meta.dirname, '..', 'workers', 'plain-server.ts')
  const child = spawn(process.execPath, [worker, file], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<number>((resolve, reject) => {
    child.on('exit', () => reject(new Error('The plain server did not start.')))
    child.stdout.setEncoding('utf8').on('data', (text: string) => resolve(Number(/:(\d+)\s*$/.exec(text)?.[1])))
  })
  return { host: '127.0.0.1', port, close: () => void child.kill('SIGTERM') }
}
