import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram, timeProgram } from '../processes.ts'
import { alternate, judge, summarize } from '../row.ts'
import type { Row, Sample } from '../row.ts'
import { writeArchives } from '../world/archive-folder.ts'

const Look = z.object({
  status: z.string(),
  ms: z.number(),
  cpuMs: z.number(),
  requests: z.number(),
  packages: z.number(),
})
const Told = z.object({ first: Look, second: Look, rssMb: z.number() })
type Told = z.infer<typeof Told>

/** A refresh in a fresh process, from the first byte of the download to the list on the disk; then a look where nothing is new. */
export const refreshLargeRepository: Measurement = { id: 'refresh', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const archives = join(bench.folder, 'refresh', 'archives')
  const keyring = join(bench.folder, 'refresh', 'keyring.gpg')
  const store = join(bench.folder, 'refresh', 'store')
  writeArchives(archives, world.files)
  writeFileSync(keyring, world.key.keyring)
  const worker = join(import.meta.dirname, '..', 'workers', 'refresh-repository.ts')

  const told: Told[] = []
  const refresh = async (): Promise<Sample> => {
    rmSync(store, { recursive: true, force: true })
    const { stdout } = await callProgram([process.execPath, worker, archives, keyring, store])
    const took = Told.parse(JSON.parse(stdout))
    told.push(took)
    return { value: took.first.ms, cpuMs: took.first.cpuMs }
  }
  const samples = await alternate(bench.rounds, {
    ours: refresh,
    xz: () => timeProgram(['xz', '-dc', world.xzFile]),
  })
  const { first, second } = told[0]!
  const memory = Math.round(Math.max(...told.map(({ rssMb }) => rssMb)))
  const unchanged = told.map((took) => ({ value: took.second.ms, cpuMs: took.second.cpuMs }))
  return [
    judge({
      id: 'refresh',
      what: `refresh of a repository of ${first.packages} packages, download aside`,
      ours: summarize('verify, unpack, hash, read, store', 'ms', samples.ours),
      reference: summarize('xz -dc', 'ms', samples.xz),
      goal: { of: 'ratio', is: 'at most', number: 1.3 },
      notes: [world.origin, `${first.status}; at most ${memory} MiB of memory, the archive itself included`],
    }),
    judge({
      id: 'refresh-unchanged',
      what: 'the same repository again, nothing new',
      ours: summarize('one conditional request', 'ms', unchanged),
      reference: null,
      goal: { of: 'value', is: 'at most', number: 50 },
      notes: [`${second.status} after ${second.requests} request`],
    }),
  ]
}
