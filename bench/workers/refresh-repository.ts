// One refresh of the large repository into an empty object store, the archive in memory: `refresh-repository.ts ARCHIVES KEYRING STORE`.
// Prints its time, and that of a second look where nothing is new.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import { readArchives } from '#bench/world/archive-folder.ts'
import { HOST } from '#bench/world/machines.ts'
import { makeRepository } from '#test/support/refresh-world.ts'
import { objectKeys } from '#shared/usecases/records.ts'
import { refreshOnce } from '#shared/usecases/refresh-repository.ts'
import { openMemoryFetcher } from './memory-fetcher.ts'

const [archives = '', keyringFile = '', store = ''] = process.argv.slice(2)
const files = readArchives(archives)
const keyring = readFileSync(keyringFile)
const objects = await openFileObjectStore(store)
const sha256 = createHash('sha256').update(keyring).digest('hex')
await objects.put(objectKeys.keyring(sha256), keyring)
const repository = makeRepository({
  uri: `http://${HOST}/debian/`,
  trust: { kind: 'keys', keyrings: [sha256], fingerprints: [] },
})

const fetcher = openMemoryFetcher(files)

const look = async (previous: Parameters<typeof refreshOnce>[1]['previous']) => {
  fetcher.requests = 0
  const [started, cpu] = [performance.now(), process.cpuUsage()]
  const outcome = await refreshOnce({ objects, fetcher }, { repository, previous, now: new Date(), timeoutSeconds: 60 })
  const ms = performance.now() - started
  const used = process.cpuUsage(cpu)
  if (!('snapshot' in outcome)) throw new Error(outcome.reason)
  const { lists } = outcome.snapshot
  return {
    snapshot: outcome.snapshot,
    told: {
      status: outcome.status,
      ms,
      cpuMs: (used.user + used.system) / 1000,
      requests: fetcher.requests,
      packages: lists[0]?.packages,
    },
  }
}

const first = await look(null)
const second = await look(first.snapshot)
console.log(JSON.stringify({ first: first.told, second: second.told, rssMb: process.resourceUsage().maxRSS / 1024 }))
