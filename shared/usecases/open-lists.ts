import { Fault } from '#shared/domain/fault.ts'
import type { ListSource, OpenList, PackageSystem, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { Station } from './needs.ts'

type Needs = Pick<Station, 'objects' | 'cache'>

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
  try {
    return await station.cache.lists.getOrMake(key, async () => {
      const stored = await station.objects.get(key)
      if (stored === null) throw new Fault('data_damaged', `The stored list ${key} is gone.`)
      return system.openList(stored.body)
    })
  } catch (error) {
    if (error instanceof Fault && error.code === 'data_damaged') return null
    throw error
  }
}
