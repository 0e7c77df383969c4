import type { RpmOffer, RpmRelation } from '../model.ts'
import { compareEvr, satisfies } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { PlacedOffer } from './offers.ts'
import type { RichRelation } from './rich-relation.ts'
import { listSingles, readIfRich } from './upgrade-needs.ts'
import type { Change, RunInput } from './change.ts'
import { isForbiddenVendor } from './vendors.ts'

/** How often a relation is looked up in one run; beyond that nobody waits. */
const MAX_LOOKUPS = 3_000_000
const MAX_DEPTH = 60

export type Met = 'met' | 'unmet' | 'unknown'

/** What is there when all changes but the blocked ones are made. */
export interface RunWorld {
  startPass(): void
  isExhausted(): boolean
  stays(index: number): boolean
  evaluate(relation: RpmRelation, rich: RichRelation | null, own?: RpmOffer): Met
  conflicts(offer: RpmOffer, removes: ReadonlySet<number>): boolean
  /** The changes, not blocked, that take away what met the relation. */
  findRemovers(relation: RpmRelation, rich: RichRelation | null): Change[]
}

export function openWorld(
  { installed, changes, offers, policy, isInstallOnly }: RunInput,
  blocked: ReadonlySet<Change>,
): RunWorld {
  const removers = new Map<number, Change[]>()
  const coming = new Map<string, { change: Change; relation: RpmRelation }[]>()
  const byOffer = new Map(changes.map((change) => [change.placed.offer, change]))
  for (const change of changes) {
    for (const index of change.removes) removers.set(index, [...(removers.get(index) ?? []), change])
    for (const relation of change.placed.offer.relations.provides) {
      const others = coming.get(relation.name)
      if (others === undefined) coming.set(relation.name, [{ change, relation }])
      else others.push({ change, relation })
    }
  }
  const takenRemovers = (index: number) => (removers.get(index) ?? []).filter((change) => !blocked.has(change))
  const stays = (index: number) => takenRemovers(index).length === 0
  let lookups = 0
  let entering = new Map<RpmOffer, boolean>()

  const isPresent = (wanted: RpmRelation): boolean => {
    lookups += 1
    return (
      installed.providing(wanted.name).some(({ index, relation }) => satisfies(relation, wanted) && stays(index)) ||
      (coming.get(wanted.name) ?? []).some(
        ({ change, relation }) => !blocked.has(change) && satisfies(relation, wanted),
      )
    )
  }
  const evaluateSingle = (wanted: RpmRelation, depth: number, own?: RpmOffer): Met => {
    if (wanted.name.startsWith('/') || lookups > MAX_LOOKUPS) return 'met'
    if (own?.relations.provides.some((relation) => relation.name === wanted.name && satisfies(relation, wanted)))
      return 'met'
    if (isPresent(wanted)) return 'met'

    const canCome = offers
      .findProviders(wanted.name)
      .some((placed) => providesIt(placed.offer, wanted) && canEnter(placed, depth + 1))
    return canCome ? 'met' : 'unmet'
  }
  const evaluateRich = (rich: RichRelation, depth: number, own?: RpmOffer): Met => {
    switch (rich.kind) {
      case 'single':
        return evaluateSingle(rich.relation, depth, own)
      case 'or': {
        const all = rich.of.map((part) => evaluateRich(part, depth, own))
        return all.includes('met') ? 'met' : all.includes('unknown') ? 'unknown' : 'unmet'
      }
      case 'and': {
        const all = rich.of.map((part) => evaluateRich(part, depth, own))
        return all.includes('unmet') ? 'unmet' : all.includes('unknown') ? 'unknown' : 'met'
      }
      case 'if': {
        if (rich.condition.kind !== 'single') return 'unknown'
        if (isPresent(rich.condition.relation)) return evaluateRich(rich.wanted, depth, own)
        return rich.otherwise === null ? 'met' : evaluateRich(rich.otherwise, depth, own)
      }
      case 'unless':
      case 'same-package':
        return 'unknown'
      default:
        return rich satisfies never
    }
  }
  const evaluate = (relation: RpmRelation, rich: RichRelation | null, depth: number, own?: RpmOffer): Met => {
    if (rich !== null) return evaluateRich(rich, depth, own)
    return relation.name.startsWith('(') ? 'unknown' : evaluateSingle(relation, depth, own)
  }

  /** Could an offer that is no change of its own come in for the sake of another? Where offers need each other in a ring, yes. */
  const canEnter = (placed: PlacedOffer, depth: number): boolean => {
    const { offer } = placed
    const change = byOffer.get(offer)
    if (change !== undefined) return !blocked.has(change)

    const known = entering.get(offer)
    if (known !== undefined || depth > MAX_DEPTH) return known ?? true

    entering.set(offer, true)
    const can =
      hasPlace(offer) &&
      !conflicts(offer, new Set(installed.ofName(offer.name))) &&
      offer.relations.requires.every((relation) => evaluate(relation, readIfRich(relation), depth, offer) !== 'unmet')
    entering.set(offer, can)
    return can
  }
  const hasPlace = (offer: RpmOffer): boolean => {
    if (isInstallOnly(offer)) return true
    return installed.ofName(offer.name).every((index) => {
      const present = installed.packages[index]!
      if (!isSameOrNoarch(present.architecture, offer.architecture)) return compareEvr(present, offer) === 0
      return compareEvr(present, offer) < 0 && stays(index) && !isForbiddenVendor(policy, present.vendor, offer.vendor)
    })
  }
  const conflicts = (offer: RpmOffer, removes: ReadonlySet<number>): boolean => {
    const isInTheWay = (index: number) => !removes.has(index) && stays(index)
    const hits = offer.relations.conflicts.some(
      (conflict) =>
        installed
          .providing(conflict.name)
          .some(({ index, relation }) => satisfies(relation, conflict) && isInTheWay(index)) ||
        (coming.get(conflict.name) ?? []).some(
          ({ change, relation }) =>
            change.placed.offer.name !== offer.name && !blocked.has(change) && satisfies(relation, conflict),
        ),
    )
    return (
      hits ||
      offer.relations.provides.some((provided) =>
        installed
          .conflictingWith(provided.name)
          .some(({ index, relation }) => satisfies(provided, relation) && isInTheWay(index)),
      )
    )
  }

  return {
    startPass: () => void (entering = new Map()),
    isExhausted: () => lookups > MAX_LOOKUPS,
    stays,
    evaluate: (relation, rich, own) => evaluate(relation, rich, 0, own),
    conflicts,
    findRemovers: (relation, rich) =>
      listSingles(relation, rich).flatMap((wanted) =>
        installed
          .providing(wanted.name)
          .flatMap((owned) => (satisfies(owned.relation, wanted) ? takenRemovers(owned.index) : [])),
      ),
  }
}

function providesIt(offer: RpmOffer, wanted: RpmRelation): boolean {
  return offer.relations.provides.some((relation) => relation.name === wanted.name && satisfies(relation, wanted))
}
