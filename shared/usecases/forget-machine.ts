import { canonicalJson } from '#shared/domain/canonical-json.ts'
import type { Subject } from '#shared/domain/subject.ts'
import { loadSubject } from './check-subject.ts'
import { putIfAbsent } from './conflict.ts'
import type { Station } from './needs.ts'
import {
  getMachine,
  machineKey,
  machinesOfOwner,
  machinesOfSubject,
  objectKeys,
  subjectKey,
  subjectsOfRepository,
} from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'log' | 'cache'>

/**
 * Forgets a machine: its record and its evidence; its subject too when no clone is left.
 * @throws Fault `not_found`
 */
export async function forgetMachine(station: Needs, name: string): Promise<void> {
  const { value: machine, version } = await getMachine(station.table, name)
  await station.table.write([
    { kind: 'delete', ...machineKey(name), expect: version },
    ...(machine.owner === null
      ? []
      : [{ kind: 'delete', partition: machinesOfOwner(machine.owner), sort: name } as const]),
  ])
  for await (const key of station.objects.list(`evidence/${name}/`)) await station.objects.delete(key)
  await dropUnusedSubject(station, machine.subject)
  station.log.info('machine.forgotten', { name })
}

/** Removes a subject that no machine has any more: its result and its place among the repositories' users. */
export async function dropUnusedSubject(station: Needs, subjectId: string): Promise<void> {
  if (await isUsed(station, subjectId)) return

  const subject = await loadSubject(station, subjectId).catch(() => null)
  for (const repository of subject?.repositories ?? []) {
    await station.table.delete({ partition: subjectsOfRepository(repository.id), sort: subjectId })
  }
  await station.table.delete(subjectKey(subjectId, null))
  await station.objects.delete(objectKeys.subject(subjectId))
  // A clone may have been registered in the meantime: whoever comes second, here or there, puts it back.
  if (subject !== null && (await isUsed(station, subjectId))) await keepSubject(station, subjectId, subject)
}

async function isUsed(station: Needs, subjectId: string): Promise<boolean> {
  const users = await station.table.queryIndex({ partition: machinesOfSubject(subjectId), limit: 1 })
  return users.items.length > 0
}

/** Called once a machine refers to the subject: puts it back if the last clone before was forgotten just now. */
export async function keepSubject(station: Needs, subjectId: string, subject: Subject): Promise<void> {
  const key = objectKeys.subject(subjectId)
  if (await station.objects.has(key)) return

  await putIfAbsent(station.objects, key, Buffer.from(canonicalJson(subject)))
  for (const repository of subject.repositories) {
    await station.table.put({ partition: subjectsOfRepository(repository.id), sort: subjectId, value: {} })
  }
}
