import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { PackageSystem, RepositoryFace, Snapshot } from '#shared/domain/packaging/package-system.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { listOutstanding } from '#shared/domain/updates-report.ts'
import type { ObjectStore } from '#shared/ports/object-store.ts'
import type { CheckCache } from './check-cache.ts'
import type { CheckRequest, ComputedOutcome } from './computing.ts'
import { getByContent } from './get-by-content.ts'
import { openLists } from './open-lists.ts'
import { objectKeys } from './records.ts'

interface Needs {
  readonly objects: Pick<ObjectStore, 'get' | 'delete'>
  readonly cache: CheckCache
}

/**
 * Works a check out, with its inventory and lists opened for it.
 * @throws Fault `data_damaged` when the inventory or a list is gone or not what was stored
 */
export async function computeCheck(station: Needs, request: CheckRequest): Promise<ComputedOutcome> {
  const system = getPackageSystem(request.packageSystem)
  const inventory = await loadInventory(station, system, request.inventory)
  const outcome = await computeOutcome(station, { ...request, system, subject: request, inventory })
  return {
    json: Buffer.from(JSON.stringify(outcome)),
    updates: listOutstanding(outcome).length,
    unknowns: outcome.unknowns.length,
  }
}

/** The check itself, with the lists of the snapshots opened for it. */
export async function computeOutcome(
  station: Needs,
  input: {
    system: PackageSystem
    subject: { policy?: unknown; repositories: readonly RepositoryFace[]; problems: readonly string[] }
    inventory: unknown
    snapshots: readonly (Snapshot | null)[]
    machineId: string | null
  },
): Promise<CheckOutcome> {
  const { system, subject, snapshots } = input
  return system.check({
    inventory: input.inventory,
    policy: subject.policy,
    machineId: input.machineId,
    sources: subject.repositories.map((repository, at) => ({ repository, snapshot: snapshots[at] ?? null })),
    lists: await openLists(station, system, snapshots),
    problems: subject.problems,
  })
}

/** The inventory of this name, opened once for all. @throws Fault `data_damaged` */
export async function loadInventory(station: Needs, system: PackageSystem, inventory: string): Promise<unknown> {
  return station.cache.inventories.getOrMake(inventory, async () => {
    const key = objectKeys.inventory(inventory)
    return system.decodeInventory(await getByContent(station.objects, { key, sha256: inventory, what: 'inventory' }))
  })
}
