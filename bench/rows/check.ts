import { join } from 'node:path'
import { z } from 'zod'
import type { Bench, Measurement } from '../bench.ts'
import { callProgram, timeProgram } from '../processes.ts'
import { alternate, judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'
import { configureApt } from '../world/apt.ts'
import { configureCli } from '../world/cli.ts'
import { writeMachineFolder } from '../world/machines.ts'

const Report = z.object({
  freshness: z.literal('fresh'),
  counts: z.object({ packages: z.number(), updates: z.number().min(1), installable: z.number() }),
})

/** The whole process, caches on disk: what a person waits for who asks the same question of apt and of us. */
export const checkOneMachine: Measurement = { id: 'check', run }

async function run(bench: Bench): Promise<readonly Row[]> {
  const world = await bench.world()
  const root = join(bench.folder, 'check', 'root')
  writeMachineFolder(root, world.machine(bench.quick ? 100 : 700))
  const { command, env } = await configureCli(bench, join(bench.folder, 'check', 'cache'))
  const check = [...command, 'check', '--root', root]
  const { stdout } = await callProgram([...check, '--json'], { env })
  const { counts } = Report.parse(JSON.parse(stdout))

  const apt = configureApt(root, (await bench.loopback()).url)
  const list = ['apt', 'list', '--upgradable']
  if (apt !== null) {
    await callProgram(['apt-get', 'update'], apt)
    requireSame(counts.updates, (await callProgram(list, apt)).stdout)
  }
  const bare = [process.execPath, '-e', '0']
  const samples = await alternate(bench.rounds, {
    ours: () => timeProgram(check, { env }),
    apt: () => (apt === null ? Promise.resolve({ value: Number.NaN }) : timeProgram(list, apt)),
    node: () => timeProgram(bare),
  })
  const node = summarize('node -e 0', 'ms', samples.node)
  return [
    judge({
      id: 'check',
      what: `check of one machine, ${counts.packages} packages, caches on disk, whole process`,
      ours: summarize('lazaret check --root', 'ms', samples.ours),
      reference: apt === null ? null : summarize('apt list --upgradable, caches warm', 'ms', samples.apt),
      goal: { of: 'ratio', is: 'at most', number: 0.5 },
      notes: [
        `${counts.updates} updates, ${counts.installable} of them installable, in both`,
        `an empty Node.js process takes ${Math.round(node.value)} ms`,
        ...(apt === null ? ['no apt on this machine: nothing to compare with'] : []),
      ],
    }),
  ]
}

/** Two answers to different questions must not be compared. */
function requireSame(ours: number, listed: string): void {
  const theirs = listed.split('\n').filter((line) => line.includes('[upgradable from: ')).length
  if (theirs !== ours) throw new Error(`apt finds ${theirs} updates on the measured machine, Lazaret ${ours}`)
}
