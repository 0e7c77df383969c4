import type { RpmOffer, RpmRelation } from '../model.ts'
import { compareEvr, satisfies } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { Change, Choices, RunInput } from './change.ts'
import type { PlacedOffer } from './offers.ts'
import { openPresence } from './presence.ts'
import type { Presence } from './presence.ts'
import type { RichRelation } from './rich-relation.ts'
import { listSingles, readIfRich } from './upgrade-needs.ts'
import { isForbiddenVendor } from './vendors.ts'

/** How many relations are looked at in one run; beyond that nobody waits. */
const MAX_LOOKUPS = 2_000_000
const MAX_DEPTH = 60

export type Met = 'met' | 'unmet' | 'unknown'

/** What is there, or could come, when every change is made with the option it is at. */
export interface RunWorld {
  /** What was found of new packages is forgotten: changes are at other options by now. */
  startPass(): void
  isExhausted(): boolean
  readonly presence: Presence
  /** `own`: the offer that needs it, which may provide it itself. */
  evaluate(relation: RpmRelation, rich: RichRelation | null, own?: RpmOffer): Met
  /** Is that offer installed, or can it come in? */
  isThere(placed: PlacedOffer): boolean
  /** The changes that are made and take away what met the relation. */
  findRemovers(relation: RpmRelation, rich: RichRelation | null): Change[]
}

export function openWorld(input: RunInput, choices: Choices): RunWorld {
  const { installed, offers, isInstallOnly } = input
  const presence = openPresence(input, choices)
  const byOffer = new Map(
    input.changes.flatMap((change) => change.options.map(({ offer }) => [offer, change] as const)),
  )
  const isExhausted = () => presence.countLookups() > MAX_LOOKUPS
  let entering = new Map<RpmOffer, boolean>()

  const evaluate = (relation: RpmRelation, rich: RichRelation | null, depth: number, own?: RpmOffer): Met => {
    const single = (wanted: RpmRelation): Met => (isMet(wanted, depth, own) ? 'met' : 'unmet')
    if (rich !== null) return evaluateRich(rich, single, presence)
    return relation.name.startsWith('(') ? 'unknown' : single(relation)
  }
  const isMet = (wanted: RpmRelation, depth: number, own?: RpmOffer): boolean => {
    if (wanted.name.startsWith('/') || isExhausted()) return true
    if (own !== undefined && provides(own, wanted)) return true
    if (presence.isPresent(wanted)) return true
    return offers
      .findProviders(wanted.name)
      .some((placed) => provides(placed.offer, wanted) && canEnter(placed, depth + 1))
  }
  /** Could an offer that is no change of its own come in for the sake of another? Where offers need each other in a ring, yes. */
  const canEnter = ({ offer }: PlacedOffer, depth: number): boolean => {
    const change = byOffer.get(offer)
    if (change !== undefined) {
      if (choices.current(change) === offer) return true
      // Older kernels come in beside the newest where something needs them.
      if (!isInstallOnly(offer)) return false
    }

    const known = entering.get(offer)
    if (known !== undefined || depth > MAX_DEPTH) return known ?? true

    entering.set(offer, true)
    const can =
      hasPlace(offer, { input, presence, choices, canMove: (index) => canMove(index, depth + 1) }) &&
      !presence.conflicts(offer, new Set(installed.ofName(offer.name))) &&
      offer.relations.requires.every((relation) => evaluate(relation, readIfRich(relation), depth, offer) !== 'unmet')
    entering.set(offer, can)
    return can
  }

  /** Could an installed package that no change is about follow what takes the place of another? */
  const canMove = (index: number, depth: number): boolean => {
    const { name, architecture } = installed.packages[index]!
    if (presence.changed.has(index)) return false
    return offers
      .find(name)
      .visible.some((placed) => placed.offer.architecture === architecture && canEnter(placed, depth))
  }

  return {
    startPass: () => void (entering = new Map()),
    isExhausted,
    presence,
    evaluate: (relation, rich, own) => evaluate(relation, rich, 0, own),
    isThere: (placed) =>
      installed.ofName(placed.offer.name).some((index) => {
        const present = installed.packages[index]!
        const isSame = present.architecture === placed.offer.architecture && compareEvr(present, placed.offer) === 0
        return isSame && presence.stays(index)
      }) || canEnter(placed, 0),
    findRemovers: (relation, rich) =>
      listSingles(relation, rich).flatMap((wanted) =>
        installed
          .providing(wanted.name)
          .flatMap((owned) => (satisfies(owned.relation, wanted) ? presence.findRemovers(owned.index) : [])),
      ),
  }
}

interface Placing {
  readonly input: RunInput
  readonly presence: Presence
  readonly choices: Choices
  readonly canMove: (index: number) => boolean
}

/** Beside what is there under its name, or as its update. An upgrade run takes nothing back to an older version. */
function hasPlace(offer: RpmOffer, { input, presence, choices, canMove }: Placing): boolean {
  const { installed, policy, isInstallOnly } = input
  const { stays, findRemovers, changed } = presence
  if (isInstallOnly(offer)) return true
  return installed.ofName(offer.name).every((index) => {
    const present = installed.packages[index]!
    if (!isSameOrNoarch(present.architecture, offer.architecture)) {
      const coming = findRemovers(index).map(choices.current)
      return (stays(index) ? [present] : coming).every((other) => other !== null && compareEvr(other, offer) === 0)
    }
    // What a change is about comes by that change only, in whatever repository the version is found.
    if (changed.has(index)) return findRemovers(index).some((change) => isSameBuild(choices.current(change), offer))
    // What has no update of its own is locked, with zypper; with dnf a repository of another priority may have it.
    if (policy.tool === 'zypper' || isForbiddenVendor(policy, present.vendor, offer.vendor)) return false
    return compareEvr(present, offer) < 0 && !isMissed(index, offer, input, (other) => stays(other) && !canMove(other))
  })
}

/** Does something that stays need what the installed package provides and the offer in its place does not? */
function isMissed(index: number, offer: RpmOffer, { installed }: RunInput, stays: (index: number) => boolean): boolean {
  const provided = installed.packages[index]!.relations?.provides ?? []
  return provided.some((relation) =>
    installed
      .requiring(relation.name)
      .some((need) => satisfies(relation, need.relation) && stays(need.index) && !provides(offer, need.relation)),
  )
}

function isSameBuild(coming: RpmOffer | null, offer: RpmOffer): boolean {
  if (coming === null || coming.name !== offer.name) return false
  return coming.architecture === offer.architecture && compareEvr(coming, offer) === 0
}

function evaluateRich(rich: RichRelation, single: (wanted: RpmRelation) => Met, presence: Presence): Met {
  switch (rich.kind) {
    case 'single':
      return single(rich.relation)
    case 'or':
      return pick(
        ['met', 'unknown', 'unmet'],
        rich.of.map((part) => evaluateRich(part, single, presence)),
      )
    case 'and':
      return pick(
        ['unmet', 'unknown', 'met'],
        rich.of.map((part) => evaluateRich(part, single, presence)),
      )
    case 'if':
      if (rich.condition.kind !== 'single') return 'unknown'
      if (presence.isPresent(rich.condition.relation)) return evaluateRich(rich.wanted, single, presence)
      return rich.otherwise === null ? 'met' : evaluateRich(rich.otherwise, single, presence)
    case 'unless':
    case 'same-package':
      return 'unknown'
    default:
      return rich satisfies never
  }
}

/** The first in that order that is among them. */
function pick(order: readonly [Met, Met, Met], found: readonly Met[]): Met {
  return order.find((met) => found.includes(met)) ?? order[2]
}

function provides(offer: RpmOffer, wanted: RpmRelation): boolean {
  return offer.relations.provides.some((relation) => relation.name === wanted.name && satisfies(relation, wanted))
}
