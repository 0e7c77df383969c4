import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { openConnection, writeRequest } from '../http-client.ts'
import { judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { writeEvidence } from '../world/evidence-files.ts'
import { startStation } from '../world/served-station.ts'
import type { ServedStation } from '../world/served-station.ts'

/** Clients at the same time, each with a connection of its own. */
const CLIENTS = 24
const Depth = z.object({ depth: z.object({ interactive: z.object({ waiting: z.number(), leased: z.number() }) }) })

/** New machines a second, each answered only when it is on the disk. */
export const registerMany: Measurement = { id: 'registrations', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const folder = join(bench.folder, 'registrations')
  const [rounds, machines, packages] = bench.quick ? [1, 10, 100] : [3, 400, 500]
  const names = writeEvidence(world, join(folder, 'evidence'), rounds * machines + 1, packages)
  const bodies = names.map((name) => readFileSync(join(folder, 'evidence', `${name}.tar.gz`)))
  const station = await startStation(bench, folder)
  try {
    // The first one brings the repositories with it.
    await register(station, [[names.at(-1)!, bodies.at(-1)!]])
    await becomeIdle(station)
    const [ours, disk] = [[] as number[], [] as number[]]
    for (let round = 0; round < rounds; round += 1) {
      const from = round * machines
      const these = names.slice(from, from + machines).map((name, at) => [name, bodies[from + at]!] as const)
      ours.push(await register(station, these))
      await becomeIdle(station)
      disk.push(writeEach(join(folder, `disk-${round}`), these))
    }
    const valued = (rates: readonly number[]) => rates.map((value) => ({ value }))
    return [
      judge({
        id: 'registrations',
        what: `registrations of machines with ${packages} packages over HTTP, ${CLIENTS} at a time`,
        ours: summarize('taken in, on the disk, checks queued', 'per second', valued(ours)),
        reference: summarize('the same bytes written to a file each, with fsync', 'per second', valued(disk)),
        goal: { of: 'value', is: 'at least', number: 200 },
        notes: ['every inventory is another one; their checks run at the same time'],
      }),
    ]
  } finally {
    await station.close()
  }
}

/** Registrations a second. */
async function register(station: ServedStation, machines: readonly (readonly [string, Buffer])[]): Promise<number> {
  const waiting = [...machines]
  const started = performance.now()
  await Promise.all(
    Array.from({ length: Math.min(CLIENTS, waiting.length) }, async () => {
      const connection = await openConnection(station.host, station.port)
      for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
        const headers = { authorization: `Bearer ${station.token}`, 'content-type': 'application/gzip' }
        const { status, body } = await connection.ask(
          writeRequest('PUT', `/v1/machines/${next[0]}/evidence`, headers, next[1]),
        )
        if (status !== 201)
          throw new Error(`A registration was answered with ${status}: ${body.toString().slice(0, 300)}`)
      }
      connection.close()
    }),
  )
  return (machines.length / (performance.now() - started)) * 1000
}

async function becomeIdle(station: ServedStation): Promise<void> {
  const connection = await openConnection(station.host, station.port)
  for (;;) {
    const answer = await connection.ask(writeRequest('GET', '/v1/queue', { authorization: `Bearer ${station.token}` }))
    const { depth } = Depth.parse(JSON.parse(answer.body.toString()))
    if (depth.interactive.waiting + depth.interactive.leased === 0) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  connection.close()
}

/** Files a second. */
function writeEach(folder: string, files: readonly (readonly [string, Buffer])[]): number {
  mkdirSync(folder, { recursive: true })
  const started = performance.now()
  for (const [name, bytes] of files) {
    const file = openSync(join(folder, name), 'w')
    writeSync(file, bytes)
    fsyncSync(file)
    closeSync(file)
  }
  return (files.length / (performance.now() - started)) * 1000
}
