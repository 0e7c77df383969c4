import { endOfLifeWarnings } from '#shared/domain/end-of-life.ts'
import type { Evidence } from '#shared/domain/evidence.ts'
import { condenseEvidence, recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import type { RepositoryFace } from '#shared/domain/packaging/package-system.ts'
import type { SystemFacts } from '#shared/domain/packaging/package-system.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { isDue, RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import { reportUpdates } from '#shared/domain/updates-report.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { computeOutcome } from './compute-outcome.ts'
import { putIfAbsent } from './conflict.ts'
import { findKeptAnswer, identifyEvidence, keepAnswer } from './kept-answer.ts'
import type { Station } from './needs.ts'
import { NEVER_FETCHED, objectKeys } from './records.ts'
import { refreshOnce, settle } from './refresh-repository.ts'

type Needs = Pick<Station, 'objects' | 'fetcher' | 'clock' | 'settings' | 'cache'>

export interface OneCheck {
  /** With rpm's databases as they are, or with what they hold. */
  readonly evidence: Evidence
  readonly name: string
  readonly warnings?: readonly string[]
  /** Hears of each repository that is fetched and how it ended. */
  readonly progress?: (line: string) => void
  /** Names the code that runs; with it, what was found is kept for the next check of the same evidence. null: nothing is kept. */
  readonly build?: string | null
}

/**
 * One check of a system's evidence without a station: reads it, refreshes the repositories whose cached snapshot is past its validity
 * (all side by side), checks, and keeps nothing but caches. Where nothing changed since an earlier check its result is the answer.
 * @throws Fault `evidence_malformed`, `evidence_unrecognised`, `quota_exceeded`
 */
export async function checkOnce(station: Needs, request: OneCheck): Promise<UpdatesReport> {
  const build = request.build ?? null
  const evidenceId = build === null ? null : identifyEvidence(request.evidence, build)
  const known = evidenceId === null ? null : await answerFromCache(station, request, evidenceId)
  if (known !== null) return known

  const evidence = condenseEvidence(request.evidence)
  const system = recognisePackageSystem(evidence)
  const read = system.read(evidence)
  await Promise.all(
    [...read.keyrings].map(([hash, bytes]) => putIfAbsent(station.objects, objectKeys.keyring(hash), bytes)),
  )
  const states = await Promise.all(
    read.repositories.map((repository) => refreshIfDue(station, repository, request.progress ?? (() => undefined))),
  )

  const repositories = read.repositories.map((repository) => ({ ...repository }))
  const outcome = await computeOutcome(station, {
    system,
    subject: { policy: read.policy, repositories, problems: [...read.problems] },
    inventory: read.inventory,
    snapshots: states.map((state) => state.snapshot),
    machineId: read.system.machineId,
  })
  const found = { outcome, warnings: [...read.warnings], system: read.system }
  if (evidenceId !== null)
    await keepAnswer(station.objects, evidenceId, { ...found, repositories, digests: digestsOf(states) })
  return report(station, request, states, found)
}

/** Every repository within its validity, with the snapshots that the kept answer was drawn from. Else null. */
async function answerFromCache(station: Needs, request: OneCheck, evidenceId: string): Promise<UpdatesReport | null> {
  const kept = await findKeptAnswer(station.objects, evidenceId)
  if (kept === null) return null

  const states = await Promise.all(kept.repositories.map((repository) => findState(station, repository)))
  const now = station.clock.now()
  const validity = validityFor(station.settings)
  if (states.some((state) => isDue(state, now, validity(state.repository.title)))) return null

  const digests = digestsOf(states)
  return digests.every((digest, at) => digest === kept.digests[at]) ? report(station, request, states, kept) : null
}

function digestsOf(states: readonly RepositoryState[]): (string | null)[] {
  return states.map((state) => state.snapshot?.digest ?? null)
}

function report(
  station: Needs,
  request: OneCheck,
  states: readonly RepositoryState[],
  found: { outcome: CheckOutcome; warnings: readonly string[]; system: SystemFacts },
): UpdatesReport {
  const now = station.clock.now()
  return reportUpdates({
    machine: request.name,
    checkedAt: now.toISOString(),
    outcome: found.outcome,
    states,
    now,
    validitySeconds: validityFor(station.settings),
    warnings: [...(request.warnings ?? []), ...found.warnings, ...endOfLifeWarnings(found.system, now)],
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
