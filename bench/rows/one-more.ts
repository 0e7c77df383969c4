import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram } from '../processes.ts'
import { judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { writeArchives } from '../world/archive-folder.ts'
import { writeEvidence } from '../world/evidence-files.ts'

const Told = z.object({
  decodes: z.array(z.number()),
  checks: z.array(z.object({ value: z.number(), cpuMs: z.number() })),
  floors: z.array(z.number()),
  packages: z.number(),
  updates: z.number().min(1),
  installable: z.number(),
})

/** One machine more, when thousands with the same repositories were checked before. */
export const checkOneMore: Measurement = { id: 'one-more', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const [archives, evidence] = [join(bench.folder, 'one-more', 'archives'), join(bench.folder, 'one-more', 'evidence')]
  writeArchives(archives, world.files)
  writeEvidence(world, evidence, bench.quick ? 4 : 160, bench.quick ? 100 : 2000)
  const worker = join(import.meta.dirname, '..', 'workers', 'check-in-memory.ts')
  const { stdout } = await callProgram([
    process.execPath,
    worker,
    archives,
    evidence,
    join(bench.folder, 'one-more', 'store'),
  ])
  const told = Told.parse(JSON.parse(stdout))
  const valued = (numbers: readonly number[]) => numbers.map((value) => ({ value }))
  const decode = summarize('', 'ms', valued(told.decodes))
  return [
    judge({
      id: 'one-more',
      what: `check of one more machine, ${told.packages} packages, caches in memory`,
      ours: summarize('candidate, origin, significance, upgrade run', 'ms', told.checks),
      reference: summarize('a Map look-up and a string comparison a package', 'ms', valued(told.floors)),
      goal: { of: 'value', is: 'at most', number: 0.2 },
      notes: [
        `${told.updates} updates, ${told.installable} of them installable`,
        `opening the stored inventory before that takes ${decode.value.toFixed(2)} ms`,
      ],
    }),
  ]
}
