import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { isCurrent, RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import { loadSubject } from './check-subject.ts'
import { walkMachines } from './list-machines.ts'
import type { Station } from './needs.ts'
import { findRepository, parseItem } from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'settings' | 'cache'>

/** A repository as a list shows it. */
export const RepositorySummary = z.object({
  id: z.string(),
  packageSystem: z.string(),
  title: z.string(),
  /** `never`: no good look at it so far. */
  freshness: z.enum(['fresh', 'stale', 'never']),
  /** Not null: cannot be fetched from here, and why. */
  unreachable: z.string().nullable(),
  /** Of the last attempt; null when that ended well. */
  failure: z.object({ status: z.enum(['unreachable', 'refused']), reason: z.string() }).nullable(),
  verification: z.enum(['verified', 'trusted-by-option', 'none']),
  packages: z.number(),
  firstSeenAt: z.string(),
  refreshedAt: z.string().nullable(),
  attemptedAt: z.string().nullable(),
  publishedAt: z.string().nullable(),
  validUntil: z.string().nullable(),
  gaps: z.array(z.string()),
  warnings: z.array(z.string()),
})
export type RepositorySummary = z.infer<typeof RepositorySummary>

/** A page of repositories by id: all, or (`owner`) those that the owner's machines use. */
export async function listRepositories(
  station: Needs,
  query: { owner: string | null; limit: number; cursor: string | null },
): Promise<{ items: RepositorySummary[]; cursor: string | null }> {
  if (query.owner !== null) return listOwn(station, { ...query, owner: query.owner })

  const page = await station.table.query({
    partition: 'repository',
    limit: query.limit,
    ...(query.cursor === null ? {} : { cursor: query.cursor }),
  })
  const states = page.items.flatMap((item) => parseItem(RepositoryState, item)?.value ?? [])
  return { items: states.map((state) => summarize(station, state)), cursor: page.cursor }
}

async function listOwn(station: Needs, query: { owner: string; limit: number; cursor: string | null }) {
  const own = [...(await repositoriesOf(station, query.owner))].toSorted()
  const { cursor } = query
  const rest = cursor === null ? own : own.filter((id) => id > cursor)
  const ids = rest.slice(0, query.limit)
  const found = await Promise.all(ids.map((id) => findRepository(station.table, id)))
  return {
    items: found.flatMap((one) => (one === null ? [] : [summarize(station, one.value)])),
    cursor: rest.length > ids.length ? (ids.at(-1) ?? null) : null,
  }
}

/** @throws Fault `not_found`, also for one that none of the owner's machines uses */
export async function getRepositorySummary(
  station: Needs,
  id: string,
  owner: string | null,
): Promise<RepositorySummary> {
  await requireUse(station, id, owner)
  const found = await findRepository(station.table, id)
  if (found === null) throw unknownRepository(id)

  return summarize(station, found.value)
}

/** The repository is everyone's (`owner` null) or used by a machine of the owner. @throws Fault `not_found` */
export async function requireUse(station: Needs, id: string, owner: string | null): Promise<void> {
  if (owner === null) return

  const own = await repositoriesOf(station, owner)
  if (!own.has(id)) throw unknownRepository(id)
}

function unknownRepository(id: string): Fault {
  return new Fault('not_found', `There is no repository "${id}".`)
}

/** Ids of the repositories that the machines use: the owner's, or everyone's (null). */
export async function repositoriesOf(
  station: Pick<Needs, 'objects' | 'table' | 'cache'>,
  owner: string | null,
): Promise<ReadonlySet<string>> {
  const subjects = new Set<string>()
  for await (const machines of walkMachines(station, owner)) {
    for (const machine of machines) subjects.add(machine.subject)
  }
  const ids = new Set<string>()
  for (const subjectId of subjects) {
    const subject = await loadSubject(station, subjectId)
    for (const repository of subject.repositories) ids.add(repository.id)
  }
  return ids
}

function summarize(station: Pick<Needs, 'clock' | 'settings'>, state: RepositoryState): RepositorySummary {
  const { repository, snapshot } = state
  const fresh = isCurrent(state, station.clock.now(), validityFor(station.settings)(repository.title))
  return {
    id: repository.id,
    packageSystem: repository.packageSystem,
    title: repository.title,
    freshness: snapshot === null ? 'never' : fresh ? 'fresh' : 'stale',
    unreachable: repository.unreachable,
    failure: state.failure,
    verification: snapshot?.verification ?? 'none',
    packages: (snapshot?.lists ?? []).reduce((sum, list) => sum + list.packages, 0),
    firstSeenAt: state.firstSeenAt,
    refreshedAt: state.refreshedAt,
    attemptedAt: state.attemptedAt,
    publishedAt: snapshot?.publishedAt ?? null,
    validUntil: snapshot?.validUntil ?? null,
    gaps: snapshot?.gaps ?? [],
    warnings: snapshot?.warnings ?? [],
  }
}
