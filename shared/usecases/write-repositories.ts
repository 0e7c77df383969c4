import type { RepositoryFace } from '#shared/domain/packaging/package-system.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'
import type { Subject } from '#shared/domain/subject.ts'
import { isConflict } from './conflict.ts'
import type { Station } from './needs.ts'
import { findRepository, repositoryKey, subjectsOfRepository } from './records.ts'

type Needs = Pick<Station, 'table' | 'clock'>

/** Writes the repositories that are new, and which subjects use them. Returns the ids that have no snapshot yet. */
export async function writeRepositories(station: Needs, subject: Subject, subjectId: string): Promise<string[]> {
  const unknown: string[] = []
  for (const repository of subject.repositories) {
    const known = await findRepository(station.table, repository.id)
    if (known === null) await writeRepository(station, repository)
    if (known === null || known.value.snapshot === null) unknown.push(repository.id)
    await station.table.put({ partition: subjectsOfRepository(repository.id), sort: subjectId, value: {} })
  }
  return unknown
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
