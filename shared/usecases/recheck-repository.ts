import { z } from 'zod'
import { isFault } from '#shared/domain/fault.ts'
import type { Job } from '#shared/domain/job.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { Lane } from '#shared/ports/job-queue.ts'
import { bringUpToDate, drawnFrom, loadSubject } from './check-subject.ts'
import { isConflict } from './conflict.ts'
import { isSubjectUsed } from './forget-machine.ts'
import { decodeNames, hashName, touches } from './inventory-names.ts'
import type { Station } from './needs.ts'
import { findSubjectState, getRepositories, objectKeys, subjectKey, subjectsOfRepository } from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'queue' | 'clock' | 'log' | 'cache' | 'computing'>
type RecheckJob = Extract<Job, { kind: 'recheck-repository' }>

/** Subjects looked at in one job; the rest is another job, so that no job runs long. */
const PAGE = 250
/** Of them so many at the same time: one is read and stored while another is checked, and what they write is synced together. */
const AT_ONCE = 8

/**
 * After a repository changed: brings the results of its subjects up to date. A subject that has no updates, and whose inventory holds
 * none of the changed names, keeps its result, which is only noted as valid for the new snapshot; so the cost follows the change, not
 * the fleet. Where there are updates, whether they would be taken may hang on packages that are not installed.
 */
export async function recheckRepository(
  station: Needs,
  job: RecheckJob,
  lane: Lane,
): Promise<{ checked: number; kept: number }> {
  const changed = await loadChangedNames(station, job.changed)
  const page = await station.table.query({
    partition: subjectsOfRepository(job.repositoryId),
    limit: PAGE,
    ...(job.cursor === null ? {} : { cursor: job.cursor }),
  })
  const waiting = page.items.map((item) => item.sort)
  let checked = 0
  const checkNext = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (await recheckSubject(station, { subjectId: next, job, lane, changed })) checked += 1
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, checkNext))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  if (page.cursor !== null) await station.queue.send([{ lane, body: { ...job, cursor: page.cursor } }])
  return { checked, kept: page.items.length - checked }
}

/** Returns true when it was checked anew. A damaged subject says so to whoever asks for it; here it stands in nobody's way. */
async function recheckSubject(
  station: Needs,
  what: { subjectId: string; job: RecheckJob; lane: Lane; changed: ReadonlySet<number> | null },
): Promise<boolean> {
  const { subjectId, job, lane, changed } = what
  if (!(await isSubjectUsed(station, subjectId))) return false

  try {
    if (changed !== null && (await keepResult(station, subjectId, job, changed))) return false

    await bringUpToDate(station, subjectId, { machineId: null, lane })
    return true
  } catch (error) {
    if (!isFault(error, 'data_damaged')) throw error
    station.log.error('recheck.skipped', { subject: subjectId, reason: error.message })
    return false
  }
}

/** null: anything may have changed. */
async function loadChangedNames(station: Needs, key: string | null): Promise<ReadonlySet<number> | null> {
  if (key === null) return null

  const stored = await station.objects.get(key)
  if (stored === null) return null
  const names = z.array(z.string()).safeParse(JSON.parse(Buffer.from(stored.body).toString('utf8')))
  return names.success ? new Set(names.data.map((name) => hashName(name))) : null
}

/**
 * True when the stored result holds for the new snapshot as well, and is noted so. It must have been drawn from the snapshots of this
 * moment in all other repositories, or it is computed anew.
 */
async function keepResult(
  station: Needs,
  subjectId: string,
  job: RecheckJob,
  changed: ReadonlySet<number>,
): Promise<boolean> {
  const subject = await loadSubject(station, subjectId)
  const system = getPackageSystem(subject.packageSystem)
  const states = await getRepositories(station.table, subject.repositories)
  if (system.dependsOnIdentity(states.map((state) => state.snapshot))) return false

  const known = await findSubjectState(station.table, subjectId, null)
  if (known === null || known.value.updates !== 0) return false

  const digests = states.map((state) => state.snapshot?.digest ?? null)
  const at = subject.repositories.findIndex((repository) => repository.id === job.repositoryId)
  const liesBetween = job.before !== null && known.value.digests[at] === job.before && digests[at] === job.after
  if (!liesBetween || !drawnFrom(known.value, system, digests.with(at, job.before))) return false

  const names = await loadNames(station, subject.inventory)
  if (names === null || touches(names, changed)) return false

  try {
    await station.table.put({
      ...subjectKey(subjectId, null),
      value: { ...known.value, digests },
      expect: known.version,
    })
    return true
  } catch (error) {
    if (isConflict(error)) return false
    throw error
  }
}

/** The hashed package names of an inventory; null when they are gone. @throws Fault `data_damaged` */
export async function loadNames(
  station: Pick<Needs, 'objects' | 'cache'>,
  inventory: string,
): Promise<Uint32Array | null> {
  const cached = station.cache.names.get(inventory)
  if (cached !== undefined) return cached

  const stored = await station.objects.get(objectKeys.names(inventory))
  if (stored === null) return null
  const names = decodeNames(stored.body)
  station.cache.names.set(inventory, names)
  return names
}
