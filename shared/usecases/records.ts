import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { Machine } from '#shared/domain/machine.ts'
import { RepositoryState } from '#shared/domain/repository-state.ts'
import type { Subject } from '#shared/domain/subject.ts'
import type { Expectation, Item, MetadataTable, PutItem } from '#shared/ports/metadata-table.ts'

/** Where each kind of record lives in the metadata table, and how it is read back: nothing stored is believed unread. */

/** The last result of a subject (of one machine-id where phasing makes it matter): which snapshots it was drawn from. */
export const SubjectState = z.object({
  resultKey: z.string(),
  checkedAt: z.string(),
  engineVersion: z.string(),
  digests: z.array(z.string().nullable()),
  /** How many updates it names. Absent: not noted. */
  updates: z.number().optional(),
})
export type SubjectState = z.infer<typeof SubjectState>

export const machineKey = (name: string) => ({ partition: 'machine', sort: name })
export const repositoryKey = (id: string) => ({ partition: 'repository', sort: id })
export const subjectKey = (subject: string, machineId: string | null) => ({
  partition: 'subject',
  sort: machineId === null ? subject : `${subject}.${machineId}`,
})
/** Machines of one subject are found by the table's index. */
export const machinesOfSubject = (subject: string) => `subject-machines/${subject}`
/** The names of an owner's machines, so that whoever may see only those never reads among others. */
export const machinesOfOwner = (owner: string) => `owner-machines/${owner}`
export const subjectsOfRepository = (repositoryId: string) => `repository-subjects/${repositoryId}`
export const tokenKey = (sha256OfToken: string) => ({ partition: 'token', sort: sha256OfToken })

export const objectKeys = {
  evidence: (name: string, sha256: string) => `evidence/${name}/${sha256}.tar.gz`,
  inventory: (sha256: string) => `inventories/${sha256}`,
  names: (inventory: string) => `inventories/${inventory}.names`,
  subject: (subject: string) => `subjects/${subject}.json`,
  keyring: (sha256: string) => `keyrings/${sha256}`,
  result: (key: string) => `results/${key}.json`,
  /** What a one-shot check keeps of a repository: no metadata table is there. */
  once: (repositoryId: string) => `once/${repositoryId}.json`,
  changed: (repositoryId: string, id: string) => `changes/${repositoryId}/${id}.json`,
} as const

export interface Versioned<T> {
  readonly value: T
  readonly version: number
}

export async function findMachine(table: MetadataTable, name: string): Promise<Versioned<Machine> | null> {
  return parseItem(Machine, await table.get(machineKey(name)))
}

/** @throws Fault `not_found` */
export async function getMachine(table: MetadataTable, name: string): Promise<Versioned<Machine>> {
  const found = await findMachine(table, name)
  if (found === null) throw new Fault('not_found', `There is no machine "${name}".`)

  return found
}

export async function findRepository(table: MetadataTable, id: string): Promise<Versioned<RepositoryState> | null> {
  return parseItem(RepositoryState, await table.get(repositoryKey(id)))
}

/** In the order of the ids; one that is gone reads as never fetched. */
export async function getRepositories(
  table: MetadataTable,
  repositories: Subject['repositories'],
): Promise<RepositoryState[]> {
  const items = await table.getMany(repositories.map((repository) => repositoryKey(repository.id)))
  return items.map((item, at) => {
    const found = parseItem(RepositoryState, item)
    if (found !== null) return found.value

    const repository = repositories[at]
    if (repository === undefined) throw new Fault('unexpected', 'More repositories came back than were asked for.')
    return { ...NEVER_FETCHED, repository }
  })
}

/** A repository nobody has looked at yet. */
export const NEVER_FETCHED = {
  firstSeenAt: '',
  snapshot: null,
  refreshedAt: null,
  attemptedAt: null,
  failure: null,
  leasedUntil: null,
  recheckDue: false,
} as const

export async function findSubjectState(table: MetadataTable, subject: string, machineId: string | null) {
  return parseItem(SubjectState, await table.get(subjectKey(subject, machineId)))
}

/** The machine and its place among its owner's, to be written together. */
export function machineWrites(machine: Machine, expect: Expectation): ({ kind: 'put' } & PutItem)[] {
  const index = { partition: machinesOfSubject(machine.subject), sort: machine.name }
  const put = { kind: 'put', ...machineKey(machine.name), value: machine, index, expect } as const
  if (machine.owner === null) return [put]

  return [put, { kind: 'put', partition: machinesOfOwner(machine.owner), sort: machine.name, value: {} }]
}

/** An item's value in its shape. @throws Fault `data_damaged` when it is not */
export function parseItem<T>(shape: z.ZodType<T>, item: Item | null): Versioned<T> | null {
  if (item === null) return null

  const parsed = shape.safeParse(item.value)
  if (!parsed.success) {
    const message = `The stored ${item.partition} "${item.sort}" is not what it should be: ${z.prettifyError(parsed.error)}`
    throw new Fault('data_damaged', message)
  }
  return { value: parsed.data, version: item.version }
}
