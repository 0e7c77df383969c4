import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Evidence } from '#shared/domain/evidence.ts'
import type { ReadEvidence, RefreshOutcome } from '#shared/domain/packaging/package-system.ts'
import { checkRpm } from '#shared/domain/packaging/rpm/check/check.ts'
import { readRpmEvidence } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import type { RpmInventory, RpmPolicy, RpmRepository } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { refreshRpmRepository } from '#shared/domain/packaging/rpm/refresh/refresh.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import type { OurCaches } from '../apt-world/ours.ts'
import { RPM_FOLDER } from './install-root.ts'
import { type RpmMachine, ROOT } from './machine.ts'
import { listRpm } from './query-rpm.ts'

/** What this product says of one machine. */
export interface OurAnswer {
  readonly outcome: CheckOutcome
  /** Repositories that could not be had. */
  readonly trouble: readonly string[]
}

/** The machine's files as evidence, with what is installed as rpm's database or as the importer's listing. */
export async function gatherRpmEvidence(
  machine: RpmMachine,
  root: string,
  installed: 'database' | 'listing',
): Promise<Evidence> {
  const files = new Map<string, Uint8Array>()
  for (const [path, text] of machine.files) files.set(path, Buffer.from(text.replaceAll(ROOT, '')))
  const database = `${RPM_FOLDER}/rpmdb.sqlite`
  if (installed === 'database') files.set(database, readFileSync(join(root, database)))
  else {
    files.set('lazaret/rpm-packages', Buffer.from(await listRpm(join(root, RPM_FOLDER))))
    files.set('lazaret/uname', Buffer.from('5.14.0-427.el9.x86_64\nx86_64\n'))
  }
  return { files }
}

/** Evidence to answer: read, refresh each repository once, check. */
export async function askOurs(evidence: Evidence, caches: OurCaches, now: Date): Promise<OurAnswer> {
  const read = readRpmEvidence(evidence)
  const trouble = [...read.problems]
  const sources = []
  for (const repository of read.repositories) {
    const refreshed = await refreshOnce(repository, read, caches, now)
    if ('reason' in refreshed) trouble.push(`${repository.title}: ${refreshed.reason}`)
    sources.push({ repository, snapshot: 'snapshot' in refreshed ? refreshed.snapshot : null })
  }
  const { inventory, policy, problems, system } = read
  const { machineId } = system
  return { outcome: checkRpm({ inventory, policy, machineId, sources, lists: caches.lists, problems }), trouble }
}

async function refreshOnce(
  repository: RpmRepository,
  read: ReadEvidence<RpmInventory, RpmPolicy, RpmRepository>,
  caches: OurCaches,
  now: Date,
): Promise<RefreshOutcome> {
  const known = caches.refreshed.get(repository.id)
  if (known !== undefined) return known

  const { lists } = caches
  const outcome =
    repository.unreachable === null
      ? await refreshRpmRepository(repository, {
          previous: null,
          now,
          download: caches.download,
          keyring: async (sha256) => read.keyrings.get(sha256) ?? new Uint8Array(),
          hasList: async (key) => lists.has(key),
          writeList: async (key, bytes) => void lists.set(key, openRpmList(bytes)),
        })
      : ({ status: 'unreachable', reason: repository.unreachable } as const)
  caches.refreshed.set(repository.id, outcome)
  return outcome
}
