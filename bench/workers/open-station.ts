import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { CheckSettings } from '#shared/domain/settings.ts'
import { LANES } from '#shared/ports/job-queue.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { workJob } from '#shared/usecases/work-job.ts'
import { openMemoryFetcher } from './memory-fetcher.ts'

/** A station on a data folder, its archives in memory; nothing is served and nothing works by itself. */
export async function openBenchStation(folder: string, archives: ReadonlyMap<string, Uint8Array>) {
  const clock = { now: () => new Date() }
  const data = await openEmbeddedData(folder, { clock })
  const station: Station = {
    objects: data.objects,
    table: data.table,
    queue: data.queue,
    fetcher: openMemoryFetcher(archives),
    clock,
    log: QUIET_LOG,
    settings: CheckSettings.parse({ validitySeconds: 86_400 }),
    cache: openCheckCache(),
  }
  return { station, close: () => data.close() }
}

/** Works until nothing waits; what kinds of jobs there were, how many of each. */
export async function workAll(station: Station): Promise<Map<string, number>> {
  const kinds = new Map<string, number>()
  for (let isIdle = false; !isIdle;) {
    isIdle = true
    for (const lane of LANES) {
      const deliveries = await station.queue.receive(lane, { max: 8, leaseSeconds: 600 })
      await Promise.all(deliveries.map((delivery) => workJob(station, delivery)))
      for (const { body } of deliveries) {
        const kind = (body as { kind: string }).kind
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
        isIdle = false
      }
    }
  }
  return kinds
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
