import type { RepositoryFace } from '#shared/domain/packaging/package-system.ts'
import { RepositoryState } from '#shared/domain/repository-state.ts'
import type { Subject } from '#shared/domain/subject.ts'
import type { PutItem } from '#shared/ports/metadata-table.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem, repositoryKey, subjectsOfRepository } from './records.ts'

type Needs = Pick<Station, 'table' | 'clock'>

/** What notes that a subject uses its repositories: written before, or together with, the machine that has the subject. */
export function useWrites(subject: Subject, subjectId: string): ({ kind: 'put' } & PutItem)[] {
  return subject.repositories.map(({ id }) => ({
    kind: 'put',
    partition: subjectsOfRepository(id),
    sort: subjectId,
    value: {},
  }))
}

/** Writes the repositories that are new, and which subjects use them. Returns the ids that have no snapshot yet. */
export async function writeRepositories(station: Needs, subject: Subject, subjectId: string): Promise<string[]> {
  const { repositories } = subject
  // The subject first: a sweep forgets a repository only while no subject uses it.
  await Promise.all(useWrites(subject, subjectId).map((write) => station.table.put(write)))
  const states = await findStates(station, subject)
  await Promise.all(
    repositories.filter((_, at) => states[at] === null).map((repository) => writeRepository(station, repository)),
  )
  return listUnknown(subject, states)
}

/** Of each repository in the subject's order; null: nobody has written it, or it was forgotten. */
export async function findStates(station: Pick<Needs, 'table'>, subject: Subject): Promise<(RepositoryState | null)[]> {
  const known = await station.table.getMany(subject.repositories.map(({ id }) => repositoryKey(id)))
  return known.map((item) => parseItem(RepositoryState, item)?.value ?? null)
}

/** Ids of the repositories without a snapshot. */
export function listUnknown(subject: Subject, states: readonly (RepositoryState | null)[]): string[] {
  return subject.repositories.filter((_, at) => states[at]?.snapshot == null).map(({ id }) => id)
}

/** A repository that nobody has looked at yet; one that is there already stays as it is. */
export async function writeRepository(station: Needs, repository: RepositoryFace): Promise<void> {
  const state: RepositoryState = {
    repository: { ...repository },
    firstSeenAt: station.clock.now().toISOString(),
    snapshot: null,
    refreshedAt: null,
    attemptedAt: null,
    failure: null,
    leasedUntil: null,
    recheckDue: false,
  }
  try {
    await station.table.put({ ...repositoryKey(repository.id), value: state, expect: 'absent' })
  } catch (error) {
    if (!isConflict(error)) throw error
  }
}
