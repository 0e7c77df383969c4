import { z } from 'zod'
import type { Machine } from '#shared/domain/machine.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import { HoldReason, Severity, UpdateKind } from '#shared/domain/packaging/update.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { findUpdateOf } from '#shared/domain/update-of-package.ts'
import { loadSubject } from './check-subject.ts'
import { hashName } from './inventory-names.ts'
import { findLastResult } from './list-machines.ts'
import { repositoriesOf } from './list-repositories.ts'
import { openLists } from './open-lists.ts'
import { loadNames } from './recheck-repository.ts'
import { findRepository } from './records.ts'
import { groupBySubject, listFaces } from './search-packages.ts'
import type { SearchNeeds } from './search-packages.ts'

/** One machine that has the package. */
export const PackageOnMachine = z.object({
  machine: z.string(),
  architecture: z.string(),
  installed: z.string(),
  /** `outdated`: there is a newer candidate. `current`: the last check found none. `local`: no repository offers it. `unchecked`. */
  status: z.enum(['outdated', 'current', 'local', 'unchecked']),
  candidate: z.string().nullable(),
  kind: UpdateKind.nullable(),
  severity: Severity.nullable(),
  installable: z.boolean().nullable(),
  heldBackBy: z.array(HoldReason),
})
export type PackageOnMachine = z.infer<typeof PackageOnMachine>

export interface FoundPackage {
  /**
   * `installed`: some machine has it. `offered`: a repository knows it and no machine has it. `unknown`: nobody knows the name – which
   * is certain only when `notLookedInto` is empty.
   */
  readonly knowledge: 'installed' | 'offered' | 'unknown'
  readonly machines: readonly PackageOnMachine[]
  /** `machine` of the last one on this page; null: that was all. */
  readonly after: string | null
  /** Repositories without a snapshot. */
  readonly notLookedInto: readonly string[]
}

/** Which machines (the owner's, or all) have a package, and what their last check says of it; else whether anyone knows it. */
export async function findPackage(
  station: SearchNeeds,
  query: { owner: string | null; name: string; limit: number; after: string | null },
): Promise<FoundPackage> {
  const hits: PackageOnMachine[] = []
  for (const group of (await groupBySubject(station, query.owner)).values()) {
    if (!(await mayHold(station, group[0], query.name))) continue

    const faces = (await listFaces(station, group[0])).filter((face) => face.name === query.name)
    if (faces.length === 0) continue
    for (const machine of group) {
      const last = await findLastResult(station, machine)
      hits.push(...faces.map((face) => describe(machine, face, last?.outcome ?? null)))
    }
  }
  if (hits.length === 0) return { ...(await lookIntoLists(station, query)), machines: [], after: null }

  const { after } = query
  const rest = hits
    .filter((hit) => after === null || keyOf(hit) > after)
    .toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const machines = rest.slice(0, query.limit)
  const last = machines.at(-1)
  return {
    knowledge: 'installed',
    machines,
    after: rest.length > machines.length && last !== undefined ? keyOf(last) : null,
    notLookedInto: [],
  }
}

function keyOf(hit: PackageOnMachine): string {
  return `${hit.machine} ${hit.architecture} ${hit.installed}`
}

/** From the column of name hashes, without opening the inventory. */
async function mayHold(station: SearchNeeds, machine: Machine, name: string): Promise<boolean> {
  const subject = await loadSubject(station, machine.subject)
  const names = await loadNames(station, subject.inventory)
  return names === null || names.includes(hashName(name))
}

function describe(
  machine: Machine,
  face: { name: string; architecture: string; version: string },
  outcome: CheckOutcome | null,
): PackageOnMachine {
  const isThis = (one: { name: string; architecture: string; installed: string }) =>
    one.name === face.name && one.installed === face.version && one.architecture === face.architecture
  const update = outcome === null ? null : findUpdateOf(outcome, face)
  const isLocal = outcome?.local.some(isThis) === true
  const known = isLocal ? ('local' as const) : ('current' as const)
  return {
    machine: machine.name,
    architecture: face.architecture,
    installed: face.version,
    status: outcome === null ? 'unchecked' : update !== null ? 'outdated' : known,
    candidate: update?.candidate ?? null,
    kind: update?.kind ?? null,
    severity: update?.severity ?? null,
    installable: update?.installable ?? null,
    heldBackBy: update?.heldBackBy ?? [],
  }
}

async function lookIntoLists(
  station: SearchNeeds,
  query: { owner: string | null; name: string },
): Promise<Pick<FoundPackage, 'knowledge' | 'notLookedInto'>> {
  const notLookedInto: string[] = []
  for (const id of await repositoriesOf(station, query.owner)) {
    const state = await findRepository(station.table, id)
    const snapshot = state?.value.snapshot ?? null
    if (state === null || snapshot === null) {
      notLookedInto.push(state?.value.repository.title ?? id)
      continue
    }
    const system = getPackageSystem(state.value.repository.packageSystem)
    const lists = await openLists(station, system, [snapshot])
    for (const list of lists.values()) {
      if (system.offers(list, query.name)) return { knowledge: 'offered', notLookedInto: [] }
    }
    if (lists.size < new Set(snapshot.lists.map((list) => list.key)).size)
      notLookedInto.push(state.value.repository.title)
  }
  return { knowledge: 'unknown', notLookedInto }
}
