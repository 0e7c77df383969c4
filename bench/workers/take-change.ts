// One repository has changed; a station that was just started takes it in: `take-change.ts ARCHIVES DATA TITLE`. Prints how long until every
// result is that of the new snapshot, and the memory of it all.
import { readArchives } from '#bench/world/archive-folder.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import { drawnFrom, loadSubject } from '#shared/usecases/check-subject.ts'
import { findSubjectState, getRepositories, subjectsOfRepository } from '#shared/usecases/records.ts'
import { openBenchStation, workToTheEnd } from './open-station.ts'

const [archives = '', folder = '', wanted = ''] = process.argv.slice(2)
const { station, waitForWork, close } = await openBenchStation(folder, readArchives(archives))
const { items } = await station.table.query({ partition: 'repository', limit: 100 })
const found = items.find((item) => JSON.stringify(item.value).includes(`"title":"${wanted}`))
if (found === undefined) throw new Error(`no repository begins with ${wanted}`)

const checks = { finished: 0 }
const counting = {
  ...station,
  log: { ...station.log, info: (event: string) => void (checks.finished += Number(event === 'check.finished')) },
}
const [started, cpu] = [performance.now(), process.cpuUsage()]
await station.queue.send([
  { lane: 'sweep', body: { kind: 'refresh-repository', repositoryId: found.sort, force: true } },
])
const workers = await workToTheEnd(counting, waitForWork)
const ms = performance.now() - started
const used = process.cpuUsage(cpu)
const rssMib = process.resourceUsage().maxRSS / 1024
await workers.stop()

// Nobody is believed: every subject's result must have been drawn from the snapshots of this moment.
let current = 0
let subjects = 0
let cursor: string | null = null
do {
  const page = await station.table.query({
    partition: subjectsOfRepository(found.sort),
    limit: 500,
    ...(cursor === null ? {} : { cursor }),
  })
  for (const { sort } of page.items) {
    subjects += 1
    const subject = await loadSubject(station, sort)
    const states = await getRepositories(station.table, subject.repositories)
    const known = await findSubjectState(station.table, sort, null)
    const digests = states.map((state) => state.snapshot?.digest ?? null)
    if (known !== null && drawnFrom(known.value, getPackageSystem('apt'), digests)) current += 1
  }
  cursor = page.cursor
} while (cursor !== null)
await close()
console.log(
  JSON.stringify({ ms, cpuMs: (used.user + used.system) / 1000, rssMib, subjects, current, checked: checks.finished }),
)
