// A fleet straight into the data folder, as registration would leave it: `fill-fleet.ts ARCHIVES EVIDENCE FLEET DATA MACHINES INVENTORIES PACKAGES`.
// EVIDENCE is one machine's, whose sources and rules all share. Machines that are there already stay; results are worked out.
import { readFileSync } from 'node:fs'
import { readArchives } from '#bench/world/archive-folder.ts'
import { readFleetFile } from '#bench/world/fleet-file.ts'
import { drawMembers } from '#bench/world/package-pool.ts'
import { COMMON } from '#bench/world/world.ts'
import { readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import type { Machine } from '#shared/domain/machine.ts'
import type { AptInventory, AptPackage } from '#shared/domain/packaging/apt/model.ts'
import { readStatus } from '#shared/domain/packaging/apt/evidence/status.ts'
import { encodeAptInventory } from '#shared/domain/packaging/apt/evidence/inventory-codec.ts'
import { isEvidencePath } from '#shared/domain/packaging/index.ts'
import { canonicalJson, sha256 } from '#shared/domain/canonical-json.ts'
import { identifySubject } from '#shared/domain/subject.ts'
import type { ItemPage } from '#shared/ports/metadata-table.ts'
import { loadSubject } from '#shared/usecases/check-subject.ts'
import { putIfAbsent } from '#shared/usecases/conflict.ts'
import { encodeNames } from '#shared/usecases/inventory-names.ts'
import { refreshRepository } from '#shared/usecases/refresh-repository.ts'
import { machineWrites, objectKeys, subjectsOfRepository } from '#shared/usecases/records.ts'
import { understand } from '#shared/usecases/understand.ts'
import { writeRepositories } from '#shared/usecases/write-repositories.ts'
import { seededNumbers } from '#test/support/seeded.ts'
import { once, openBenchStation, workToTheEnd } from './open-station.ts'

const [archives = '', evidence = '', fleetFile = '', folder = '', ...counts] = process.argv.slice(2)
const [machines = 0, inventories = 0, packages = 0] = counts.map(Number)
const { station, waitForWork, close } = await openBenchStation(folder, readArchives(archives))
const template = understand((await readEvidenceArchive(once(readFileSync(evidence)), isEvidencePath)).evidence)
for (const [hash, bytes] of template.keyrings) await putIfAbsent(station.objects, objectKeys.keyring(hash), bytes)

const fleet = readFleetFile(fleetFile)
const members = fleet.members.map(
  (text) => readStatus(Buffer.from(text), { file: 'fleet', statusless: false }).packages[0]!,
)
const draw = seededNumbers(7)
const subjects = await findSubjects()
const isFirst = subjects.length === 0
if (isFirst) {
  for (let at = 0; at < inventories; at += 1) {
    const chosen = drawMembers(fleet.needs, packages, Math.floor(packages * COMMON), draw)
    subjects.push(await storeSubject(chosen.map((number) => members[number]!)))
  }
}

const numbers = Array.from({ length: machines }, (_, at) => at)
const batches = Array.from({ length: Math.ceil(machines / 100) }, (_, at) => numbers.slice(100 * at, 100 * at + 100))
await sideBySide(batches, 8, async (batch) => {
  const writes = batch.flatMap((at) => machineWrites(describe(at), 'absent'))
  const known = await station.table.get(writes[0]!)
  if (known === null) await station.table.write(writes)
})
if (isFirst) {
  for (const { id } of template.subject.repositories) await refreshRepository(station, id)
  // The first snapshot of a repository makes every subject be checked.
  const workers = await workToTheEnd(station, waitForWork)
  await workers.stop()
}
await close()

/** Those of an earlier fill. */
async function findSubjects(): Promise<{ id: string; inventory: string }[]> {
  const [repository] = template.subject.repositories
  const found: { id: string; inventory: string }[] = []
  let cursor: string | null = null
  do {
    const page: ItemPage = await station.table.query({
      partition: subjectsOfRepository(repository!.id),
      limit: 1000,
      ...(cursor === null ? {} : { cursor }),
    })
    for (const { sort } of page.items) {
      found.push({ id: sort, inventory: (await loadSubject(station, sort)).inventory })
    }
    cursor = page.cursor
  } while (cursor !== null)
  return found
}

async function storeSubject(chosen: readonly AptPackage[]): Promise<{ id: string; inventory: string }> {
  const inventory: AptInventory = { architecture: 'amd64', foreignArchitectures: [], packages: chosen }
  const bytes = encodeAptInventory(inventory)
  const name = sha256(bytes)
  const subject = { ...template.subject, inventory: name }
  const id = identifySubject(subject)
  await Promise.all([
    putIfAbsent(station.objects, objectKeys.inventory(name), bytes),
    putIfAbsent(station.objects, objectKeys.names(name), encodeNames(chosen.map((one) => one.name))),
    putIfAbsent(station.objects, objectKeys.subject(id), Buffer.from(canonicalJson(subject))),
    writeRepositories(station, subject, id),
  ])
  return { id, inventory: name }
}

function describe(at: number): Machine {
  const subject = subjects[at % subjects.length]!
  const now = station.clock.now().toISOString()
  return {
    name: `fleet-${at}`,
    owner: null,
    registeredAt: now,
    evidenceAt: now,
    evidenceSha256: sha256(String(at)),
    evidenceBytes: 100_000,
    evidenceKeys: [],
    packageSystem: 'apt',
    subject: subject.id,
    inventory: subject.inventory,
    system: { ...template.system, packages },
    warnings: [],
  }
}

async function sideBySide<T>(
  things: readonly T[],
  workers: number,
  work: (thing: T) => Promise<unknown>,
): Promise<void> {
  const waiting = [...things]
  const run = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await work(next)
  }
  await Promise.all(Array.from({ length: workers }, run))
}
