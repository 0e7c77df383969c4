import { Machine } from '#shared/domain/machine.ts'
import { RepositoryState } from '#shared/domain/repository-state.ts'
import { openCheckCache } from '#shared/usecases/check-cache.ts'
import { loadSubject } from '#shared/usecases/check-subject.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { objectKeys, subjectsOfRepository } from '#shared/usecases/records.ts'

/**
 * What a machine or a repository refers to although it is not there, and which repositories do not know their users. [] when all is
 * whole. At most 1,000 machines and repositories.
 */
export async function listMissing(station: Pick<Station, 'objects' | 'table'>): Promise<string[]> {
  const { objects, table } = station
  const missing: string[] = []
  const lookFor = async (key: string) => {
    if (!(await objects.has(key))) missing.push(key)
  }
  for (const item of (await table.query({ partition: 'machine', limit: 1000 })).items) {
    const { name, subject, inventory, evidenceKeys } = Machine.parse(item.value)
    const keys = [objectKeys.subject(subject), objectKeys.inventory(inventory), objectKeys.names(inventory)]
    for (const key of [...evidenceKeys, ...keys]) await lookFor(key)
    if (!(await objects.has(objectKeys.subject(subject)))) continue

    const { repositories } = await loadSubject({ objects, cache: openCheckCache() }, subject)
    for (const { id } of repositories) {
      const user = await table.get({ partition: subjectsOfRepository(id), sort: subject })
      if (user === null) missing.push(`${name} among the users of ${id}`)
      if ((await table.get({ partition: 'repository', sort: id })) === null) missing.push(`repository ${id}`)
    }
  }
  for (const item of (await table.query({ partition: 'repository', limit: 1000 })).items) {
    for (const { key } of RepositoryState.parse(item.value).snapshot?.lists ?? []) await lookFor(key)
  }
  return missing
}
