import { join } from 'node:path'
import { readdirSync, rmSync } from 'node:fs'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram } from '../processes.ts'
import { judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { writeArchives } from '../world/archive-folder.ts'
import { writeEvidence } from '../world/evidence-files.ts'
import { writeFleetFile } from '../world/fleet-file.ts'
import { HOST } from '../world/machines.ts'

const Told = z.object({
  ms: z.number(),
  cpuMs: z.number(),
  rssMib: z.number(),
  subjects: z.number(),
  current: z.number(),
  checked: z.number(),
})

/** A security archive brings new versions of 50 packages that most machines have; then all results must be those of the new snapshot. */
export const takeChange: Measurement = { id: 'change', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const place = (name: string) => join(bench.folder, 'change', name)
  const [inventories, packages, changed] = bench.quick ? [20, 100, 5] : [2000, 2000, 50]
  const fleets = bench.quick ? [50, 100] : [10_000, 100_000]
  writeArchives(place('archives'), world.files)
  writeEvidence(world, place('evidence'), 1, packages)
  writeFleetFile(place('fleet.json'), world)

  const told: z.infer<typeof Told>[] = []
  for (const machines of fleets) {
    const counts = [machines, inventories, packages].map(String)
    const files = [
      place('archives'),
      join(place('evidence'), readdirSync(place('evidence'))[0] ?? ''),
      place('fleet.json'),
      place('data'),
    ]
    const started = performance.now()
    await call('fill-fleet.ts', [...files, ...counts])
    bench.say(`change: ${machines} machines are there after ${((performance.now() - started) / 1000).toFixed(0)} s`)

    writeArchives(place('archives'), await world.publish(changed, `+deb12u${machines}`))
    const title = `http://${HOST}/debian-security`
    const took = Told.parse(JSON.parse(await call('take-change.ts', [place('archives'), place('data'), title])))
    if (took.current !== took.subjects || took.subjects !== inventories)
      throw new Error(`only ${took.current} of ${inventories} results are current`)
    told.push(took)
  }
  rmSync(place('data'), { recursive: true, force: true })
  return describe(fleets, told, changed)
}

function describe(fleets: readonly number[], told: readonly z.infer<typeof Told>[], changed: number): Row[] {
  const [small, large] = [told[0]!, told[1]!]
  const of = ({ ms, cpuMs }: z.infer<typeof Told>, machines: number) =>
    summarize(`${machines.toLocaleString('en-US')} machines`, 'ms', [{ value: ms, cpuMs }])
  const [few = 0, many = 0] = fleets
  const what = `a refresh that changes ${changed} packages, ${many.toLocaleString('en-US')} machines, ${large.subjects} inventories`
  return [
    judge({
      id: 'change',
      what: `${what}: results current`,
      ours: of(large, many),
      reference: of(small, few),
      goal: { of: 'value', is: 'at most', number: 5000 },
      notes: [
        `${large.checked} of ${large.subjects} subjects hold a changed package and were checked anew; a station just started`,
        'the reference is the same change with a tenth of the machines: the cost follows the change',
      ],
    }),
    judge({
      id: 'change-memory',
      what: 'the memory of that',
      ours: summarize('largest resident set', 'MiB', [{ value: large.rssMib }]),
      reference: summarize('a tenth of the machines', 'MiB', [{ value: small.rssMib }]),
      goal: { of: 'value', is: 'at most', number: 2048 },
    }),
  ]
}

async function call(worker: string, args: readonly string[]): Promise<string> {
  const file = join(import.meta.dirname, '..', 'workers', worker)
  return (await callProgram([process.execPath, file, ...args])).stdout
}
