import { getScan, listRuns } from '#shared/usecases/scan-records.ts'
import { requestScan } from '#shared/usecases/request-scan.ts'
import { openScanWorld } from '#test/support/scan-world/scan-world.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import type { Measurement } from '../bench.ts'
import { judge, summarize } from '../row.ts'
import type { Row } from '../row.ts'

/** The paper's Figure 7: seconds for one to four machines, scanned by its Online Penetration Suite. */
const PAPER = [684, 859, 1056, 1279] as const

/**
 * The same as a simulation: a scanner that needs 684 s for a machine and has places enough, machines that are off and take half a minute
 * to start. Time is simulated, so that nothing but the order of the steps and their waits is measured.
 */
export const scanSeveral: Measurement = {
  id: 'ops',
  run: async () => {
    const times: number[] = []
    for (const machines of [1, 2, 3, 4]) times.push(await simulate({ machines, state: 'off' }))
    const alone = await simulate({ machines: 1, state: 'running' })
    return [growthRow(times), overheadRow(alone)]
  },
}

function growthRow(times: readonly number[]): Row {
  const [one = Number.NaN, , , four = Number.NaN] = times
  const growth = four / one
  return judge({
    id: 'ops-growth',
    what: 'the paper’s figure 7, simulated: four machines scanned side by side, by the time for one',
    ours: summarize('four machines, the time of one is 1000', 'ms', [{ value: growth * 1000 }]),
    reference: summarize('the paper, 2012: 1279 s by 684 s', 'ms', [{ value: (PAPER[3] / PAPER[0]) * 1000 }]),
    goal: { of: 'value', is: 'at most', number: 1100 },
    notes: [
      `one to four machines, start and way back included: ${times.map((ms) => `${Math.round(ms / 1000)} s`).join(', ')}`,
      `the paper: ${PAPER.map((seconds) => `${seconds} s`).join(', ')}, a growth of ${(PAPER[3] / PAPER[0]).toFixed(2)}`,
      `here a growth of ${growth.toFixed(2)}; simulated time`,
    ],
  })
}

function overheadRow(alone: number): Row {
  const overhead = alone / 1000 - PAPER[0]
  return judge({
    id: 'ops-overhead',
    what: 'from the request of a scan to its end, less what the scanner itself needs (684 s), simulated',
    ours: summarize('steps and waits of the suite', 'ms', [{ value: overhead * 1000 }]),
    reference: summarize('the scanner’s own time', 'ms', [{ value: PAPER[0] * 1000 }]),
    goal: { of: 'ratio', is: 'at most', number: 0.01 },
    notes: [`${((100 * overhead) / PAPER[0]).toFixed(2)} % of the scanner’s time; simulated time`],
  })
}

/** Milliseconds of the simulation from the request to the end of the scan. @throws Error when it does not end as `done` */
async function simulate(of: { machines: number; state: 'off' | 'running' }): Promise<number> {
  const names = Array.from({ length: of.machines }, (_, at) => `m${at}`)
  const world = openScanWorld({
    guests: names.map((name, at) => ({ name, power: of.state, address: `10.0.0.${at + 1}`, bootSeconds: 30 })),
    settings: { dormantMachines: 'start' },
    scanners: (nowMs) => [openScriptedScanner('scanner', { slots: 4, scan: () => ({ seconds: PAPER[0] }) }, nowMs)],
  })
  for (const name of names) await world.register(name)
  const began = world.nowMs()
  const machines = names.map((name) => ({ name, addresses: [] }))
  const { id } = await requestScan(world.station, { machines, owner: null, why: 'asked' })
  await world.run()
  const { endedAt } = (await getScan(world.station.table, id)).value
  const { scanners } = await listRuns(world.station.table, id)
  const isDone = scanners.every((scanner) => scanner.outcome?.status === 'done')
  if (endedAt === null || !isDone) throw new Error('the simulated scan has not ended as it should')
  return Date.parse(endedAt) - began
}
