import { statSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram, timeProgram } from '../processes.ts'
import { judge, summarize } from '../row.ts'
import type { Row, Sample } from '../row.ts'
import { writeEvidence } from '../world/evidence-files.ts'

const Timed = z.array(z.object({ value: z.number(), cpuMs: z.number() }))
const Told = z.object({ first: Timed, again: Timed, packages: z.number() })

const UNPACK = 'gzip -dc "$1" | tar -xO >/dev/null; sha256sum "$1"'

/** Evidence of a large machine taken in, durably, and the same once more. */
export const importEvidence: Measurement = { id: 'import', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const evidence = join(bench.folder, 'import', 'evidence')
  const names = writeEvidence(world, evidence, bench.quick ? 3 : 30, bench.quick ? 100 : 3000)
  const worker = join(import.meta.dirname, '..', 'workers', 'import-evidence.ts')
  const references: Sample[] = []
  const unpack = async () => {
    for (const name of names.slice(0, bench.rounds)) {
      references.push(await timeProgram(['sh', '-c', UNPACK, 'sh', join(evidence, `${name}.tar.gz`)]))
    }
  }
  await unpack()
  const { stdout } = await callProgram([process.execPath, worker, evidence, join(bench.folder, 'import', 'data')])
  await unpack()
  const told = Told.parse(JSON.parse(stdout))
  const reference = summarize('gzip -dc | tar, and sha256sum', 'ms', references)
  const size = Math.round(statSync(join(evidence, `${names[0]}.tar.gz`)).size / 1024)
  return [
    judge({
      id: 'import',
      what: `import of evidence with ${told.packages} packages`,
      ours: summarize('read, checked, named, stored', 'ms', told.first),
      reference,
      goal: { of: 'value', is: 'at most', number: 50 },
      notes: [`an archive of ${size} KiB; the disk is asked to keep everything before the answer`],
    }),
    judge({
      id: 'import-again',
      what: 'the same evidence again',
      ours: summarize('known by its hash', 'ms', told.again),
      reference,
      goal: { of: 'value', is: 'at most', number: 5 },
    }),
  ]
}
