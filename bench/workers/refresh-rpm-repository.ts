// One refresh of the large yum repository into an empty object store, the repository from the disk: `refresh-rpm-repository.ts ARCHIVES STORE`.
// Prints its time, and that of a second look where nothing is new.
import { createHash } from 'node:crypto'
import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import { RPM_PATH } from '#bench/world/rpm-repository.ts'
import type { RpmRepository } from '#shared/domain/packaging/rpm/model.ts'
import { refreshOnce } from '#shared/usecases/refresh-repository.ts'
import { openFileFetcher } from './file-fetcher.ts'

const [archives = '', store = ''] = process.argv.slice(2)
const fetcher = openFileFetcher(archives)
const objects = await openFileObjectStore(store)
const repository: RpmRepository = {
  id: createHash('sha256').update(RPM_PATH).digest('hex'),
  packageSystem: 'rpm',
  title: 'large',
  unreachable: null,
  baseUrls: [`http://${RPM_PATH}`],
  mirrorList: null,
  metalink: null,
  demandsSignature: false,
  keyrings: [],
  needsEntitlement: false,
}

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
