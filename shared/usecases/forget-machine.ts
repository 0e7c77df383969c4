import { loadSubject } from './check-subject.ts'
import { clearAway } from './keep-object.ts'
import type { Station } from './needs.ts'
import {
  findMachine,
  getMachine,
  machineKey,
  machinesOfOwner,
  machinesOfSubject,
  objectKeys,
  subjectKey,
  subjectsOfRepository,
} from './records.ts'
import { historyKey } from './scan-records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'log' | 'cache'>

/**
 * Forgets a machine: its record and its evidence; its subject too when no clone is left. Once the record is gone the machine is
 * forgotten: what a death after that leaves behind, the collection of garbage takes.
 * @throws Fault `not_found`
 */
export async function forgetMachine(station: Needs, name: string): Promise<void> {
  const { value: machine, version } = await getMachine(station.table, name)
  await station.table.write([
    { kind: 'delete', ...machineKey(name), expect: version },
    // What was found on it says nothing of the next machine of its name.
    { kind: 'delete', ...historyKey(name) },
    ...(machine.owner === null
      ? []
      : [{ kind: 'delete', partition: machinesOfOwner(machine.owner), sort: name } as const]),
  ])
  for await (const key of station.objects.list(`evidence/${name}/`)) await dropEvidence(station, name, key)
  await dropUnusedSubject(station, machine.subject)
  station.log.info('machine.forgotten', { name })
}

/** Removes an archive that its machine no longer refers to. */
export async function dropEvidence(station: Needs, name: string, key: string): Promise<void> {
  await clearAway(station, key, {
    isUsed: async () => (await findMachine(station.table, name))?.value.evidenceKeys.includes(key) ?? false,
  })
}

/** Removes a subject that no machine has any more, its result and its place among the repositories' users. `mark`: as it was read. */
export async function dropUnusedSubject(station: Needs, subjectId: string, mark?: number): Promise<boolean> {
  return clearAway(station, objectKeys.subject(subjectId), {
    ...(mark === undefined ? {} : { expect: mark }),
    isUsed: () => isSubjectUsed(station, subjectId),
    before: async () => {
      const subject = await loadSubject(station, subjectId).catch(() => null)
      for (const repository of subject?.repositories ?? []) {
        await station.table.delete({ partition: subjectsOfRepository(repository.id), sort: subjectId })
      }
      await station.table.delete(subjectKey(subjectId, null))
    },
  })
}

/** Does any machine have this subject? */
export async function isSubjectUsed(station: Pick<Needs, 'table'>, subjectId: string): Promise<boolean> {
  const users = await station.table.queryIndex({ partition: machinesOfSubject(subjectId), limit: 1 })
  return users.items.length > 0
}
