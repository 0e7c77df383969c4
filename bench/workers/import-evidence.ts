// Registers every machine of a folder of evidence twice: `import-evidence.ts EVIDENCE DATA`. Prints how long each time took.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSubject } from '#shared/usecases/check-subject.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import { once, openBenchStation } from './open-station.ts'

const [evidence = '', folder = ''] = process.argv.slice(2)
const { station, close } = await openBenchStation(folder, new Map())
const told = { first: [] as Timed[], again: [] as Timed[], packages: 0 }
interface Timed {
  readonly value: number
  readonly cpuMs: number
}

for (const file of readdirSync(evidence)) {
  const bytes = readFileSync(join(evidence, file))
  for (const times of [told.first, told.again]) {
    const [started, cpu] = [performance.now(), process.cpuUsage()]
    const { machine, changed } = await registerMachine(station, {
      name: file.replace('.tar.gz', ''),
      archive: once(bytes),
      owner: null,
    })
    const used = process.cpuUsage(cpu)
    times.push({ value: performance.now() - started, cpuMs: (used.user + used.system) / 1000 })
    told.packages = machine.system.packages
    // As a worker would have done by the time of the next registration.
    if (changed) await checkSubject(station, machine.subject, null)
    if (changed !== (times === told.first)) throw new Error('known evidence was taken for new, or new for known')
  }
}
await close()
// The first ones warm up.
const warm = Math.floor(told.first.length / 3)
console.log(JSON.stringify({ ...told, first: told.first.slice(warm), again: told.again.slice(warm) }))
