import { openFetcher } from '#adapters/embedded/fetcher.ts'
import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { readSystem } from './read-system.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { checkOnce } from '#shared/usecases/check-once.ts'
import { cacheFolder, checkSettingsOf, fetcherOptions, loadConfig } from './config.ts'
import { describeOwnMachine, ownName } from './own-machine.ts'

/**
 * Checks the system in a folder without a station: `/` is this very machine, whose own sources may then be fetched although they
 * are private. Snapshots are cached between calls.
 * @throws Fault `evidence_unrecognised`, `evidence_malformed`, `config_invalid`
 */
export async function checkFolder(request: {
  root: string
  name: string | undefined
  config: string | undefined
  env: NodeJS.ProcessEnv
  progress: (line: string) => void
}): Promise<UpdatesReport> {
  const config = await loadConfig(request.config, request.env)
  const own = request.root === '/'
  const { evidence, warnings } = await readSystem(request.root)
  const ownSources = own && config.trustOwnSources ? (describeOwnMachine(evidence, warnings)?.sources ?? []) : []
  const objects = await openFileObjectStore(cacheFolder(request.env))
  const fetcher = openFetcher(fetcherOptions(config, ownSources, QUIET_LOG))
  const station = {
    objects,
    fetcher,
    clock: { now: () => new Date() },
    settings: checkSettingsOf(config),
    cache: openCheckCache(),
  }
  return checkOnce(station, {
    evidence,
    name: request.name ?? (own ? ownName() : 'this-folder'),
    warnings,
    progress: request.progress,
  })
}
