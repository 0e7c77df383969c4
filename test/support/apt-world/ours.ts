import { createReadStream } from 'node:fs'

import { checkApt } from '#shared/domain/packaging/apt/check/check.ts'
import { openAptList } from '#shared/domain/packaging/apt/refresh/list-format.ts'
import type { AptInventory, AptPolicy, AptRepository } from '#shared/domain/packaging/apt/model.ts'
import { readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { refreshAptRepository } from '#shared/domain/packaging/apt/refresh/refresh.ts'
import type {
  Download,
  DownloadRequest,
  OpenList,
  ReadEvidence,
  RefreshOutcome,
} from '#shared/domain/packaging/package-system.ts'
import type { CheckOutcome, Update } from '#shared/domain/packaging/update.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { findArchiveFile } from './server.ts'
import { ROOT } from './sources.ts'
import type { Machine } from './world.ts'

/** What this product says of one machine, entries written as in an apt answer. */
export interface OurAnswer {
  readonly upgradable: readonly string[]
  readonly upgraded: readonly string[]
  readonly outcome: CheckOutcome
  readonly trouble: readonly string[]
}

/** Downloads, and what was refreshed by repository identity, so that machines with the same sources share it. */
export interface OurCaches {
  readonly download: (request: DownloadRequest) => Promise<Download>
  readonly refreshed: Map<string, RefreshOutcome>
  readonly lists: Map<string, OpenList>
}

/** Empty caches over a download. */
export function openCaches(download: OurCaches['download']): OurCaches {
  return { download, refreshed: new Map(), lists: new Map() }
}

/** A download that reads the archives' files and never a socket. */
export function downloadFrom(mirror: string): OurCaches['download'] {
  return async ({ url }) => {
    const path = findArchiveFile(mirror, url)
    const body: AsyncIterable<Uint8Array> = path === null ? nothing() : createReadStream(path)
    return { status: path === null ? 404 : 200, headers: {}, body, cancel: async () => {} }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** The machine's files as evidence, paths as on the machine itself. */
export function gatherEvidence(machine: Machine): Evidence {
  const files = new Map<string, Uint8Array>()
  for (const [path, content] of machine.files) {
    files.set(path, typeof content === 'string' ? Buffer.from(content.replaceAll(ROOT, '')) : content)
  }
  return { files }
}

/** Evidence to answer: read, refresh each repository once, check. */
export async function askOurs(evidence: Evidence, caches: OurCaches, now: Date): Promise<OurAnswer> {
  const read = readAptEvidence(evidence)
  const trouble = [...read.problems]
  const sources = []
  for (const repository of read.repositories) {
    const refreshed = await refreshOnce(repository, read, caches, now)
    if (refreshed !== null && 'reason' in refreshed) trouble.push(`${repository.title}: ${refreshed.reason}`)
    sources.push({ repository, snapshot: refreshed !== null && 'snapshot' in refreshed ? refreshed.snapshot : null })
  }

  const { inventory, policy, problems, system } = read
  const { machineId } = system
  const outcome = checkApt({ inventory, policy, machineId, sources, lists: caches.lists, problems })
  return {
    upgradable: outcome.updates.map(writeUpdate).toSorted(),
    upgraded: outcome.updates
      .filter((update) => update.installable)
      .map(writeUpdate)
      .toSorted(),
    outcome,
    trouble,
  }
}

function writeUpdate(update: Update): string {
  return `${update.name}:${update.architecture} ${update.installed} ${update.candidate}`
}

async function refreshOnce(
  repository: AptRepository,
  read: ReadEvidence<AptInventory, AptPolicy, AptRepository>,
  caches: OurCaches,
  now: Date,
): Promise<RefreshOutcome | null> {
  if (repository.unreachable !== null) return null

  const known = caches.refreshed.get(repository.id)
  if (known !== undefined) return known

  const outcome = await refreshAptRepository(repository, {
    previous: null,
    now,
    download: caches.download,
    keyring: async (sha256) => read.keyrings.get(sha256) ?? new Uint8Array(),
    hasList: async (key) => caches.lists.has(key),
    writeList: async (key, bytes) => void caches.lists.set(key, openAptList(bytes)),
  })
  caches.refreshed.set(repository.id, outcome)
  return outcome
}
