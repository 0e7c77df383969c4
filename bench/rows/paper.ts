import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram, timeProgram } from '../processes.ts'
import { alternate, judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { configureApt } from '../world/apt.ts'
import { writeArchives } from '../world/archive-folder.ts'
import { bundleWorker } from '../world/bundle-worker.ts'
import { configureCli } from '../world/cli.ts'
import { writeEvidence } from '../world/evidence-files.ts'
import { writeMachineFolder } from '../world/machines.ts'

const Told = z.object({ machines: z.number(), updates: z.number().min(1), fresh: z.number() })

/** The experiments of the paper (Journal of Cloud Computing 1:12, 2012), with its figures beside. */
export const repeatPaper: Measurement = {
  id: 'paper',
  run: async (bench) => [await checkFleet(bench), await importTwo(bench)],
}

async function checkFleet(bench: Bench): Promise<Row> {
  const world = await bench.world()
  const machines = bench.quick ? 10 : 115
  const packages = bench.quick ? 100 : 700
  const place = (name: string) => join(bench.folder, 'paper', name)
  writeArchives(place('archives'), world.files)
  writeEvidence(world, place('evidence'), machines, packages)
  const setUp = join(import.meta.dirname, '..', 'workers', 'register-fleet.ts')
  await callProgram([process.execPath, setUp, place('archives'), place('evidence'), place('prepared')])
  const askAll = await bundleWorker(bench, 'workers/ask-all.ts')
  const env = { NODE_COMPILE_CACHE: join(bench.folder, 'compiled') }

  const ask = [process.execPath, askAll, place('data')]
  const prepare = () => {
    rmSync(place('data'), { recursive: true, force: true })
    cpSync(place('prepared'), place('data'), { recursive: true })
  }
  prepare()
  const told = Told.parse(JSON.parse((await callProgram(ask, { env })).stdout))
  if (told.fresh !== machines) throw new Error(`only ${told.fresh} of ${machines} answers are fresh`)
  const samples = await alternate(bench.rounds, {
    // Nothing was checked before: every result is worked out and stored.
    ours: async () => (prepare(), timeProgram(ask, { env })),
    again: () => timeProgram(ask, { env }),
  })
  const again = summarize('', 'ms', samples.again)
  return judge({
    id: 'paper-115',
    what: `the paper's experiment: ${machines} machines of ${packages} packages, caches on disk, whole process`,
    ours: summarize('updates of each, worked out and stored', 'ms', samples.ours),
    reference: summarize('the paper, 2012: 115 machines', 'ms', [{ value: 34_530 }]),
    goal: { of: 'value', is: 'at most', number: 350 },
    notes: [
      `${told.updates} updates in all; every machine's inventory is another one`,
      `asked again, results cached: ${Math.round(again.value)} ms`,
    ],
  })
}

async function importTwo(bench: Bench): Promise<Row> {
  const world = await bench.world()
  const root = join(bench.folder, 'paper', 'root')
  const cache = join(bench.folder, 'paper', 'cache')
  writeMachineFolder(root, world.machine(bench.quick ? 100 : 700))
  const { command, env } = await configureCli(bench, cache)
  const apt = configureApt(root, (await bench.loopback()).url)
  const samples = await alternate(bench.quick ? 1 : 4, {
    ours: async () => {
      rmSync(cache, { recursive: true, force: true })
      return timeProgram([...command, 'check', '--root', root], { env })
    },
    apt: async () => {
      if (apt === null) return { value: Number.NaN }
      for (const part of ['lib/apt/lists', 'cache/apt'])
        rmSync(join(root, 'var', part), { recursive: true, force: true })
      configureApt(root, (await bench.loopback()).url)
      return timeProgram(['apt-get', 'update'], apt)
    },
  })
  return judge({
    id: 'paper-import',
    what: 'import of two Debian repositories from loopback, and a check, whole process',
    ours: summarize('lazaret check, no cache', 'ms', samples.ours),
    reference: apt === null ? null : summarize('apt-get update, no lists', 'ms', samples.apt),
    goal: { of: 'value', is: 'at most', number: 2160 },
    notes: [
      'the paper, 2012: 2.16 s, repositories of a fraction of the size',
      `${world.index.length} packages and those of the security archive`,
    ],
  })
}
