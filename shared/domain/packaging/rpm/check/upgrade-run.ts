import type { RpmOffer, RpmPackage } from '../model.ts'
import { compareEvr } from '../version.ts'
import { openChoices } from './change.ts'
import type { Change, Choices, RunInput } from './change.ts'
import { openWorld } from './run-world.ts'
import type { RunWorld } from './run-world.ts'
import { listLost, listNewNeeds, listSingles } from './upgrade-needs.ts'
import type { Lost, Need } from './upgrade-needs.ts'

export interface RunOutcome {
  /** Which option of a change the run takes; null: none, because dependencies do not allow it. */
  readonly taken: (change: Change) => RpmOffer | null
  /** false: it was too entangled to be followed to its end. */
  readonly complete: boolean
}

/** How often the run is begun anew with what it learnt. */
const MAX_ROUNDS = 20

/**
 * What an upgrade run does: it starts with the first option of every change and goes on to the next one where dependencies do not allow
 * it, until nothing has to change any more. Where a change ends at a later option, others may be possible that were given up before:
 * then it is done again with that one settled. That is what the solvers of dnf (without `best`) and zypper come to where there is no
 * choice between equals; it is not a solver.
 *
 * - What an offer needs must come from what stays, from another change, or from a visible offer that can itself come in.
 * - What a staying package needs, and had, must still be there.
 * - Nothing may conflict with what stays or comes.
 * - dnf keeps the architectures of one name in step (libsolv, "lock-step"); zypper does not update what is there for two.
 *
 * What is already missing before the run blocks nothing. A need for a file is taken as met: which files installed packages have, and most
 * of those that offers have, is not known here. So is a need that is about one package in two ways (`with`, `without`, `unless`).
 */
export function runUpgrade(input: RunInput): RunOutcome {
  const lost = listLost(input)
  const needs = openNeeds(input, lost.names)
  input.installed.prepare(listAsked(input, needs, lost))

  const floors = new Map<Change, number>()
  for (let round = 1; ; round += 1) {
    const choices = openChoices(floors)
    const world = openWorld(input, choices)
    const isLast = round === MAX_ROUNDS
    const blamed = settle(input, { choices, world, needs, lost }, isLast)
    if (!isLast && !world.isExhausted() && learn(input.changes, choices, blamed, floors)) continue

    return { taken: choices.current, complete: !world.isExhausted() }
  }
}

interface Settling {
  readonly choices: Choices
  readonly world: RunWorld
  readonly needs: (offer: RpmOffer) => readonly Need[]
  readonly lost: Lost
}

/**
 * Lowers what is not possible until nothing has to be. Returns the changes that had to give way to what stays; with the first of them it
 * stops, as what was given up before may be possible beside their next options, unless it is the last time.
 */
function settle(input: RunInput, { choices, world, needs, lost }: Settling, isLast: boolean): Set<Change> {
  const order = [...input.changes]
  const blamed = new Set<Change>()
  for (let settled = false; !settled && !world.isExhausted();) {
    settled = true
    world.startPass()
    for (const change of order) {
      const offer = choices.current(change)
      if (offer === null || isPossible(change, offer, { input, choices, world, needs })) continue
      choices.lower(change)
      settled = false
    }
    if (settled || isLast) {
      for (const { index, relation, rich } of lost.touched) {
        if (!world.presence.stays(index) || world.evaluate(relation, rich) !== 'unmet') continue
        for (const change of new Set(world.findRemovers(relation, rich))) {
          choices.lower(change)
          blamed.add(change)
          settled = false
        }
      }
    }
    if (blamed.size > 0 && !isLast) return blamed
    // What is taken back often stands in a row, in one direction or the other.
    order.reverse()
  }
  return blamed
}

/** What had to give way, or else ended at a later option while others found none, begins there the next time. Is anything new in that? */
function learn(
  changes: readonly Change[],
  choices: Choices,
  blamed: ReadonlySet<Change>,
  floors: Map<Change, number>,
): boolean {
  const isLater = (change: Change) =>
    choices.current(change) !== null && choices.levelOf(change) > (floors.get(change) ?? 0)
  const isGivenUp = (change: Change) =>
    choices.current(change) === null && floors.get(change) !== choices.levelOf(change)
  const settled = blamed.size > 0 ? [...blamed] : changes.some(isGivenUp) ? changes.filter(isLater) : []
  for (const change of settled) floors.set(change, choices.levelOf(change))
  return settled.length > 0
}

/** What each offer newly needs, found out when it is asked for. */
function openNeeds({ changes, installed }: RunInput, lost: ReadonlySet<string>): (offer: RpmOffer) => readonly Need[] {
  const changeOf = new Map(changes.flatMap((change) => change.options.map(({ offer }) => [offer, change] as const)))
  const known = new Map<RpmOffer, readonly Need[]>()
  return (offer) => {
    let needs = known.get(offer)
    if (needs === undefined) {
      needs = listNewNeeds(offer, changeOf.get(offer)?.removes ?? new Set(), { installed, lost })
      known.set(offer, needs)
    }
    return needs
  }
}

/** Names that the run asks installed packages for, but for the sake of later options and of packages that are new. */
function listAsked({ changes }: RunInput, needs: Settling['needs'], { touched }: Lost): Set<string> {
  const names = new Set<string>()
  const add = ({ relation, rich }: Need) => listSingles(relation, rich).forEach(({ name }) => names.add(name))
  touched.forEach(add)
  for (const { options } of changes) {
    const offer = options[0]!.offer
    needs(offer).forEach(add)
    for (const { name } of offer.relations.conflicts) names.add(name)
  }
  return names
}

function isPossible(
  change: Change,
  offer: RpmOffer,
  { input, choices, world, needs }: Omit<Settling, 'lost'> & { readonly input: RunInput },
): boolean {
  if (!staysInStep(change, offer, input, choices)) return false
  if (!input.installed.hasRelations) return true
  return (
    needs(offer).every(({ relation, rich }) => world.evaluate(relation, rich, offer) !== 'unmet') &&
    !world.presence.conflicts(offer, change.removes)
  )
}

/** Of a name that is there for two architectures in one version both move to one version, or none does; with zypper none does. */
function staysInStep({ removes }: Change, offer: RpmOffer, input: RunInput, choices: Choices): boolean {
  const { installed, changes, policy } = input
  if (input.isInstallOnly(offer) || offer.architecture === 'noarch') return true

  for (const index of installed.ofName(offer.name)) {
    const sibling = installed.packages[index]!
    if (removes.has(index) || sibling.architecture === 'noarch') continue
    if (policy.tool === 'zypper') return false

    const wasInStep = [...removes].some((other) => isSameVersion(installed.packages[other]!, sibling))
    const moves = changes.some((other) => {
      const coming = other.removes.has(index) ? choices.current(other) : null
      return coming !== null && compareEvr(coming, offer) === 0
    })
    if (wasInStep && !moves) return false
  }
  return true
}

function isSameVersion(a: RpmPackage, b: RpmPackage): boolean {
  return a.name === b.name && compareEvr(a, b) === 0
}
