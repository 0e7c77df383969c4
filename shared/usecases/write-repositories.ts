import type { RepositoryFace } from '#shared/domain/packaging/package-system.ts'
import { RepositoryState } from '#shared/domain/repository-state.ts'
import type { Subject } from '#shared/domain/subject.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { parseItem, repositoryKey, subjectsOfRepository } from './records.ts'

type Needs = Pick<Station, 'table' | 'clock'>

/** Writes the repositories that are new, and which subjects use them. Returns the ids that have no snapshot yet. */
export async function writeRepositories(station: Needs, subject: Subject, subjectId: string): Promise<string[]> {
  const { repositories } = subject
  // The subject first: a sweep forgets a repository only while no subject uses it.
  await Promise.all(
    repositories.map(({ id }) =>
      station.table.put({ partition: subjectsOfRepository(id), sort: subjectId, value: {} }),
    ),
  )
  const known = await station.table.getMany(repositories.map(({ id }) => repositoryKey(id)))
  const states = known.map((item) => parseItem(RepositoryState, item)?.value ?? null)
  await Promise.all(
    repositories.filter((_, at) => states[at] === null).map((repository) => writeRepository(station, repository)),
  )
  return repositories.filter((_, at) => states[at]?.snapshot == null).map(({ id }) => id)
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
