import { RepositoryState } from '#shared/domain/repository-state.ts'
import type { ItemPage } from '#shared/ports/metadata-table.ts'
import { isConflict } from './conflict.ts'
import { succeeds } from './keep-object.ts'
import type { Station } from './needs.ts'
import { findRepository, parseItem, repositoryKey } from './records.ts'

type Needs = Pick<Station, 'table' | 'clock' | 'settings'>

/** Marks the repository as being refreshed, so that a second asker does not do the same work. null: someone has it. */
export async function takeLease(station: Needs, state: RepositoryState, version: number) {
  const now = station.clock.now()
  const leaseMs = (station.settings.refreshTimeoutSeconds + 60) * 1000
  const leftMs = state.leasedUntil === null ? 0 : Date.parse(state.leasedUntil) - now.getTime()
  // One that has far longer to go than any is given was taken before the clock was set back.
  if (leftMs > 0 && leftMs <= 2 * leaseMs) return null

  const leasedUntil = new Date(now.getTime() + leaseMs).toISOString()
  const leased = { ...state, leasedUntil, attemptedAt: now.toISOString() }
  try {
    const newVersion = await station.table.put({
      ...repositoryKey(state.repository.id),
      value: leased,
      expect: version,
    })
    return { state: leased, version: newVersion }
  } catch (error) {
    if (isConflict(error)) return null
    await giveLeaseBack(station, leased)
    throw error
  }
}

/** Ends the lease, if it is still this one. That it could not be is no matter of its own: it ends by itself. */
export async function giveLeaseBack(station: Pick<Needs, 'table'>, leased: RepositoryState): Promise<void> {
  const { id } = leased.repository
  try {
    const found = await findRepository(station.table, id)
    const isMine = found?.value.leasedUntil === leased.leasedUntil && found?.value.attemptedAt === leased.attemptedAt
    if (found === null || !isMine) return

    await station.table.put({
      ...repositoryKey(id),
      value: { ...found.value, leasedUntil: null },
      expect: found.version,
    })
  } catch {
    return
  }
}

/**
 * Ends every lease. Only for a station that has its data to itself, before it begins to work: whoever held them is dead.
 * Returns how many there were.
 */
export async function endLeases(station: Pick<Needs, 'table'>): Promise<number> {
  let ended = 0
  let cursor: string | null = null
  do {
    const page: ItemPage = await station.table.query({
      partition: 'repository',
      limit: 200,
      ...(cursor === null ? {} : { cursor }),
    })
    for (const item of page.items) {
      const state = parseItem(RepositoryState, item)?.value
      if (state === undefined || state.leasedUntil === null) continue

      const write = { ...repositoryKey(item.sort), value: { ...state, leasedUntil: null }, expect: item.version }
      if (await succeeds(station.table.put(write))) ended += 1
    }
    cursor = page.cursor
  } while (cursor !== null)
  return ended
}
