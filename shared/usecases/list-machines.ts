import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { Machine } from '#shared/domain/machine.ts'
import { getPackageSystem } from '#shared/domain/packaging/index.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import type { RepositoryState } from '#shared/domain/repository-state.ts'
import { validityFor } from '#shared/domain/settings.ts'
import { countUpdates, judgeFreshness, UpdateCounts } from '#shared/domain/updates-report.ts'
import { drawnFrom, loadOutcome, loadSubject } from './check-subject.ts'
import type { Station } from './needs.ts'
import { findMachine, findSubjectState, getMachine, getRepositories, machinesOfOwner, parseItem } from './records.ts'

type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'settings' | 'cache'>

/** A machine as a list shows it: from its last result, without checking anything now. */
export const MachineSummary = z.object({
  name: z.string(),
  owner: z.string().nullable(),
  osName: z.string().nullable(),
  architecture: z.string().nullable(),
  packageSystem: z.string(),
  registeredAt: z.string(),
  evidenceAt: z.string(),
  packages: z.number(),
  /** `never-checked`: there is no result yet, so that nothing is known of its updates. */
  freshness: z.enum(['fresh', 'stale', 'unknown', 'never-checked']),
  /** Why it is not fresh. */
  reasons: z.array(z.string()),
  checkedAt: z.string().nullable(),
  /** null: never checked. */
  counts: UpdateCounts.nullable(),
})
export type MachineSummary = z.infer<typeof MachineSummary>

export interface MachinePage {
  readonly items: readonly Machine[]
  readonly cursor: string | null
}

/** A page of machines by name; of one owner, or of everyone (null). The cursor is the metadata table's and never leaves that list. */
export async function listMachines(
  station: Pick<Station, 'table'>,
  query: { owner: string | null; limit: number; cursor: string | null; prefix?: string },
): Promise<MachinePage> {
  const partition = query.owner === null ? 'machine' : machinesOfOwner(query.owner)
  const page = await station.table.query({
    partition,
    limit: query.limit,
    ...(query.cursor === null ? {} : { cursor: query.cursor }),
    ...(query.prefix === undefined ? {} : { prefix: query.prefix }),
  })
  const machines = await Promise.all(
    page.items.map(async (item) =>
      query.owner === null ? parseItem(Machine, item) : findMachine(station.table, item.sort),
    ),
  )
  // One that was forgotten while the page was read is left out.
  return { items: machines.flatMap((found) => (found === null ? [] : [found.value])), cursor: page.cursor }
}

/** Every machine of the list, page by page. */
export async function* walkMachines(
  station: Pick<Station, 'table'>,
  owner: string | null,
): AsyncGenerator<readonly Machine[]> {
  let cursor: string | null = null
  do {
    const page: MachinePage = await listMachines(station, { owner, limit: 500, cursor })
    yield page.items
    cursor = page.cursor
  } while (cursor !== null)
}

/** @throws Fault `not_found` */
export async function summarizeNamed(station: Needs, name: string): Promise<MachineSummary & { warnings: string[] }> {
  const { value } = await getMachine(station.table, name)
  return { ...(await summarizeMachine(station, value)), warnings: value.warnings }
}

/** Never triggers a check: what the last one found, and how far that can be trusted at this moment. */
export async function summarizeMachine(station: Needs, machine: Machine): Promise<MachineSummary> {
  const face = {
    name: machine.name,
    owner: machine.owner,
    osName: machine.system.osName,
    architecture: machine.system.architecture,
    packageSystem: machine.packageSystem,
    registeredAt: machine.registeredAt,
    evidenceAt: machine.evidenceAt,
    packages: machine.system.packages,
  }
  try {
    return { ...face, ...(await judgeLastResult(station, machine)) }
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'data_damaged') throw error
    // One damaged record must not hide the fleet.
    return { ...face, ...NEVER_CHECKED, freshness: 'unknown', reasons: ['Its stored records are damaged.'] }
  }
}

const NEVER_CHECKED = {
  freshness: 'never-checked',
  reasons: ['not checked yet'],
  checkedAt: null,
  counts: null,
} as const

type Judged = Pick<MachineSummary, 'freshness' | 'reasons' | 'checkedAt' | 'counts'>

async function judgeLastResult(station: Needs, machine: Machine): Promise<Judged> {
  const last = await findLastResult(station, machine)
  if (last === null) return { ...NEVER_CHECKED, reasons: [...NEVER_CHECKED.reasons] }

  const judged = judgeFreshness(last.outcome, last.states, station.clock.now(), validityFor(station.settings))
  const counts = countUpdates(last.outcome)
  if (last.isLatest) return { ...judged, checkedAt: last.checkedAt, counts }

  const reasons = [...judged.reasons, 'a repository changed since the last check']
  const freshness = judged.freshness === 'fresh' ? 'stale' : judged.freshness
  return { freshness, reasons, checkedAt: last.checkedAt, counts }
}

export interface LastResult {
  readonly outcome: CheckOutcome
  readonly checkedAt: string
  readonly states: readonly RepositoryState[]
  /** Drawn from the very snapshots of this moment. */
  readonly isLatest: boolean
}

/** The last stored result of a machine, whatever its age; null when it was never checked. @throws Fault `data_damaged` */
export async function findLastResult(
  station: Pick<Needs, 'objects' | 'table' | 'cache'>,
  machine: Pick<Machine, 'subject' | 'system'>,
): Promise<LastResult | null> {
  const subject = await loadSubject(station, machine.subject)
  const system = getPackageSystem(subject.packageSystem)
  const states = await getRepositories(station.table, subject.repositories)
  const snapshots = states.map((state) => state.snapshot)
  const identity = system.dependsOnIdentity(snapshots) ? machine.system.machineId : null
  const known = await findSubjectState(station.table, machine.subject, identity)
  const outcome = known === null ? null : await loadOutcome(station, known.value.resultKey)
  if (known === null || outcome === null) return null

  const digests = snapshots.map((snapshot) => snapshot?.digest ?? null)
  return { outcome, checkedAt: known.value.checkedAt, states, isLatest: drawnFrom(known.value, system, digests) }
}
