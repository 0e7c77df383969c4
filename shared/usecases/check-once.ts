import { endOfLifeWarnings } from '#shared/domain/end-of-life.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import type { RepositoryFace } from '#shared/domain/packaging/package-system.ts'
import { isDue, RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import { reportUpdates } from '#shared/domain/updates-report.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { computeOutcome } from './check-subject.ts'
import { putIfAbsent } from './conflict.ts'
import type { Station } from './needs.ts'
import { NEVER_FETCHED, objectKeys } from './records.ts'
import { refreshOnce, settle } from './refresh-repository.ts'

type Needs = Pick<Station, 'objects' | 'fetcher' | 'clock' | 'settings' | 'cache'>

/**
 * One check of a system's evidence without a station: reads it, refreshes the repositories whose cached snapshot is past its validity
 * (all side by side), checks, and keeps nothing but caches. `progress` hears of each repository that is fetched and how it ended.
 * @throws Fault `evidence_malformed`, `evidence_unrecognised`, `quota_exceeded`
 */
export async function checkOnce(
  station: Needs,
  request: { evidence: Evidence; name: string; warnings?: readonly string[]; progress?: (line: string) => void },
): Promise<UpdatesReport> {
  const system = recognisePackageSystem(request.evidence)
  const read = system.read(request.evidence)
  await Promise.all(
    [...read.keyrings].map(([hash, bytes]) => putIfAbsent(station.objects, objectKeys.keyring(hash), bytes)),
  )
  const states = await Promise.all(
    read.repositories.map((repository) => refreshIfDue(station, repository, request.progress ?? (() => undefined))),
  )

  const subject = {
    policy: read.policy,
    repositories: read.repositories.map((repository) => ({ ...repository })),
    problems: [...read.problems],
  }
  const outcome = await computeOutcome(station, {
    system,
    subject,
    inventory: read.inventory,
    states,
    machineId: read.system.machineId,
  })
  const now = station.clock.now()
  return reportUpdates({
    machine: request.name,
    checkedAt: now.toISOString(),
    outcome,
    states,
    now,
    validitySeconds: validityFor(station.settings),
    warnings: [...(request.warnings ?? []), ...read.warnings, ...endOfLifeWarnings(read.system, now)],
  })
}

async function refreshIfDue(
  station: Needs,
  repository: RepositoryFace,
  progress: (line: string) => void,
): Promise<RepositoryState> {
  const known = await findState(station, repository)
  const now = station.clock.now()
  if (!isDue(known, now, validityFor(station.settings)(repository.title))) return known

  progress(`Fetching ${repository.title} …`)
  const outcome = await refreshOnce(station, {
    repository,
    previous: known.snapshot,
    now,
    timeoutSeconds: station.settings.refreshTimeoutSeconds,
  })
  progress('reason' in outcome ? `${repository.title}: ${outcome.reason}` : `${repository.title}: ${outcome.status}`)
  const state = settle(known, outcome, station.clock.now().toISOString())
  await station.objects.put(objectKeys.once(repository.id), Buffer.from(JSON.stringify(state)), { cache: true })
  return state
}

/** The cached state of the repository; one that is missing or damaged counts as never fetched. */
async function findState(station: Needs, repository: RepositoryFace): Promise<RepositoryState> {
  const never: RepositoryState = { ...NEVER_FETCHED, repository: { ...repository } }
  const stored = await station.objects.get(objectKeys.once(repository.id))
  if (stored === null) return never

  try {
    const parsed = RepositoryState.safeParse(JSON.parse(Buffer.from(stored.body).toString('utf8')))
    return parsed.success ? { ...parsed.data, repository: { ...repository } } : never
  } catch {
    return never
  }
}
