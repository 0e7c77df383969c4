import { listFoldersOfLists } from '#shared/domain/packaging/index.ts'
import { RepositoryState } from '#shared/domain/repository-state.ts'
import type { Item, ItemPage } from '#shared/ports/metadata-table.ts'
import { dropUnusedSubject } from './forget-machine.ts'
import { clearAway, isGoing, markKey, MARKS, ObjectMark, succeeds } from './keep-object.ts'
import { walkMachines } from './list-machines.ts'
import type { Station } from './needs.ts'
import { objectKeys, parseItem, SubjectState, subjectsOfRepository } from './records.ts'
import type { Versioned } from './records.ts'
import { forgetChecks } from './request-check.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'queue' | 'clock' | 'log' | 'cache'>

/** Longer than any registration or refresh takes: whatever is about to refer to an object has done so by then. */
const UNUSED_FOR_MS = 3_600_000

/**
 * Clears away what nothing refers to any more: archives, inventories and subjects without a machine, results without a subject, lists
 * without a snapshot, names of past changes. An object is marked by one run and cleared away by a later one, an hour after at the
 * earliest, if nobody has taken the mark off meanwhile. Key rings stay: there are few, and only package systems know who uses them.
 */
export async function collectGarbage(station: Needs): Promise<{ marked: number; cleared: number }> {
  const used = await findUsed(station)
  const marks = await findMarks(station)
  let marked = 0
  let cleared = 0
  for (const folder of folders()) {
    for await (const key of station.objects.list(folder)) {
      const mark = marks.get(key)
      marks.delete(key)
      if (used.objects.has(key)) await unmark(station, key, mark)
      else if (mark === undefined) marked += Number(await markUnused(station, key))
      else if (isRipe(mark.value, station.clock.now())) cleared += Number(await clear(station, key, mark.version, used))
    }
  }
  // What is left are marks on objects that are gone.
  for (const [key, mark] of marks) await unmark(station, key, mark)
  await forgetUsers(station, used)
  await forgetChecks(station)
  station.log.info('garbage.collected', { marked, cleared })
  return { marked, cleared }
}

/** The folders of objects that can become unused. */
function folders(): string[] {
  return ['evidence/', 'inventories/', 'subjects/', 'results/', 'changes/', ...listFoldersOfLists()]
}

interface Used {
  readonly objects: ReadonlySet<string>
  readonly subjects: ReadonlySet<string>
  readonly repositories: readonly string[]
}

/** Everything that is referred to. On the way the states of subjects that nobody has are forgotten. */
async function findUsed(station: Needs): Promise<Used> {
  const objects = new Set<string>()
  const subjects = new Set<string>()
  const identities = new Set<string>()
  for await (const machines of walkMachines(station, null)) {
    for (const machine of machines) {
      const { subject, inventory, evidenceKeys, system } = machine
      for (const key of [...evidenceKeys, objectKeys.inventory(inventory), objectKeys.names(inventory)])
        objects.add(key)
      objects.add(objectKeys.subject(subject))
      subjects.add(subject)
      identities.add(subject).add(`${subject}.${system.machineId}`)
    }
  }

  for await (const item of walk(station, 'subject')) {
    const state = parseItem(SubjectState, item)
    if (state === null) continue
    if (identities.has(item.sort)) objects.add(objectKeys.result(state.value.resultKey))
    else await succeeds(station.table.delete(item, item.version))
  }

  const repositories: string[] = []
  for await (const item of walk(station, 'repository')) {
    repositories.push(item.sort)
    for (const list of parseItem(RepositoryState, item)?.value.snapshot?.lists ?? []) objects.add(list.key)
  }
  return { objects, subjects, repositories }
}

async function findMarks(station: Needs): Promise<Map<string, Versioned<ObjectMark>>> {
  const marks = new Map<string, Versioned<ObjectMark>>()
  for await (const item of walk(station, MARKS)) {
    const mark = parseItem(ObjectMark, item)
    if (mark !== null) marks.set(item.sort, mark)
  }
  return marks
}

async function markUnused(station: Needs, key: string): Promise<boolean> {
  const value: ObjectMark = { since: station.clock.now().toISOString(), goesUntil: null }
  return succeeds(station.table.put({ ...markKey(key), value, expect: 'absent' }))
}

async function unmark(station: Needs, key: string, mark: Versioned<ObjectMark> | undefined): Promise<void> {
  if (mark === undefined || isGoing(mark.value, station.clock.now())) return

  await succeeds(station.table.delete(markKey(key), mark.version))
}

function isRipe(mark: ObjectMark, now: Date): boolean {
  return now.getTime() - Date.parse(mark.since) > UNUSED_FOR_MS && !isGoing(mark, now)
}

async function clear(station: Needs, key: string, mark: number, used: Used): Promise<boolean> {
  const subject = /^subjects\/([0-9a-f]{64})\.json$/.exec(key)?.[1]
  if (subject !== undefined) return dropUnusedSubject(station, subject, mark)

  return clearAway(station, key, { expect: mark, isUsed: async () => used.objects.has(key) })
}

/** Subjects among a repository's users of which nothing is left but that. A registration that puts one back writes this anew. */
async function forgetUsers(station: Needs, used: Used): Promise<void> {
  for (const repository of used.repositories) {
    for await (const item of walk(station, subjectsOfRepository(repository))) {
      const isThere = used.subjects.has(item.sort) || (await station.objects.has(objectKeys.subject(item.sort)))
      if (!isThere) await succeeds(station.table.delete(item, item.version))
    }
  }
}

async function* walk(station: Pick<Needs, 'table'>, partition: string): AsyncGenerator<Item> {
  let cursor: string | null = null
  do {
    const page: ItemPage = await station.table.query({
      partition,
      limit: 500,
      ...(cursor === null ? {} : { cursor }),
    })
    yield* page.items
    cursor = page.cursor
  } while (cursor !== null)
}
