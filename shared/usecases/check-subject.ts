import { Fault } from '#shared/domain/fault.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { PackageSystem } from '#shared/domain/packaging/package-system.ts'
import { CheckOutcome } from '#shared/domain/packaging/update.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'
import { identifyResult, Subject } from '#shared/domain/subject.ts'
import type { Lane } from '#shared/ports/job-queue.ts'
import { computeCheck } from './compute-outcome.ts'
import type { CheckRequest, ComputedOutcome } from './computing.ts'
import { getByContent } from './get-by-content.ts'
import type { Station } from './needs.ts'
import { findSubjectState, getRepositories, objectKeys, subjectKey } from './records.ts'
import type { SubjectState } from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'log' | 'cache' | 'computing'>

export interface CheckedSubject {
  readonly subject: Subject
  readonly outcome: CheckOutcome
  readonly checkedAt: string
  /** Of the subject's repositories at this moment, in the machine's order. */
  readonly states: readonly RepositoryState[]
}

/**
 * The updates of a subject against the snapshots of this moment: the stored result when it was drawn from the very same inputs,
 * else a new one, stored for everyone who asks next. `machineId` counts only where phased updates make it matter.
 * @throws Fault `data_damaged` when the subject or its inventory is gone
 */
export async function checkSubject(
  station: Needs,
  subjectId: string,
  machineId: string | null,
): Promise<CheckedSubject> {
  const subject = await loadSubject(station, subjectId)
  const states = await getRepositories(station.table, subject.repositories)
  return checkAgainst(station, { subjectId, subject, states, machineId })
}

/** The same against states that were read just now. */
export async function checkAgainst(station: Needs, input: Asked): Promise<CheckedSubject> {
  const { subject, states } = input
  const { known, ...wanted } = await findResult(station, input)
  if (known !== null) {
    const outcome = await loadOutcome(station, known.resultKey)
    if (outcome !== null) return { subject, outcome, checkedAt: known.checkedAt, states }
  }

  const made = await makeResult(station, { ...input, ...wanted }, 'interactive')
  const outcome = parseStored(CheckOutcome, made.json, `result ${made.resultKey}`)
  station.cache.outcomes.set(made.resultKey, outcome)
  return { subject, outcome, checkedAt: made.checkedAt, states }
}

/**
 * Sees to it that the stored result is that of this moment's snapshots, for whoever asks next.
 * @throws Fault `data_damaged` when the subject or its inventory is gone
 */
export async function bringUpToDate(
  station: Needs,
  subjectId: string,
  how: { machineId: string | null; lane: Lane },
): Promise<void> {
  const subject = await loadSubject(station, subjectId)
  const states = await getRepositories(station.table, subject.repositories)
  const input = { subjectId, subject, states, machineId: how.machineId }
  const { known, ...wanted } = await findResult(station, input)
  if (known !== null && (await station.objects.has(objectKeys.result(known.resultKey)))) return

  await makeResult(station, { ...input, ...wanted }, how.lane)
}

interface Asked {
  readonly subjectId: string
  readonly subject: Subject
  readonly states: readonly RepositoryState[]
  readonly machineId: string | null
}

/** `known`: of the stored result, when it was drawn from the very same inputs. `identity`: whom the wanted one is for. */
async function findResult(station: Needs, { subjectId, subject, states, machineId }: Asked) {
  const system = getPackageSystem(subject.packageSystem)
  const snapshots = states.map((state) => state.snapshot)
  const identity = system.dependsOnIdentity(snapshots) ? machineId : null
  const digests = snapshots.map((snapshot) => snapshot?.digest ?? null)
  const found = await findSubjectState(station.table, subjectId, identity)
  const known = found !== null && drawnFrom(found.value, system, digests) ? found.value : null
  return { known, identity, digests, snapshots }
}

/** Works the result out, stores it, and notes from what it was drawn. */
async function makeResult(
  station: Needs,
  input: Asked & Omit<Awaited<ReturnType<typeof findResult>>, 'known'>,
  lane: Lane,
): Promise<ComputedOutcome & { resultKey: string; checkedAt: string }> {
  const { subjectId, subject, identity, digests, snapshots } = input
  const { engineVersion } = getPackageSystem(subject.packageSystem)
  const request: CheckRequest = { ...subject, machineId: identity, snapshots }
  const computed = (await station.computing?.check(request, lane)) ?? (await computeCheck(station, request))
  const checkedAt = station.clock.now().toISOString()
  const resultKey = identifyResult({ subject: subjectId, engineVersion, machineId: identity, digests })
  await station.objects.put(objectKeys.result(resultKey), computed.json, { cache: true })
  const { updates, unknowns } = computed
  const value: SubjectState = { resultKey, checkedAt, engineVersion, digests, updates }
  await station.table.put({ ...subjectKey(subjectId, identity), value })

  station.log.info('check.finished', { subject: subjectId.slice(0, 12), updates, unknowns })
  return { ...computed, resultKey, checkedAt }
}

/** Was the stored result drawn from these snapshots by this engine? */
export function drawnFrom(
  known: SubjectState,
  system: Pick<PackageSystem, 'engineVersion'>,
  digests: readonly (string | null)[],
): boolean {
  return (
    known.engineVersion === system.engineVersion &&
    known.digests.length === digests.length &&
    known.digests.every((digest, at) => digest === digests[at])
  )
}

export async function loadSubject(station: Pick<Needs, 'objects' | 'cache'>, subjectId: string): Promise<Subject> {
  return station.cache.subjects.getOrMake(subjectId, async () => {
    const key = objectKeys.subject(subjectId)
    const body = await getByContent(station.objects, { key, sha256: subjectId, what: 'subject' })
    return parseStored(Subject, body, `subject ${subjectId}`)
  })
}

/** null: gone or damaged; a result can be computed again. */
export async function loadOutcome(
  station: Pick<Needs, 'objects' | 'cache'>,
  resultKey: string,
): Promise<CheckOutcome | null> {
  const cached = station.cache.outcomes.get(resultKey)
  if (cached !== undefined) return cached

  const stored = await station.objects.get(objectKeys.result(resultKey))
  if (stored === null) return null
  try {
    const outcome = parseStored(CheckOutcome, stored.body, `result ${resultKey}`)
    station.cache.outcomes.set(resultKey, outcome)
    return outcome
  } catch {
    return null
  }
}

function parseStored<T>(shape: { parse(value: unknown): T }, body: Uint8Array, what: string): T {
  try {
    return shape.parse(JSON.parse(Buffer.from(body).toString('utf8')))
  } catch (cause) {
    throw new Fault('data_damaged', `The stored ${what} cannot be read.`, { cause })
  }
}
