import { availableParallelism } from 'node:os'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import { CheckSettings } from '#shared/domain/settings.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { countThreads, openComputingThreads } from '#station/computing/threads.ts'
import { startWorkers } from '#station/workers.ts'
import type { WaitForWork } from '#station/workers.ts'
import { openMemoryFetcher } from './memory-fetcher.ts'

/** A station on a data folder, its archives in memory; nothing is served and nothing works by itself. */
export async function openBenchStation(folder: string, archives: ReadonlyMap<string, Uint8Array>) {
  const clock = { now: () => new Date() }
  const data = await openEmbeddedData(folder, { clock })
  const threads = countThreads(availableParallelism())
  const computing = threads < 1 ? null : openComputingThreads({ folder, threads, log: QUIET_LOG })
  const station: Station = {
    objects: data.objects,
    table: data.table,
    queue: data.queue,
    fetcher: openMemoryFetcher(archives),
    clock,
    log: QUIET_LOG,
    settings: CheckSettings.parse({ validitySeconds: 86_400 }),
    cache: openCheckCache(),
    ...(computing !== null && { computing }),
  }
  const close = async () => {
    await computing?.close()
    await data.close()
  }
  const waitForWork: WaitForWork = (lane, ms) => data.waitForWork(lane, ms)
  return { station, waitForWork, close }
}

/** Lets workers do what waits, and returns when nothing is left; then they are to be stopped. */
export async function workToTheEnd(station: Station, waitForWork: WaitForWork): Promise<{ stop(): Promise<void> }> {
  const workers = startWorkers(station, waitForWork)
  for (;;) {
    const { sweep, interactive } = await station.queue.depth()
    if (sweep.dead + interactive.dead > 0) throw new Error('a job was given up')
    if (sweep.waiting + sweep.leased + interactive.waiting + interactive.leased === 0) break
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return workers
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
