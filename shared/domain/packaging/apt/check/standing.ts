import { compareAptVersions } from '../version.ts'
import type { Presence, Slot } from './presence.ts'
import type { PackageName } from './package-name.ts'
import { acceptsVersion } from './relations.ts'
import type { Group, Relation } from './relations.ts'
import type { Population } from './population.ts'
import type { Unit } from './unit.ts'

export type SlotState = 'now' | 'installed' | 'candidate'

/**
 * The machine as a plan sees it: which packages are there in which version, and whether each can stand among the others – its
 * dependencies met, none of its conflicts there, siblings of other architectures in step. Rules: deb-control(5), and apt's
 * handling of multi-arch qualifiers.
 */
export interface Standing {
  readonly native: string
  readonly population: Population
  readonly presence: Presence
  /** Where the unit stands, or would. */
  slotOf(unit: Unit): number
  /** So much had to be looked at that no answer of this standing counts any more: a stranger's inventory must not take for ever. */
  isExhausted(): boolean
  /** Counts steps that were taken elsewhere on its behalf. */
  spend(steps: number): void
  /** So many steps it takes at most to see whether the group is met. */
  countSteps(group: Group): number
  slotsNamed(name: PackageName): readonly Slot[]
  /** The first reason why the unit cannot stand now; null when it can. */
  findTrouble(unit: Unit): Trouble | null
  isMet(group: Group, state?: SlotState): boolean
  /** The first of its recommendations that is not fulfilled; null when all are. */
  findUnmetRecommendation(unit: Unit, state: SlotState): Group | null
  /** Slots whose unit of that state fulfils the relation of a package of the architecture `from`. */
  findTargets(relation: Relation, from: string, state: SlotState): readonly Slot[]
  /** Slots whose unit of that state violates the conflict. */
  findConflicting(relation: Relation, from: Unit, state: SlotState): readonly Slot[]
  /** Packages of the same name and another architecture that cannot be there together with the unit. */
  findSiblings(unit: Unit, state: SlotState): readonly Slot[]
}

export type Trouble =
  | { readonly kind: 'depends'; readonly group: Group }
  | { readonly kind: 'conflicts'; readonly slots: readonly Slot[] }
  | { readonly kind: 'malformed' }

/** A real machine of 2,000 packages takes some 50,000 steps. */
const MAX_STEPS = 3_000_000
const NO_SLOTS: readonly Slot[] = []

export function openStanding(native: string, population: Population, presence: Presence): Standing {
  const { run } = presence
  const ofUnits = population.units.columns
  const ofGroups = population.relations.groups.columns
  let steps = 0
  const isExhausted = () => steps > MAX_STEPS

  const slotOf = ({ number }: Unit) => ofUnits.slot[number]!
  const unitAt = (at: number, state: SlotState): Unit | null => {
    if (state === 'now') return presence.nowAt(at)
    return state === 'installed' ? presence.installedAt(at) : presence.candidateAt(at)
  }
  const isIn = (unit: Unit, state: SlotState) =>
    state === 'now' ? ofUnits.now[unit.number] === run : unit.isCandidate === (state === 'candidate')

  /** Calls back for each unit that fulfils the relation, until told to stop. */
  const visitTargets = (relation: Relation, from: string, state: SlotState, stop: (unit: Unit) => boolean): boolean => {
    const { name } = relation
    for (let at = presence.firstSlot(name); at >= 0; at = presence.nextSlot(at)) {
      const unit = unitAt(at, state)
      if (unit === null || !reaches(relation, from, unit, native)) continue
      if (acceptsVersion(relation, unit.version) && stop(unit)) return true
    }
    for (let next = presence.firstProvision(name); next !== null; next = presence.nextProvision(next)) {
      const { unit, relation: provided } = next
      if (!isIn(unit, state) || !providesReach(relation, provided, from, unit, native)) continue
      if (acceptsVersion(relation, provided.version) && stop(unit)) return true
    }
    return false
  }

  /** A conflict without a qualifier means every architecture; never the package itself, nor the siblings of a co-installable one. */
  const conflictReaches = (relation: Relation, from: Unit, unit: Unit): boolean => {
    if (slotOf(unit) === slotOf(from)) return false
    if (unit.name === from.name && from.multiArch === 'same') return false
    return refuses(relation, unit, native)
  }

  const findConflicting: Standing['findConflicting'] = (relation, from, state) => {
    const { name } = relation
    // Most conflicts are with what is not there.
    const count = presence.countNamed(name)
    if (count === 0 || isExhausted()) return NO_SLOTS

    steps += count
    let found: Slot[] | null = null
    for (let at = presence.firstSlot(name); at >= 0; at = presence.nextSlot(at)) {
      const unit = unitAt(at, state)
      if (unit === null || !conflictReaches(relation, from, unit)) continue
      if (acceptsVersion(relation, unit.version)) (found ??= []).push(presence.slotAt(at))
    }
    for (let next = presence.firstProvision(name); next !== null; next = presence.nextProvision(next)) {
      const { unit, relation: provided } = next
      // A package may conflict with what it provides itself: so there is only one of its kind.
      if (!isIn(unit, state) || unit.name === from.name) continue
      if (acceptsVersion(relation, provided.version)) (found ??= []).push(presence.slotAt(slotOf(unit)))
    }
    return found ?? NO_SLOTS
  }

  const slotsNamed = (name: PackageName): readonly Slot[] => {
    const slots: Slot[] = []
    for (let at = presence.firstSlot(name); at >= 0; at = presence.nextSlot(at)) slots.push(presence.slotAt(at))
    return slots
  }

  const findSiblings: Standing['findSiblings'] = (unit, state) => {
    if (presence.doubled.length === 0) return NO_SLOTS

    return slotsNamed(unit.name).filter((slot) => {
      const other = slot[state]
      if (slot.at === slotOf(unit) || other === null) return false

      const isTogether = unit.multiArch === 'same' && other.multiArch === 'same'
      return !isTogether || compareAptVersions(unit.version, other.version) !== 0
    })
  }

  /** The same count whatever was found where before: equal machines are exhausted at the same point. */
  const countSteps = (group: Group): number => {
    const { counted, steps: counts } = ofGroups
    if (counted[group.number] === presence.moment()) return counts[group.number]!

    let count = 1
    for (const { name } of group.relations) count += presence.countNamed(name)
    counted[group.number] = presence.moment()
    counts[group.number] = count
    return count
  }

  const isMet: Standing['isMet'] = (group, state = 'now') => {
    if (isExhausted()) return false

    steps += countSteps(group)
    if (state !== 'now') return group.relations.some((relation) => visitTargets(relation, group.from, state, YES))

    if (ofUnits.now[ofGroups.witness[group.number]!] === run) return true

    const note = (unit: Unit) => (ofGroups.witness[group.number] = unit.number) > 0
    return group.relations.some((relation) => visitTargets(relation, group.from, 'now', note))
  }

  return {
    native,
    population,
    presence,
    slotOf,
    isExhausted,
    spend(count) {
      steps += count
    },
    countSteps,
    slotsNamed,
    findTrouble(unit) {
      const { depends, conflicts, isMalformed } = unit.relations
      if (isMalformed) return { kind: 'malformed' }

      for (const group of depends) if (!isMet(group)) return { kind: 'depends', group }
      for (const { relation } of conflicts) {
        const slots = findConflicting(relation, unit, 'now')
        if (slots.length > 0) return { kind: 'conflicts', slots }
      }
      const siblings = findSiblings(unit, 'now')
      return siblings.length === 0 ? null : { kind: 'conflicts', slots: siblings }
    },
    isMet,
    findUnmetRecommendation: (unit, state) => unit.relations.recommends.find((group) => !isMet(group, state)) ?? null,
    findTargets(relation, from, state) {
      const found: Slot[] = []
      if (isExhausted()) return found

      steps += presence.countNamed(relation.name)
      visitTargets(relation, from, state, (unit) => found.push(presence.slotAt(slotOf(unit))) < 0)
      return found
    },
    findConflicting,
    findSiblings,
  }
}

const YES = () => true

/** Does a dependency of a package of the architecture `from` accept this unit as far as architectures go? */
export function reaches(relation: Relation, from: string, unit: Unit, native: string): boolean {
  if (relation.qualifier === '') return unit.architecture === from || unit.multiArch === 'foreign'
  if (relation.qualifier === 'any') return unit.multiArch === 'allowed'
  return unit.architecture === (relation.qualifier === 'native' ? native : relation.qualifier)
}

export function providesReach(
  relation: Relation,
  provided: Relation,
  from: string,
  unit: Unit,
  native: string,
): boolean {
  if (provided.qualifier === '' || provided.qualifier === 'any') return reaches(relation, from, unit, native)

  const wanted = relation.qualifier === '' ? from : relation.qualifier
  return provided.qualifier === (wanted === 'native' ? native : wanted)
}

/** Does a conflict mean packages of this unit's architecture? */
export function refuses(relation: Relation, unit: Unit, native: string): boolean {
  if (relation.qualifier === '' || relation.qualifier === 'any') return true
  return unit.architecture === (relation.qualifier === 'native' ? native : relation.qualifier)
}
