import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram, timeProgram } from '../processes.ts'
import { alternate, judge, summarize } from '../row.ts'
import type { Row, Sample } from '../row.ts'
import { writeArchives } from '../world/archive-folder.ts'
import { configureDnf } from '../world/dnf.ts'
import { openLoopback } from '../world/loopback.ts'
import { makeRpmArchive } from '../world/rpm-repository.ts'

const Look = z.object({
  status: z.string(),
  ms: z.number(),
  cpuMs: z.number(),
  requests: z.number(),
  packages: z.number(),
})
const Told = z.object({ first: Look, second: Look, rssMb: z.number() })
type Told = z.infer<typeof Told>
const Unpacked = z.object({ ms: z.number(), cpuMs: z.number(), bytes: z.number() })

/** A refresh of a yum repository of 60,000 packages in a fresh process, next to unpacking alone and to dnf. */
export const refreshLargeRpmRepository: Measurement = { id: 'rpm-refresh', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const archive = await makeRpmArchive(bench.quick ? 3000 : 60_000, 1)
  const folder = join(bench.folder, 'rpm-refresh')
  const [archives, store, packed] = ['archives', 'store', 'primary.xml.gz'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  writeArchives(archives, archive.files)
  writeFileSync(packed, archive.primary)
  const loopback = await openLoopback()
  for (const [path, bytes] of archive.files) loopback.files.set(path, bytes)
  const dnf = configureDnf(join(folder, 'root'), loopback.url)

  const told: Told[] = []
  const workers = join(import.meta.dirname, '..', 'workers')
  const refresh = async (): Promise<Sample> => {
    rmSync(store, { recursive: true, force: true })
    const { stdout } = await callProgram([
      process.execPath,
      join(workers, 'refresh-rpm-repository.ts'),
      archives,
      store,
    ])
    const took = Told.parse(JSON.parse(stdout))
    told.push(took)
    return { value: took.first.ms, cpuMs: took.first.cpuMs }
  }
  const unpack = async (): Promise<Sample> => {
    const { stdout } = await callProgram([process.execPath, join(workers, 'unpack-only.ts'), packed])
    const { ms, cpuMs } = Unpacked.parse(JSON.parse(stdout))
    return { value: ms, cpuMs }
  }
  const makeCache = async (): Promise<Sample> => {
    if (dnf === null) return { value: Number.NaN }
    dnf.forget()
    return timeProgram([...dnf.command, 'makecache'], { env: dnf.env })
  }
  const samples = await alternate(bench.rounds, { ours: refresh, unpack, makeCache })
  await loopback.close()
  const { first, second } = told[0]!
  const unchanged = told.map((took) => ({ value: took.second.ms, cpuMs: took.second.cpuMs }))
  const ours = summarize('verify, unpack, hash, read, store', 'ms', samples.ours)
  const origin = `a made-up primary.xml of ${Math.round(archive.plainBytes / 1_048_576)} MiB, ${Math.round(archive.primary.length / 1_048_576)} MiB packed`
  return [
    judge({
      id: 'rpm-refresh',
      what: `refresh of a yum repository of ${first.packages} packages, download aside`,
      ours,
      reference: summarize('gunzip alone, same runtime', 'ms', samples.unpack),
      goal: { of: 'ratio', is: 'at most', number: 2 },
      notes: [origin],
    }),
    judge({
      id: 'rpm-refresh-dnf',
      what: 'the same next to dnf makecache, which fetches it over loopback',
      ours,
      reference: dnf === null ? null : summarize('dnf makecache, nothing cached', 'ms', samples.makeCache),
      goal: { of: 'ratio', is: 'at most', number: 1 },
      notes: dnf === null ? ['no dnf on this machine: nothing to compare with'] : [],
    }),
    judge({
      id: 'rpm-refresh-memory',
      what: 'memory of the whole process at its most, the packed repository included',
      ours: summarize(
        'resident memory',
        'MiB',
        told.map(({ rssMb }) => ({ value: rssMb })),
      ),
      reference: null,
      goal: { of: 'value', is: 'at most', number: 256 },
    }),
    judge({
      id: 'rpm-refresh-unchanged',
      what: 'the same repository again, nothing new',
      ours: summarize('one conditional request', 'ms', unchanged),
      reference: null,
      goal: { of: 'value', is: 'at most', number: 50 },
      notes: [`${second.status} after ${second.requests} request`],
    }),
  ]
}
