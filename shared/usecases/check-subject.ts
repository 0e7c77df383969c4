import { Fault } from '#shared/domain/fault.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { PackageSystem } from '#shared/domain/packaging/package-system.ts'
import { CheckOutcome } from '#shared/domain/packaging/update.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'
import { identifyResult, Subject } from '#shared/domain/subject.ts'
import { getByContent } from './get-by-content.ts'
import type { Station } from './needs.ts'
import { openLists } from './open-lists.ts'
import { findSubjectState, getRepositories, objectKeys, subjectKey } from './records.ts'
import type { SubjectState } from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'log' | 'cache'>

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
export async function checkAgainst(
  station: Needs,
  input: { subjectId: string; subject: Subject; states: readonly RepositoryState[]; machineId: string | null },
): Promise<CheckedSubject> {
  const { subjectId, subject, states } = input
  const system = getPackageSystem(subject.packageSystem)
  const snapshots = states.map((state) => state.snapshot)
  const identity = system.dependsOnIdentity(snapshots) ? input.machineId : null

  const digests = snapshots.map((snapshot) => snapshot?.digest ?? null)
  const known = await findSubjectState(station.table, subjectId, identity)
  if (known !== null && drawnFrom(known.value, system, digests)) {
    const outcome = await loadOutcome(station, known.value.resultKey)
    if (outcome !== null) return { subject, outcome, checkedAt: known.value.checkedAt, states }
  }

  const outcome = await compute(station, { system, subject, states, machineId: identity })
  const checkedAt = station.clock.now().toISOString()
  const resultKey = identifyResult({
    subject: subjectId,
    engineVersion: system.engineVersion,
    machineId: identity,
    digests,
  })
  await station.objects.put(objectKeys.result(resultKey), Buffer.from(JSON.stringify(outcome)), { cache: true })
  station.cache.outcomes.set(resultKey, outcome)
  const value: SubjectState = { resultKey, checkedAt, engineVersion: system.engineVersion, digests }
  await station.table.put({ ...subjectKey(subjectId, identity), value })

  station.log.info('check.finished', {
    subject: subjectId.slice(0, 12),
    updates: outcome.updates.length,
    unknowns: outcome.unknowns.length,
  })
  return { subject, outcome, checkedAt, states }
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

async function compute(
  station: Needs,
  input: { system: PackageSystem; subject: Subject; states: readonly RepositoryState[]; machineId: string | null },
): Promise<CheckOutcome> {
  const inventory = await loadInventory(station, input.system, input.subject.inventory)
  return computeOutcome(station, { ...input, inventory })
}

/** The check itself, with the lists of the states' snapshots opened for it. */
export async function computeOutcome(
  station: Pick<Needs, 'objects' | 'cache'>,
  input: {
    system: PackageSystem
    subject: Pick<Subject, 'policy' | 'repositories' | 'problems'>
    inventory: unknown
    states: readonly RepositoryState[]
    machineId: string | null
  },
): Promise<CheckOutcome> {
  const { system, subject, states } = input
  const snapshots = states.map((state) => state.snapshot)
  return system.check({
    inventory: input.inventory,
    policy: subject.policy,
    machineId: input.machineId,
    sources: subject.repositories.map((repository, at) => ({ repository, snapshot: snapshots[at] ?? null })),
    lists: await openLists(station, system, snapshots),
    problems: subject.problems,
  })
}

/** @throws Fault `data_damaged` */
export async function loadInventory(
  station: Pick<Needs, 'objects' | 'cache'>,
  system: PackageSystem,
  inventory: string,
): Promise<unknown> {
  return station.cache.inventories.getOrMake(inventory, async () => {
    const key = objectKeys.inventory(inventory)
    return system.decodeInventory(await getByContent(station.objects, { key, sha256: inventory, what: 'inventory' }))
  })
}
