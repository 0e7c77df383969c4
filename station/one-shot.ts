import { openFileObjectStore } from '#adapters/embedded/object-store.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { condenseEvidence } from '#shared/domain/packaging/index.ts'
import { readSystemFiles } from './read-system.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { checkOnce } from '#shared/usecases/check-once.ts'
import { BUILD } from './build.ts'
import { checkSettingsOf, fetcherOptions, loadConfig } from './config.ts'
import type { Config } from './config.ts'
import { cacheFolder } from './folders.ts'
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
  // An earlier answer is found by the bytes of the files: only without one is a database taken apart.
  const { evidence, warnings } = await readSystemFiles(request.root)
  const findOwnSources = () =>
    own && config.trustOwnSources ? (describeOwnMachine(condenseEvidence(evidence), warnings)?.sources ?? []) : []
  const objects = await openFileObjectStore(cacheFolder(request.env))
  const fetcher = openWhenNeeded(config, findOwnSources)
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
    build: BUILD,
  })
}

/** Warm caches need no fetcher: neither it nor Node.js's HTTP client is loaded before there is something to fetch. */
function openWhenNeeded(config: Config, findOwnSources: () => readonly string[]): Fetcher {
  let opened: Promise<Fetcher> | undefined
  const open = async () => {
    const { openFetcher } = await import('#adapters/embedded/fetcher.ts')
    return openFetcher(fetcherOptions(config, findOwnSources(), QUIET_LOG))
  }
  return { fetch: async (request) => (await (opened ??= open())).fetch(request) }
}
