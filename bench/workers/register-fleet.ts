// Registers the machines of a folder of evidence and refreshes their repositories; checks nothing: `register-fleet.ts ARCHIVES EVIDENCE DATA`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArchives } from '#bench/world/archive-folder.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import { refreshRepository } from '#shared/usecases/refresh-repository.ts'
import { once, openBenchStation } from './open-station.ts'

const [archives = '', evidence = '', folder = ''] = process.argv.slice(2)
const { station, close } = await openBenchStation(folder, readArchives(archives))
const ids = new Set<string>()
for (const file of readdirSync(evidence)) {
  const archive = once(readFileSync(join(evidence, file)))
  const registered = await registerMachine(station, { name: file.replace('.tar.gz', ''), archive, owner: null })
  for (const { id } of registered.repositories) ids.add(id)
}
for (const id of ids) {
  const report = await refreshRepository(station, id)
  if (report.status !== 'changed') throw new Error(`a repository is ${report.status}`)
}
await close()
