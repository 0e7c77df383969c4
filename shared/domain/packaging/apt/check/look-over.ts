import { NO_GROUP } from './relation-stock.ts'
import { acceptsVersion } from './relations.ts'
import type { Group, Refusal, Relation } from './relations.ts'
import { providesReach, reaches, refuses } from './standing.ts'
import type { Standing } from './standing.ts'
import type { Unit } from './unit.ts'

/** What one look at everything that is installed shows. */
export interface LookOver {
  /** Everything installed can stand as it is. */
  readonly stands: boolean
  /**
   * Slots that change, or whose package could be disturbed by what changes, in order. The others stand whatever becomes of the plan: what
   * they need is met by what stays, and nothing that comes is refused by them.
   */
  readonly shaken: readonly number[]
  /** Of packages that do not change themselves: needs that only what may change meets, and conflicts with what may come. */
  readonly groups: readonly Group[]
  readonly refusals: readonly { readonly unit: Unit; readonly relation: Relation }[]
}

const STEADY = 0
const SHAKEN = 1
const FAILED = 2
/** So many comparisons are not counted. */
const NOTHING_TO_SPEAK_OF = 3_000_000

/**
 * Looks at every need and every conflict of what is installed once, however many packages share it. To be called when all candidates and
 * all new packages are known.
 */
export function lookOver(standing: Standing): LookOver {
  const { presence, population } = standing
  const { run, installed } = presence
  const { judged, judgement, listed } = population.relations.groups.columns
  const ofRefusals = population.relations.refusals.columns
  const { cells } = population.pool
  const { needs, refuses: refusesFrom, end, stays } = population.units.columns
  const judge = openJudge(standing)
  const doubled = new Set(presence.doubled)
  const found = { shaken: [] as number[], refusals: [] as { unit: Unit; relation: Relation }[], groups: [] as Group[] }
  const falls = { ...found, stands: false }

  for (let at = 0; at < installed.length; at += 1) {
    const number = installed[at]!
    const isStaying = stays[number] === run
    let state = isStaying && !doubled.has(at) ? STEADY : SHAKEN
    const middle = refusesFrom[number]!
    for (let next = needs[number]!; next < middle; next += 1) {
      const group = cells[next]!
      const verdict = judged[group] === run ? judgement[group]! : judge.group(group)
      if (verdict === STEADY) continue

      state |= verdict
      if (!isStaying || listed[group] === run) continue

      listed[group] = run
      if (verdict === SHAKEN) found.groups.push(population.relations.groupAt(group))
    }
    const last = end[number]!
    for (let next = middle; next < last; next += 1) {
      const refusal = cells[next]!
      const verdict = ofRefusals.judged[refusal] === run ? ofRefusals.judgement[refusal]! : judge.refusal(refusal)
      if (verdict === STEADY) continue

      const { relation } = population.relations.refusalAt(refusal)
      state |= verdict & SHAKEN
      if (isStaying && (verdict & SHAKEN) !== 0) found.refusals.push({ unit: population.unitAt(number), relation })
      // Judged for all that say it: most of what is there is who says it.
      const isThere = (verdict & FAILED) !== 0
      if (isThere && violates(relation, population.unitAt(number), standing)) state |= FAILED
    }
    if ((state & FAILED) !== 0 || standing.isExhausted()) return falls
    if (state === SHAKEN) found.shaken.push(at)
  }
  const isInStep = (at: number) => {
    const unit = presence.installedAt(at)
    return unit === null || standing.findSiblings(unit, 'installed').length === 0
  }
  return presence.doubled.every(isInStep) ? { ...found, stands: true } : falls
}

function violates(relation: Relation, unit: Unit, standing: Standing): boolean {
  return standing.findConflicting(relation, unit, 'installed').length > 0
}

/** How many relations there are to look at. */
function weigh({ presence, population }: Standing): number {
  const { weight } = population.units.columns
  let total = 0
  for (const number of presence.installed) total += weight[number]!
  return total
}

interface Judge {
  /** Is the group of that number met by something that stays, only by what may change, or by nothing? */
  group(number: number): number
  /** Is what it refuses there, or could it come? Whoever says it is left out of account. */
  refusal(number: number): number
}

function openJudge(standing: Standing): Judge {
  const { presence, population, native } = standing
  const { run } = presence
  const { stays } = population.units.columns
  const { slotsIn, slots, firstSlot, provisionsIn } = population.names.table.columns
  const groups = population.relations.groups.columns
  const refusals = population.relations.refusals.columns
  // On nearly all machines so little can come together under one name that counting would cost more than what is counted.
  const isCounted = weigh(standing) * presence.crowd > NOTHING_TO_SPEAK_OF

  const judgeSlowly = (number: number): number => {
    if (number === NO_GROUP || standing.isExhausted()) return FAILED

    const group = population.relations.groupAt(number)
    if (isCounted) standing.spend(standing.countSteps(group))
    let judgement = FAILED
    for (const relation of group.relations) {
      const unit = findMeeting(relation, group.from)
      if (unit === null) continue

      judgement = stays[unit.number] === run ? STEADY : SHAKEN
      groups.anchor[number] = unit.number
      if (judgement === STEADY) break
    }
    return judgement
  }
  /** An installed unit that fulfils it, rather one that stays. */
  const findMeeting = (relation: Relation, from: string): Unit | null => {
    let meeting: Unit | null = null
    const { name } = relation
    for (let at = presence.firstSlot(name); at >= 0; at = presence.nextSlot(at)) {
      const unit = presence.installedAt(at)
      if (unit === null || !reaches(relation, from, unit, native)) continue
      if (!acceptsVersion(relation, unit.version)) continue
      if (stays[unit.number] === run) return unit
      meeting = unit
    }
    for (let next = presence.firstProvision(name); next !== null; next = presence.nextProvision(next)) {
      const { unit, relation: provided } = next
      if (unit.isCandidate || !providesReach(relation, provided, from, unit, native)) continue
      if (!acceptsVersion(relation, provided.version)) continue
      if (stays[unit.number] === run) return unit
      meeting = unit
    }
    return meeting
  }
  const findRefused = ({ number, relation }: Refusal): number => {
    const { name } = relation
    let found = STEADY
    if (standing.isExhausted()) return FAILED

    standing.spend(presence.countNamed(name))
    const note = (unit: Unit | null) => {
      if (unit === null || !refuses(relation, unit, native)) return
      if (acceptsVersion(relation, unit.version)) found |= unit.isCandidate ? SHAKEN : FAILED
      else refusals.harmless[number] = unit.number
    }
    for (let at = presence.firstSlot(name); at >= 0; at = presence.nextSlot(at)) {
      note(presence.installedAt(at))
      note(presence.candidateAt(at))
    }
    for (let next = presence.firstProvision(name); next !== null; next = presence.nextProvision(next)) {
      if (acceptsVersion(relation, next.relation.version)) found |= next.unit.isCandidate ? SHAKEN : FAILED
    }
    return found
  }
  /** Nothing of that name is there, or only what was found to be harmless before, and that stays. */
  const isHarmless = (number: number): boolean => {
    const name = refusals.name[number]!
    if (provisionsIn[name] === run) return false
    if (slotsIn[name] !== run) return true
    if (slots[name] !== 1) return false

    const unit = presence.installed[firstSlot[name]!] ?? 0
    return refusals.harmless[number] === unit && stays[unit] === run
  }

  return {
    group(number) {
      groups.judged[number] = run
      const judgement = stays[groups.anchor[number]!] === run ? STEADY : judgeSlowly(number)
      groups.judgement[number] = judgement
      return judgement
    },
    refusal(number) {
      const judgement = isHarmless(number) ? STEADY : findRefused(population.relations.refusalAt(number))
      refusals.judged[number] = run
      refusals.judgement[number] = judgement
      return judgement
    },
  }
}
