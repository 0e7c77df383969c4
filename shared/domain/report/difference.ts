import type { Examination, FindingGroup, MachineReport } from './report.ts'

type Machine = Pick<MachineReport, 'examined' | 'examinations' | 'groups'>

export interface Difference {
  readonly groups: FindingGroup[]
  readonly gone: MachineReport['gone']
}

/**
 * What changed since the machine's previous report. A group that has a finding in common with one of then is the same, still there, and keeps
 * its id of then, also where a scanner joined or left it. New is only what a scanner that finds it now has looked for then. Gone is only what every scanner that found it has looked for again: the machine is
 * examined to the end, by all of these scanners, and with credentials where they had them.
 * @param previous null, or a machine that was not examined then: nothing to compare with
 */
export function compareWithPrevious(now: Machine, previous: Machine | null): Difference {
  if (previous === null || previous.examined === 'not-examined') return { groups: [...now.groups], gone: [] }

  const before = findBefore(now.groups, previous.groups)
  const renamed = new Map(now.groups.map((group) => [group.id, before.ids.get(group.id) ?? group.id]))
  const groups = now.groups.map((group): FindingGroup => ({
    ...group,
    id: renamed.get(group.id) ?? group.id,
    possiblySame: group.possiblySame.map((id) => renamed.get(id) ?? id),
    change: before.stillThere.has(group.id) ? 'still-there' : hasBeenLookedFor(group, previous, now) ? 'new' : null,
  }))
  const gone = previous.groups
    .filter((group) => !before.seenAgain.has(group.id) && !group.isSuppressed && now.examined === 'examined')
    .filter((group) => isLookedForByAll(group, now, previous))
    .map(({ id, title, level, port }) => ({ id, title, level, port }))
  return { groups, gone }
}

interface Before {
  /** Ids of now that are still there, ids of then that are seen again, and which id of now goes on under which of then. */
  readonly stillThere: ReadonlySet<string>
  readonly seenAgain: ReadonlySet<string>
  readonly ids: ReadonlyMap<string, string>
}

function findBefore(groups: readonly FindingGroup[], previous: readonly FindingGroup[]): Before {
  const groupOf = new Map(previous.flatMap((group) => group.findings.map(({ id }) => [id, group.id] as const)))
  const stillThere = new Set<string>()
  const seenAgain = new Set<string>()
  const ids = new Map<string, string>()
  const takenIds = new Set(previous.map(({ id }) => id))
  const freeIds = new Set(takenIds)
  for (const { id } of groups) if (freeIds.delete(id)) ids.set(id, id)

  for (const group of groups) {
    const then = new Set(group.findings.map(({ id }) => groupOf.get(id)).filter((id) => id !== undefined))
    if (takenIds.has(group.id)) then.add(group.id)
    if (then.size > 0) stillThere.add(group.id)
    for (const id of then) seenAgain.add(id)
    const heir = ids.has(group.id) ? undefined : [...then].find((id) => freeIds.has(id))
    if (heir === undefined) continue
    freeIds.delete(heir)
    ids.set(group.id, heir)
  }
  return { stillThere, seenAgain, ids }
}

/** Did one scanner at least that found it look at the machine then, and as closely? Else nobody knows whether it is new. */
function hasBeenLookedFor(group: FindingGroup, then: Machine, now: Machine): boolean {
  return group.foundBy.some((kind) => hasLooked(kind, then, now))
}

function isLookedForByAll(group: FindingGroup, now: Machine, then: Machine): boolean {
  return group.foundBy.every((kind) => hasLooked(kind, now, then))
}

/** Did this kind of scanner look to the end, and with credentials where it had them the other time? */
function hasLooked(kind: string, machine: Machine, otherTime: Machine): boolean {
  const examinations = machine.examinations.filter((examination) => examination.kind === kind)
  const others = otherTime.examinations.filter((examination) => examination.kind === kind)
  return examinations.some(({ status }) => status === 'done') && (!gotIn(others) || gotIn(examinations))
}

function gotIn(examinations: readonly Examination[]): boolean {
  return examinations.some(({ authenticated }) => authenticated === true)
}
