import { isFault } from '#shared/domain/fault.ts'
import type { ListSource, OpenList, PackageSystem, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { Station } from './needs.ts'

type Needs = Pick<Station, 'cache'> & { readonly objects: Pick<Station['objects'], 'get' | 'delete'> }

/**
 * Opens every list of the snapshots. A list that is gone or damaged is left out: whoever needs it must treat its absence as
 * unknown, never as empty.
 */
export async function openLists(
  station: Needs,
  system: PackageSystem,
  snapshots: readonly (Snapshot | null)[],
): Promise<ListSource> {
  const keys = new Set(snapshots.flatMap((snapshot) => snapshot?.lists.map((list) => list.key) ?? []))
  const opened = new Map<string, OpenList>()
  await Promise.all(
    [...keys].map(async (key) => {
      const list = await openList(station, system, key)
      if (list !== null) opened.set(key, list)
    }),
  )
  return opened
}

async function openList(station: Needs, system: PackageSystem, key: string): Promise<OpenList | null> {
  const known = station.cache.lists.get(key)
  if (known !== undefined) return known

  const stored = await station.objects.get(key)
  if (stored === null) return null
  try {
    return await station.cache.lists.getOrMake(key, async () => system.openList(stored.body))
  } catch (error) {
    if (!isFault(error, 'data_damaged')) throw error
    // It can be had again: the next look at the repository fetches a list that is not there.
    await station.objects.delete(key)
    return null
  }
}
