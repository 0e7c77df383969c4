import type { MultiArch } from '../model.ts'
import { acceptsVersion } from './relations.ts'
import type { ParsedRelations, Relation } from './relations.ts'
import { compareAptVersions } from '../version.ts'

/** One version of one package that is, or could be, on the machine. */
export interface Unit {
  readonly slot: Slot
  readonly version: string
  readonly multiArch: MultiArch
  readonly relations: ParsedRelations
  /** Source package and version as one word. */
  readonly source: string
}

/** A package on the machine: what is there, what an upgrade would put there, and what the plan has there now. */
export interface Slot {
  readonly name: string
  /** The name's number, as in relations. */
  readonly id: number
  /** Effective: `all` counts as the native architecture. */
  readonly architecture: string
  installed: Unit | null
  candidate: Unit | null
  now: Unit | null
}

export type SlotState = 'now' | 'installed' | 'candidate'

/**
 * The machine as a plan sees it: which packages are there in which version, and whether each can stand among the others – its
 * dependencies met, none of its conflicts there, siblings of other architectures in step. Rules: deb-control(5), and apt's
 * handling of multi-arch qualifiers.
 */
export interface Standing {
  readonly native: string
  /** So much had to be looked at that no answer of this standing counts any more: a stranger's inventory must not take for ever. */
  isExhausted(): boolean
  /** Counts steps that were taken elsewhere on its behalf. */
  spend(steps: number): void
  /** By the name's number. */
  slotsNamed(id: number): readonly Slot[]
  add(slot: Slot): void
  /** Registers what a unit provides; once, before it is put into a plan. */
  register(unit: Unit): void
  /** The first reason why the unit cannot stand now; null when it can. */
  findTrouble(unit: Unit): Trouble | null
  isMet(group: readonly Relation[], by: Unit, state?: SlotState): boolean
  /** The first of its recommendations that is not fulfilled; null when all are. */
  findUnmetRecommendation(unit: Unit, state: SlotState): readonly Relation[] | null
  /** Slots whose unit of that state fulfils the relation. */
  findTargets(relation: Relation, from: Unit, state: SlotState): readonly Slot[]
  /** Slots whose unit of that state violates the conflict. */
  findConflicting(relation: Relation, from: Unit, state: SlotState): readonly Slot[]
  /** Packages of the same name and another architecture that cannot be there together with the unit. */
  findSiblings(unit: Unit, state: SlotState): readonly Slot[]
}

export type Trouble =
  | { readonly kind: 'depends'; readonly group: readonly Relation[] }
  | { readonly kind: 'conflicts'; readonly slots: readonly Slot[] }
  | { readonly kind: 'malformed' }

interface Provider {
  readonly unit: Unit
  readonly provide: Relation
}

/** A real machine of 2,000 packages takes some 50,000 steps. */
const MAX_STEPS = 3_000_000
const NO_SLOTS: readonly Slot[] = []
const NO_PROVIDERS: readonly Provider[] = []

/** `names`: how many names have a number. There is room for all of them at once: an array that grows by leaps is a slow dictionary. */
export function openStanding(native: string, names: number): Standing {
  // oxlint-disable-next-line unicorn/no-new-array -- `Array.from` visits each of the tens of thousands of places
  const [slotsById, providersById] = [new Array<Slot[] | undefined>(names), new Array<Provider[] | undefined>(names)]
  const slotsNamed = (id: number): readonly Slot[] => slotsById[id] ?? NO_SLOTS
  let steps = 0
  const isExhausted = () => steps > MAX_STEPS

  /** Calls back for each slot that fulfils the relation, until told to stop. */
  const visitTargets = (relation: Relation, from: Unit, state: SlotState, stop: (slot: Slot) => boolean): boolean => {
    if (isExhausted()) return false

    for (const slot of slotsNamed(relation.id)) {
      steps += 1
      const unit = slot[state]
      if (unit === null || !reaches(relation, from, unit, native)) continue
      if (acceptsVersion(relation, unit.version) && stop(slot)) return true
    }
    for (const { unit, provide } of providersById[relation.id] ?? NO_PROVIDERS) {
      steps += 1
      if (unit.slot[state] !== unit || !providesReach(relation, provide, from, unit, native)) continue
      if (acceptsVersion(relation, provide.version) && stop(unit.slot)) return true
    }
    return false
  }

  const findConflicting: Standing['findConflicting'] = (relation, from, state) => {
    const named = slotsById[relation.id]
    const provided = providersById[relation.id]
    // Most conflicts are with what is not there.
    if ((named === undefined && provided === undefined) || isExhausted()) return NO_SLOTS

    steps += (named?.length ?? 0) + (provided?.length ?? 0)
    const byItself = (named ?? NO_SLOTS).filter((slot) => {
      const unit = slot[state]
      return unit !== null && conflictReaches(relation, from, slot, native) && acceptsVersion(relation, unit.version)
    })
    // A package may conflict with what it provides itself: so there is only one of its kind.
    const byProvide = (provided ?? NO_PROVIDERS).filter(
      ({ unit, provide }) =>
        unit.slot[state] === unit && unit.slot.id !== from.slot.id && acceptsVersion(relation, provide.version),
    )
    return [...byItself, ...byProvide.map(({ unit }) => unit.slot)]
  }

  const findSiblings: Standing['findSiblings'] = (unit, state) => {
    const slots = slotsNamed(unit.slot.id)
    if (slots.length < 2) return NO_SLOTS

    return slots.filter((slot) => {
      const other = slot[state]
      if (slot === unit.slot || other === null) return false

      const isTogether = unit.multiArch === 'same' && other.multiArch === 'same'
      return !isTogether || compareAptVersions(unit.version, other.version) !== 0
    })
  }

  /** `isMet` as things are now. It is asked for every need of every package, so it spells out what `visitTargets` does. */
  const isMetNow = (group: readonly Relation[], by: Unit): boolean => {
    if (isExhausted()) return false

    for (const relation of group) {
      for (const { now } of slotsById[relation.id] ?? NO_SLOTS) {
        steps += 1
        if (now !== null && reaches(relation, by, now, native) && acceptsVersion(relation, now.version)) return true
      }
      for (const { unit, provide } of providersById[relation.id] ?? NO_PROVIDERS) {
        steps += 1
        const isThere = unit.slot.now === unit && providesReach(relation, provide, by, unit, native)
        if (isThere && acceptsVersion(relation, provide.version)) return true
      }
    }
    return false
  }

  const isMet: Standing['isMet'] = (group, by, state = 'now') => {
    if (state === 'now') return isMetNow(group, by)

    for (const relation of group) if (visitTargets(relation, by, state, YES)) return true
    return false
  }

  return {
    native,
    isExhausted,
    spend(count) {
      steps += count
    },
    slotsNamed,
    add(slot) {
      const slots = slotsById[slot.id]
      if (slots === undefined) slotsById[slot.id] = [slot]
      else slots.push(slot)
    },
    register(unit) {
      for (const provide of unit.relations.provides) {
        const known = providersById[provide.id]
        if (known === undefined) providersById[provide.id] = [{ unit, provide }]
        else known.push({ unit, provide })
      }
    },
    findTrouble(unit) {
      const { depends, conflicts, isMalformed } = unit.relations
      if (isMalformed) return { kind: 'malformed' }

      for (const group of depends) if (!isMetNow(group, unit)) return { kind: 'depends', group }
      for (const relation of conflicts) {
        const slots = findConflicting(relation, unit, 'now')
        if (slots.length > 0) return { kind: 'conflicts', slots }
      }
      const siblings = findSiblings(unit, 'now')
      return siblings.length === 0 ? null : { kind: 'conflicts', slots: siblings }
    },
    isMet,
    findUnmetRecommendation: (unit, state) =>
      unit.relations.recommends.find((group) => !isMet(group, unit, state)) ?? null,
    findTargets(relation, from, state) {
      const found: Slot[] = []
      visitTargets(relation, from, state, (slot) => found.push(slot) < 0)
      return found
    },
    findConflicting,
    findSiblings,
  }
}

const YES = () => true

/** Does a dependency of `from` accept this unit as far as architectures go? */
function reaches(relation: Relation, from: Unit, unit: Unit, native: string): boolean {
  const { architecture } = unit.slot
  if (relation.qualifier === '') return architecture === from.slot.architecture || unit.multiArch === 'foreign'
  if (relation.qualifier === 'any') return unit.multiArch === 'allowed'
  return architecture === (relation.qualifier === 'native' ? native : relation.qualifier)
}

function providesReach(relation: Relation, provide: Relation, from: Unit, unit: Unit, native: string): boolean {
  if (provide.qualifier === '' || provide.qualifier === 'any') return reaches(relation, from, unit, native)

  const wanted = relation.qualifier === '' ? from.slot.architecture : relation.qualifier
  return provide.qualifier === (wanted === 'native' ? native : wanted)
}

/** A conflict without a qualifier means every architecture; never the package itself, nor the siblings of a co-installable one. */
function conflictReaches(relation: Relation, from: Unit, slot: Slot, native: string): boolean {
  if (slot === from.slot) return false
  if (slot.id === from.slot.id && from.multiArch === 'same') return false
  if (relation.qualifier === '' || relation.qualifier === 'any') return true
  return slot.architecture === (relation.qualifier === 'native' ? native : relation.qualifier)
}
