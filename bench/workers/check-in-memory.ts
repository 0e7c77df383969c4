// Checks of machines that nobody has checked before, everything that checks share in memory: `check-in-memory.ts ARCHIVES EVIDENCE STORE`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArchives } from '#bench/world/archive-folder.ts'
import { readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import { getPackageSystem, isEvidencePath, recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import type { Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { refreshOnce } from '#shared/usecases/refresh-repository.ts'
import { openLists } from '#shared/usecases/open-lists.ts'
import { objectKeys } from '#shared/usecases/records.ts'
import { once, openBenchStation } from './open-station.ts'

const [archives = '', evidence = '', store = ''] = process.argv.slice(2)
const { station, close } = await openBenchStation(store, readArchives(archives))
const system = getPackageSystem('apt')
const files = readdirSync(evidence).map((name) => readFileSync(join(evidence, name)))

/** As the station holds a machine: what was read, its inventory stored and opened again. */
const machines = []
for (const file of files) {
  const read = await readEvidenceArchive(once(file), isEvidencePath)
  const known = recognisePackageSystem(read.evidence).read(read.evidence)
  for (const [hash, bytes] of known.keyrings) await station.objects.put(objectKeys.keyring(hash), bytes)
  machines.push({ known, bytes: system.encodeInventory(known.inventory) })
}
const { repositories } = machines[0]!.known
const snapshots: Snapshot[] = []
for (const repository of repositories) {
  const outcome = await refreshOnce(station, { repository, previous: null, now: new Date(), timeoutSeconds: 60 })
  if (!('snapshot' in outcome)) throw new Error(outcome.reason)
  snapshots.push(outcome.snapshot)
}
const lists = await openLists(station, system, snapshots)

const [decodes, checks, floors] = [[] as number[], [] as { value: number; cpuMs: number }[], [] as number[]]
let last: CheckOutcome | undefined
let equal = 0
for (const { known, bytes } of machines) {
  const sources = known.repositories.map((repository, at) => ({ repository, snapshot: snapshots[at]! }))
  const started = performance.now()
  const inventory = system.decodeInventory(bytes)
  const decoded = performance.now()
  const cpu = process.cpuUsage()
  last = system.check({ inventory, policy: known.policy, machineId: null, sources, lists, problems: known.problems })
  const used = process.cpuUsage(cpu)
  checks.push({ value: performance.now() - decoded, cpuMs: (used.user + used.system) / 1000 })
  decodes.push(decoded - started)

  const names = system.listPackages(inventory)
  const newest = new Map(names.map(({ name, version }) => [name, version]))
  const floor = performance.now()
  for (const { name, version } of names) if (newest.get(name) === version) equal += 1
  floors.push(performance.now() - floor)
}
await close()

// The first half warms up: a station has checked thousands before.
const half = Math.floor(machines.length / 2)
console.log(
  JSON.stringify({
    decodes: decodes.slice(half),
    checks: checks.slice(half),
    floors: floors.slice(half),
    packages: last?.packages,
    updates: last?.updates.length,
    installable: last?.updates.filter((update) => update.installable).length,
    equal,
  }),
)
