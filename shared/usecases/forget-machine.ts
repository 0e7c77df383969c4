import { loadSubject } from './check-subject.ts'
import type { Station } from './needs.ts'
import { getMachine, machineKey, machinesOfSubject, objectKeys, subjectKey, subjectsOfRepository } from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'log' | 'cache'>

/**
 * Forgets a machine: its record and its evidence; its subject too when no clone is left.
 * @throws Fault `not_found`
 */
export async function forgetMachine(station: Needs, name: string): Promise<void> {
  const { value: machine, version } = await getMachine(station.table, name)
  await station.table.delete(machineKey(name), version)
  for await (const key of station.objects.list(`evidence/${name}/`)) await station.objects.delete(key)
  await dropUnusedSubject(station, machine.subject)
  station.log.info('machine.forgotten', { name })
}

/** Removes a subject that no machine has any more: its result and its place among the repositories' users. */
export async function dropUnusedSubject(station: Needs, subjectId: string): Promise<void> {
  const users = await station.table.queryIndex({ partition: machinesOfSubject(subjectId), limit: 1 })
  if (users.items.length > 0) return

  const subject = await loadSubject(station, subjectId).catch(() => null)
  for (const repository of subject?.repositories ?? []) {
    await station.table.delete({ partition: subjectsOfRepository(repository.id), sort: subjectId })
  }
  await station.table.delete(subjectKey(subjectId, null))
  await station.objects.delete(objectKeys.subject(subjectId))
}
