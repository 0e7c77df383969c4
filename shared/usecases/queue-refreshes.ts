import { canonicalJson } from '#shared/domain/canonical-json.ts'
import type { Job } from '#shared/domain/job.ts'
import { isDue, RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import type { NewJob } from '#shared/ports/job-queue.ts'
import type { ItemPage } from '#shared/ports/metadata-table.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'

type Needs = Pick<Station, 'table' | 'queue' | 'clock' | 'settings'>

/**
 * Someone wants fresh snapshots: queues a refresh of each repository past its validity, or (`force`) of all. In the sweep's lane, so
 * that nobody's question waits behind it. Returns how many.
 */
export async function queueRefreshes(station: Needs, options: { force: boolean }): Promise<number> {
  const validity = validityFor(station.settings)
  const now = station.clock.now()
  let queued = 0
  let cursor: string | null = null
  do {
    const page: ItemPage = await station.table.query({
      partition: 'repository',
      limit: 200,
      ...(cursor === null ? {} : { cursor }),
    })
    const states = page.items.flatMap((item) => parseItem(RepositoryState, item)?.value ?? [])
    const due = states.filter((state) => options.force || isDue(state, now, validity(state.repository.title)))
    const jobs = due.map((state): NewJob => {
      const body: Job = { kind: 'refresh-repository', repositoryId: state.repository.id, force: options.force }
      return { lane: 'sweep', body, onlyOnce: canonicalJson(body) }
    })
    if (jobs.length > 0) await station.queue.send(jobs)
    queued += jobs.length
    cursor = page.cursor
  } while (cursor !== null)
  return queued
}
