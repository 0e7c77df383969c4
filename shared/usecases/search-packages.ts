import { z } from 'zod'
import type { Machine } from '#shared/domain/machine.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import { Severity, UpdateKind } from '#shared/domain/packaging/update.ts'
import type { CheckOutcome, Update } from '#shared/domain/packaging/update.ts'
import { listOutstanding } from '#shared/domain/updates-report.ts'
import type { PackageFace } from '#shared/domain/packaging/packages.ts'
import { loadSubject } from './check-subject.ts'
import { loadInventory } from './compute-outcome.ts'
import { findLastResult, walkMachines } from './list-machines.ts'
import type { Station } from './needs.ts'

export type SearchNeeds = Pick<Station, 'objects' | 'table' | 'clock' | 'settings' | 'cache'>

/** One package name over the fleet. */
export const PackageRow = z.object({
  name: z.string(),
  /** Machines that have it installed. */
  installed: z.number(),
  /** Machines whose last check found it outdated. */
  outdated: z.number(),
  /** Versions installed, at most 20 of them. */
  versions: z.array(z.string()),
  /** The worst kind among its updates; null: none is known. */
  kind: UpdateKind.nullable(),
  severity: Severity.nullable(),
})
export type PackageRow = z.infer<typeof PackageRow>

export interface PackageSearch {
  readonly items: readonly PackageRow[]
  /** The last name of this page; null: that was all. */
  readonly after: string | null
  /** Machines looked at, and how many of them were never checked: of those no update can be counted. */
  readonly machines: number
  readonly unchecked: number
}

const MOST_VERSIONS = 20
/** Worse first. */
const KINDS = ['security', 'unknown', 'bugfix', 'enhancement'] as const
const SEVERITIES = ['critical', 'high', 'unknown', 'medium', 'low'] as const

/**
 * Package names over all machines, or the owner's, from inventories and last results; nothing is checked now. Clones are looked at
 * once. The whole fleet is walked for each page: the time grows with the distinct inventories, not with the machines.
 */
export async function searchPackages(
  station: SearchNeeds,
  query: { owner: string | null; contains: string; outdatedOnly: boolean; limit: number; after: string | null },
): Promise<PackageSearch> {
  const rows = new Map<string, MutableRow>()
  let machines = 0
  let unchecked = 0
  for (const group of (await groupBySubject(station, query.owner)).values()) {
    machines += group.length
    const faces = await listFaces(station, group[0])
    countInstalled(rows, faces, group.length, query.contains)
    for (const { outcome, count } of await outcomesOf(station, group)) {
      if (outcome === null) unchecked += count
      else countOutdated(rows, listOutstanding(outcome), count, query.contains)
    }
    // A long walk lets other requests through.
    await new Promise((resolve) => setImmediate(resolve))
  }

  const { after } = query
  const names = [...rows.values()]
    .filter((row) => (!query.outdatedOnly || row.outdated > 0) && (after === null || row.name > after))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const shown = names.slice(0, query.limit)
  return {
    items: shown.map((row) => ({ ...row, versions: [...row.versions].toSorted() })),
    after: names.length > shown.length ? (shown.at(-1)?.name ?? null) : null,
    machines,
    unchecked,
  }
}

interface MutableRow extends Omit<PackageRow, 'versions'> {
  versions: Set<string>
}

export type Group = readonly [Machine, ...Machine[]]

/** Machines by subject: clones share their inventory. */
export async function groupBySubject(
  station: Pick<Station, 'table'>,
  owner: string | null,
): Promise<ReadonlyMap<string, Group>> {
  const groups = new Map<string, [Machine, ...Machine[]]>()
  for await (const page of walkMachines(station, owner)) {
    for (const machine of page) {
      const group = groups.get(machine.subject)
      if (group === undefined) groups.set(machine.subject, [machine])
      else group.push(machine)
    }
  }
  return groups
}

/** What the machine has installed. @throws Fault `data_damaged` */
export async function listFaces(
  station: Pick<Station, 'objects' | 'cache'>,
  machine: Machine,
): Promise<readonly PackageFace[]> {
  const subject = await loadSubject(station, machine.subject)
  const system = getPackageSystem(subject.packageSystem)
  return system.listPackages(await loadInventory(station, system, subject.inventory))
}

/** The last outcomes of a group of clones: one for all, or one each where phased updates make them differ. */
async function outcomesOf(
  station: SearchNeeds,
  group: Group,
): Promise<{ outcome: CheckOutcome | null; count: number }[]> {
  const subject = await loadSubject(station, group[0].subject)
  const first = await findLastResult(station, group[0])
  const snapshots = first?.states.map((state) => state.snapshot) ?? []
  const differ = first !== null && getPackageSystem(subject.packageSystem).dependsOnIdentity(snapshots)
  if (!differ) return [{ outcome: first?.outcome ?? null, count: group.length }]

  const results = await Promise.all(group.map((machine) => findLastResult(station, machine)))
  return results.map((result) => ({ outcome: result?.outcome ?? null, count: 1 }))
}

function countInstalled(
  rows: Map<string, MutableRow>,
  faces: readonly PackageFace[],
  machines: number,
  contains: string,
): void {
  const seen = new Set<string>()
  for (const face of faces) {
    if (!face.name.includes(contains)) continue

    const row = rowOf(rows, face.name)
    if (!seen.has(face.name)) row.installed += machines
    seen.add(face.name)
    if (row.versions.size < MOST_VERSIONS) row.versions.add(face.version)
  }
}

function countOutdated(
  rows: Map<string, MutableRow>,
  updates: readonly Update[],
  machines: number,
  contains: string,
): void {
  const seen = new Set<string>()
  for (const update of updates) {
    if (!update.name.includes(contains)) continue

    const row = rowOf(rows, update.name)
    if (!seen.has(update.name)) row.outdated += machines
    seen.add(update.name)
    row.kind = worse(KINDS, row.kind, update.kind)
    row.severity = worse(SEVERITIES, row.severity, update.severity)
  }
}

function rowOf(rows: Map<string, MutableRow>, name: string): MutableRow {
  const found = rows.get(name)
  if (found !== undefined) return found

  const row: MutableRow = { name, installed: 0, outdated: 0, versions: new Set(), kind: null, severity: null }
  rows.set(name, row)
  return row
}

function worse<T>(order: readonly T[], before: T | null, now: T): T {
  return before === null || order.indexOf(now) < order.indexOf(before) ? now : before
}
