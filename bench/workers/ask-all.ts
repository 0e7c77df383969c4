// Asks for the updates of every machine in a data folder, side by side, and prints how many there are: `ask-all DATA`.
import { enableCompileCache } from 'node:module'
import { askUpdates } from '#shared/usecases/ask-updates.ts'
import { openBenchStation } from './open-station.ts'

enableCompileCache()
const SIDE_BY_SIDE = 16
const [folder = ''] = process.argv.slice(2)
const { station, close } = await openBenchStation(folder, new Map())
const { items } = await station.table.query({ partition: 'machine', limit: 1000 })
const names = items.map(({ sort }) => sort)
const told = { machines: names.length, updates: 0, fresh: 0 }
await Promise.all(
  Array.from({ length: SIDE_BY_SIDE }, async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const { report } = await askUpdates(station, name)
      told.updates += report.counts.updates
      if (report.freshness === 'fresh') told.fresh += 1
    }
  }),
)
await close()
console.log(JSON.stringify(told))
