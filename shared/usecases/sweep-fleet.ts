import { canonicalJson } from '#shared/domain/canonical-json.ts'
import type { Job } from '#shared/domain/job.ts'
import { isDue, RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import type { Item } from '#shared/ports/metadata-table.ts'
import type { NewJob } from '#shared/ports/job-queue.ts'
import { succeeds } from './keep-object.ts'
import type { Station } from './needs.ts'
import { parseItem, repositoryKey, subjectsOfRepository } from './records.ts'

type Needs = Pick<Station, 'table' | 'queue' | 'clock' | 'log' | 'settings'>

/**
 * The scheduled look at everything: queues a refresh of each repository whose validity is over, and forgets those that no machine uses
 * any more. Work already waiting is not queued twice.
 */
export async function sweepFleet(station: Needs): Promise<{ queued: number; forgotten: number }> {
  let queued = 0
  let forgotten = 0
  let cursor: string | null = null
  do {
    const page = await station.table.query({
      partition: 'repository',
      limit: 200,
      ...(cursor === null ? {} : { cursor }),
    })
    const jobs: NewJob[] = []
    for (const item of page.items) {
      if (await isUnused(station, item.sort)) {
        if (await forgetRepository(station, item)) forgotten += 1
      } else if (mustRefresh(station, item)) {
        const body: Job = { kind: 'refresh-repository', repositoryId: item.sort }
        jobs.push({ lane: 'sweep', body, onlyOnce: canonicalJson(body) })
      }
    }
    if (jobs.length > 0) await station.queue.send(jobs)
    queued += jobs.length
    cursor = page.cursor
  } while (cursor !== null)

  station.log.info('sweep.finished', { queued, forgotten })
  return { queued, forgotten }
}

async function isUnused(station: Needs, repositoryId: string): Promise<boolean> {
  const users = await station.table.query({ partition: subjectsOfRepository(repositoryId), limit: 1 })
  return users.items.length === 0
}

/** A machine may have come to use it in the meantime: then it is put back, for its machine found it there. */
async function forgetRepository(station: Needs, item: Item): Promise<boolean> {
  if (!(await succeeds(station.table.delete(repositoryKey(item.sort), item.version)))) return false
  if (await isUnused(station, item.sort)) return true

  await succeeds(station.table.put({ ...repositoryKey(item.sort), value: item.value, expect: 'absent' }))
  return false
}

function mustRefresh(station: Needs, item: Item): boolean {
  const state = parseItem(RepositoryState, item)?.value
  if (state === undefined) return false

  return state.recheckDue || isDue(state, station.clock.now(), validityFor(station.settings)(state.repository.title))
}
