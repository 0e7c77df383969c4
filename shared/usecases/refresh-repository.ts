import { randomUUID } from 'node:crypto'
import { canonicalJson } from '#shared/domain/canonical-json.ts'
import { Fault, isFault } from '#shared/domain/fault.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { RefreshOutcome, RepositoryFace, Snapshot } from '#shared/domain/packaging/package-system.ts'
import { isDue, StoredSnapshot } from '#shared/domain/repository-state.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import type { Lane } from '#shared/ports/job-queue.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import { putIfAbsent } from './conflict.ts'
import { claimObject, succeeds } from './keep-object.ts'
import { getByContent } from './get-by-content.ts'
import type { Station } from './needs.ts'
import { openLists } from './open-lists.ts'
import { findRepository, objectKeys, repositoryKey } from './records.ts'
import { giveLeaseBack, takeLease } from './repository-lease.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'queue' | 'fetcher' | 'clock' | 'log' | 'settings' | 'cache'>

export type RefreshReport =
  /** `busy`: someone else refreshes it at this moment. `current`: still within its validity, nothing was asked. */
  | { readonly status: 'changed' | 'unchanged' | 'current' | 'busy' }
  | { readonly status: 'unreachable' | 'refused'; readonly reason: string }

/**
 * Looks at one repository once. A good look becomes its new snapshot; trouble leaves the earlier snapshot and is written beside it.
 * When what it offers changed, the subjects that use it are queued for a re-check. `force` asks even within the validity period.
 * `acceptChanges`: a person has looked at a changed origin, label or codename and takes it.
 * @throws Fault `not_found`
 */
export async function refreshRepository(
  station: Needs,
  id: string,
  options: { force?: boolean; lane?: Lane; acceptChanges?: boolean } = {},
): Promise<RefreshReport> {
  const found = await findRepository(station.table, id)
  if (found === null) throw new Fault('not_found', `There is no repository "${id}".`)

  const validity = validityFor(station.settings)(found.value.repository.title)
  const now = station.clock.now()
  const lane = options.lane ?? 'sweep'
  const asked = options.force === true || options.acceptChanges === true
  if (!asked && !isDue(found.value, now, validity)) {
    if (found.value.recheckDue) await payRecheck(station, { ...found, before: null, lane })
    return { status: 'current' }
  }

  const leased = await takeLease(station, found.value, found.version)
  if (leased === null) return { status: 'busy' }

  const started = performance.now()
  const { outcome, state, version } = await underLease(station, leased, options.acceptChanges === true)
  // A re-check that an earlier run owed may concern other names than this change: then everything is looked at.
  const before = leased.state.recheckDue ? null : leased.state.snapshot
  if (state.recheckDue) await payRecheck(station, { value: state, version, before, lane })

  const reason = 'reason' in outcome ? { reason: outcome.reason } : {}
  station.log.info('repository.refreshed', {
    repository: state.repository.title,
    status: outcome.status,
    tookMs: Math.round(performance.now() - started),
    ...reason,
  })
  return 'reason' in outcome ? outcome : { status: outcome.status }
}

/** Looks and writes what came of it. Where that fails the lease is given back, so that the next one need not wait for its end. */
async function underLease(station: Needs, leased: { state: RepositoryState; version: number }, acceptChanges: boolean) {
  const { repository, snapshot } = leased.state
  try {
    const outcome = await refreshOnce(station, {
      repository,
      previous: snapshot,
      now: station.clock.now(),
      timeoutSeconds: station.settings.refreshTimeoutSeconds,
      acceptChanges,
      claim: (key) => claimObject(station, key),
    })
    const state = settle(leased.state, outcome, station.clock.now().toISOString())
    const version = await station.table.put({ ...repositoryKey(repository.id), value: state, expect: leased.version })
    return { outcome, state, version }
  } catch (error) {
    await giveLeaseBack(station, leased.state)
    throw error
  }
}

/**
 * One look at a repository with the effects of its package system wired to the ports. Never throws for what a repository or the
 * network does: that is an outcome.
 */
export async function refreshOnce(
  ports: { objects: ObjectStore; fetcher: Fetcher },
  request: {
    repository: RepositoryFace
    previous: Snapshot | null
    now: Date
    timeoutSeconds: number
    acceptChanges?: boolean
    /** Called before a stored list is counted on. */
    claim?: (key: string) => Promise<unknown>
  },
): Promise<RefreshOutcome> {
  const { repository } = request
  const deadline = AbortSignal.timeout(request.timeoutSeconds * 1000)
  try {
    return await getPackageSystem(repository.packageSystem).refresh(repository, {
      previous: request.previous,
      now: request.now,
      acceptChanges: request.acceptChanges === true,
      download: ({ signal, ...asked }) =>
        ports.fetcher.fetch({
          ...asked,
          timeoutMs: request.timeoutSeconds * 1000,
          signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
        }),
      keyring: (hash) => getByContent(ports.objects, { key: objectKeys.keyring(hash), sha256: hash, what: 'key ring' }),
      hasList: async (key) => {
        await request.claim?.(key)
        return ports.objects.has(key)
      },
      writeList: async (key, bytes) => {
        await request.claim?.(key)
        await putIfAbsent(ports.objects, key, bytes)
      },
    })
  } catch (error) {
    return explain(error, repository)
  }
}

/** What stands in the way, as an outcome. Only defects and a damaged store are thrown on. */
function explain(error: unknown, repository: RepositoryFace): RefreshOutcome {
  if (!isFault(error)) throw error
  if (error.code === 'repository_refused') return { status: 'refused', reason: error.message }
  if (error.code === 'address_refused')
    return { status: 'unreachable', reason: repository.unreachable ?? error.message }
  if (error.code === 'repository_unreachable') return { status: 'unreachable', reason: error.message }
  throw error
}

/** The state after a look: a good one becomes the snapshot, trouble is written beside the earlier one. */
export function settle(state: RepositoryState, outcome: RefreshOutcome, at: string): RepositoryState {
  const settled = { ...state, attemptedAt: at, leasedUntil: null }
  if ('reason' in outcome) return { ...settled, failure: { status: outcome.status, reason: outcome.reason } }

  return {
    ...settled,
    snapshot: StoredSnapshot.parse(outcome.snapshot),
    refreshedAt: at,
    failure: null,
    recheckDue: state.recheckDue || outcome.status === 'changed',
  }
}

/** Queues the re-checks that a changed snapshot owes and notes that they are. After a death in between they are queued twice. */
async function payRecheck(
  station: Needs,
  owed: { value: RepositoryState; version: number; before: Snapshot | null; lane: Lane },
): Promise<void> {
  const { value: state, version, before, lane } = owed
  const { id } = state.repository
  await queueRechecks(station, { id, before, after: state.snapshot, lane })
  // Someone wrote in between: then the next one queues them once more.
  await succeeds(station.table.put({ ...repositoryKey(id), value: { ...state, recheckDue: false }, expect: version }))
}

async function queueRechecks(
  station: Needs,
  change: { id: string; before: Snapshot | null; after: Snapshot | null; lane: Lane },
): Promise<void> {
  const names =
    change.before === null || change.after === null
      ? null
      : await namesThatChanged(station, change.before, change.after)
  let changed: string | null = null
  if (names !== null) {
    changed = objectKeys.changed(change.id, randomUUID())
    await station.objects.put(changed, Buffer.from(canonicalJson([...names])), { cache: true })
  }
  const body = {
    kind: 'recheck-repository',
    repositoryId: change.id,
    changed,
    before: change.before?.digest ?? null,
    after: change.after?.digest ?? null,
    cursor: null,
  } as const
  await station.queue.send([{ lane: change.lane, body }])
}

async function namesThatChanged(
  station: Needs,
  before: Snapshot,
  after: Snapshot,
): Promise<ReadonlySet<string> | null> {
  const state = await findRepository(station.table, after.repositoryId)
  if (state === null) return null

  const system = getPackageSystem(state.value.repository.packageSystem)
  return system.difference(before, after, await openLists(station, system, [before, after]))
}
