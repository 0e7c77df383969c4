import type { AptRelations, MultiArch } from './model.ts'
import { acceptsVersion, parseRelations } from './relations.ts'
import type { ParsedRelations, Relation } from './relations.ts'
import { compareAptVersions } from './version.ts'

/** One version of one package that is, or could be, on the machine. */
export interface Unit {
  readonly slot: Slot
  readonly version: string
  readonly multiArch: MultiArch
  readonly relations: ParsedRelations
}

/** A package on the machine: what is there, what an upgrade would put there, and what the plan has there now. */
export interface Slot {
  readonly name: string
  /** Effective: `all` counts as the native architecture. */
  readonly architecture: string
  installed: Unit | null
  candidate: Unit | null
  now: Unit | null
}

/**
 * The machine as a plan sees it: which packages are there in which version, and whether each can stand among the others – its
 * dependencies met, none of its conflicts there, siblings of other architectures in step. Rules: deb-control(5), and apt's
 * handling of multi-arch qualifiers.
 */
export interface Standing {
  readonly native: string
  slotsNamed(name: string): readonly Slot[]
  add(slot: Slot): void
  /** Registers what a unit provides; once, before it is put into a plan. */
  register(unit: Unit): void
  /** The first reason why the unit cannot stand now; null when it can. */
  findTrouble(unit: Unit): Trouble | null
  isMet(group: readonly Relation[], by: Unit): boolean
  /** Slots whose present unit fulfils the relation or, for a conflict, violates it. */
  findTargets(relation: Relation, from: Unit, isConflict: boolean, state: 'now' | 'installed'): readonly Slot[]
}

export type Trouble =
  | { readonly kind: 'depends'; readonly group: readonly Relation[] }
  | { readonly kind: 'conflicts'; readonly slots: readonly Slot[] }
  | { readonly kind: 'malformed' }

const parsed = new WeakMap<AptRelations, ParsedRelations>()

/** Makes a unit; what its relations say is read once for each relations object. */
export function makeUnit(
  slot: Slot,
  from: { readonly version: string; readonly multiArch: MultiArch; readonly relations: AptRelations },
): Unit {
  let relations = parsed.get(from.relations)
  if (relations === undefined) parsed.set(from.relations, (relations = parseRelations(from.relations)))
  return { slot, version: from.version, multiArch: from.multiArch, relations }
}

export function openStanding(native: string): Standing {
  const byName = new Map<string, Slot[]>()
  const providers = new Map<string, { unit: Unit; provide: Relation }[]>()

  const findTargets: Standing['findTargets'] = (relation, from, isConflict, state) => {
    const found: Slot[] = []
    for (const slot of byName.get(relation.name) ?? []) {
      const unit = slot[state]
      if (unit === null || !acceptsVersion(relation, unit.version)) continue
      if (isConflict ? conflictReaches(relation, from, slot, native) : reaches(relation, from, unit, native)) {
        found.push(slot)
      }
    }
    for (const { unit, provide } of providers.get(relation.name) ?? []) {
      if (unit.slot[state] !== unit || !acceptsVersion(relation, provide.version)) continue
      // A package may conflict with what it provides itself: so there is only one of its kind.
      if (isConflict && unit.slot.name === from.slot.name) continue
      if (isConflict || providesReach(relation, provide, from, unit, native)) found.push(unit.slot)
    }
    return found
  }

  const findSiblingTrouble = (unit: Unit): Trouble | null => {
    const siblings = (byName.get(unit.slot.name) ?? []).filter((slot) => {
      if (slot === unit.slot || slot.now === null) return false

      const isTogether = unit.multiArch === 'same' && slot.now.multiArch === 'same'
      return !isTogether || compareAptVersions(unit.version, slot.now.version) !== 0
    })
    return siblings.length === 0 ? null : { kind: 'conflicts', slots: siblings }
  }

  const isMet: Standing['isMet'] = (group, by) =>
    group.some((relation) => findTargets(relation, by, false, 'now').length > 0)

  return {
    native,
    slotsNamed: (name) => byName.get(name) ?? [],
    add(slot) {
      const slots = byName.get(slot.name)
      if (slots === undefined) byName.set(slot.name, [slot])
      else slots.push(slot)
    },
    register(unit) {
      for (const provide of unit.relations.provides) {
        const known = providers.get(provide.name)
        if (known === undefined) providers.set(provide.name, [{ unit, provide }])
        else known.push({ unit, provide })
      }
    },
    findTrouble(unit) {
      if (unit.relations.isMalformed) return { kind: 'malformed' }

      const unmet = unit.relations.depends.find((group) => !isMet(group, unit))
      if (unmet !== undefined) return { kind: 'depends', group: unmet }

      for (const relation of unit.relations.conflicts) {
        const slots = findTargets(relation, unit, true, 'now')
        if (slots.length > 0) return { kind: 'conflicts', slots }
      }
      return findSiblingTrouble(unit)
    },
    isMet,
    findTargets,
  }
}

/** Does a dependency of `from` accept this unit as far as architectures go? */
function reaches(relation: Relation, from: Unit, unit: Pick<Unit, 'slot' | 'multiArch'>, native: string): boolean {
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
  if (slot.name === from.slot.name && from.multiArch === 'same') return false
  if (relation.qualifier === '' || relation.qualifier === 'any') return true
  return slot.architecture === (relation.qualifier === 'native' ? native : relation.qualifier)
}
