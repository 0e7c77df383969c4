import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { openEmbeddedData } from '#adapters/embedded/data-folder.ts'
import type { EmbeddedData } from '#adapters/embedded/data-folder.ts'
import { openFetcher } from '#adapters/embedded/fetcher.ts'
import { openJsonLog } from '#adapters/embedded/log.ts'
import { writeDurableFile } from '#adapters/embedded/storing/durable-file.ts'
import { createApi } from '#shared/api/app.ts'
import type { Api } from '#shared/api/app.ts'
import { isFault } from '#shared/domain/fault.ts'
import { QUIET_LOG } from '#shared/ports/quiet-log.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { endClaims } from '#shared/usecases/end-claims.ts'
import { authenticate, issueToken, listTokens, revokeToken } from '#shared/usecases/manage-tokens.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { endLeases } from '#shared/usecases/repository-lease.ts'
import { checkSettingsOf, fetcherOptions } from './config.ts'
import type { Config } from './config.ts'
import { countThreads, openComputingThreads } from './computing/threads.ts'
import { findOwnMachine } from './own-machine.ts'
import type { OwnMachine } from './own-machine.ts'
import { openScanning } from './scanning.ts'
import type { WaitForWork } from './workers.ts'

/** A station with its data folder open; nothing is served and no work is done until someone starts that. */
export interface OpenedStation {
  readonly station: Station
  readonly api: Api
  /** Of this very machine; null where no package system is known. */
  readonly own: OwnMachine | null
  readonly adminToken: string
  /** It was made just now and should be shown. */
  readonly adminTokenIsNew: boolean
  readonly waitForWork: WaitForWork
  close(): Promise<void>
}

/**
 * Opens the data folder and wires the ports to the use cases and the API.
 * @throws Fault `data_locked` when another station has the folder, `data_damaged`, `config_invalid`
 */
export async function openStation(options: {
  config: Config
  folder: string
  log: 'json' | 'quiet'
}): Promise<OpenedStation> {
  const { config, folder } = options
  const log = options.log === 'quiet' ? QUIET_LOG : openJsonLog((line) => process.stderr.write(line))
  const clock = { now: () => new Date() }
  const data = await openEmbeddedData(folder, { clock, log })
  const own = await findOwnMachine()
  const fetcher = openFetcher(fetcherOptions(config, config.trustOwnSources ? (own?.sources ?? []) : [], log))
  const threads = countThreads(availableParallelism())
  const computing = threads < 1 ? null : openComputingThreads({ folder, threads, log })
  const station: Station = {
    objects: data.objects,
    table: data.table,
    queue: data.queue,
    fetcher,
    clock,
    log,
    settings: checkSettingsOf(config),
    cache: openCheckCache(),
    ...(computing !== null && { computing }),
    scanning: await openScanning(config, { folder, environment: process.env }),
  }
  await takeUpWork(station, data)
  const admin = await keepAdminToken(station, folder)
  return {
    station,
    api: createApi(station, { importerScript: await readImporter() }),
    own,
    adminToken: admin.secret,
    adminTokenIsNew: admin.isNew,
    waitForWork: (lane, ms) => data.waitForWork(lane, ms),
    close: async () => {
      fetcher.close()
      await computing?.close()
      await data.close()
    },
  }
}

/** The folder is this process's alone: whoever took jobs or repositories and did not give them back is dead. */
async function takeUpWork(station: Station, data: EmbeddedData): Promise<void> {
  const jobs = await data.endLeases()
  const repositories = await endLeases(station)
  const steps = await endClaims(station)
  if (jobs + repositories + steps > 0) station.log.info('work.taken-up', { jobs, repositories, steps })
}

/** The first admin token lives in the data folder, readable for its owner only; a file that no longer fits is replaced. */
async function keepAdminToken(station: Station, folder: string): Promise<{ secret: string; isNew: boolean }> {
  const path = join(folder, 'admin-token')
  const kept = await readFile(path, 'utf8').catch(() => null)
  if (kept !== null && (await isValid(station, kept.trim()))) return { secret: kept.trim(), isNew: false }

  // One that was issued but never reached the file is known to nobody.
  for (const token of await listTokens(station)) {
    if (token.label === FIRST_TOKEN && token.role === 'admin') await revokeToken(station, token.id)
  }
  const { secret } = await issueToken(station, { role: 'admin', label: FIRST_TOKEN })
  await writeDurableFile(path, `${secret}\n`)
  return { secret, isNew: true }
}

const FIRST_TOKEN = 'first admin token'

async function isValid(station: Station, secret: string): Promise<boolean> {
  try {
    return (await authenticate(station, secret)).role === 'admin'
  } catch (error) {
    if (isFault(error, 'token_missing')) return false
    throw error
  }
}

/** In what is published it lies beside the bundle, in a clone in its own folder. */
async function readImporter(): Promise<string> {
  const beside = await readFile(join(import.meta.dirname, 'lazaret-importer'), 'utf8').catch(() => null)
  return beside ?? readFile(join(import.meta.dirname, '..', 'agents', 'remote-importer', 'lazaret-importer'), 'utf8')
}
