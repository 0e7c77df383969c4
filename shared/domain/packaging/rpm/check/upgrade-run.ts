import type { RpmOffer } from '../model.ts'
import { openChoices } from './change.ts'
import type { Change, Choices, RunInput } from './change.ts'
import { orderChanges } from './change-order.ts'
import { hasHope, isPossible, repair } from './possible-change.ts'
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
/** How many options that were given up are tried again, each with a run of its own. */
const MAX_TRIALS = 60
/** How many relations these may look at, all together. */
const MAX_TRIAL_LOOKUPS = 1_000_000

/**
 * What an upgrade run does. First the best that all can have together: it starts with the first option of every change and goes on to the
 * next one where dependencies do not allow it, until nothing has to change any more. Where a change ends at a later option, others may be
 * possible that were given up before: then it is done again with that one settled.
 *
 * Where updates exclude one another, which one comes follows from an order: libsolv, which decides for dnf and zypper, goes through what is
 * installed by name and takes the best for each in turn. So what was given up is tried again in that order, while those before it keep
 * what they have and those after it give way. It is not a solver: chains of choices are not followed.
 *
 * - What an offer needs must come from what stays, from another change, or from a visible offer that can itself come in.
 * - What a staying package needs, and had, must still be there.
 * - Nothing may conflict with what stays or comes, or be obsoleted by it.
 * - dnf keeps the architectures of one name in step (libsolv, "lock-step"), and takes an i686 package only where its x86_64 sister of that
 *   version, if one is offered, is there or comes too; zypper does not update what is there for two.
 *
 * What is already missing before the run blocks nothing. A need for a file is taken as met: which files installed packages have, and most
 * of those that offers have, is not known here. So is a need that is about one package in two ways (`with`, `without`, `unless`).
 */
export function runUpgrade(input: RunInput): RunOutcome {
  const lost = listLost(input)
  const needs = openNeeds(input, lost.names)
  input.installed.prepare(listAsked(input, needs, lost))
  const run = { input, needs, lost }

  let best = follow(run, new Map())
  const settled = new Map<Change, number>()
  let [trials, lookups] = [0, 0]
  for (const change of orderChanges(input)) {
    const reached = best.choices.levelOf(change)
    settled.set(change, reached)
    for (const [level, { offer }] of change.options.slice(0, reached).entries()) {
      if (best.world.isExhausted() || trials >= MAX_TRIALS || lookups > MAX_TRIAL_LOOKUPS) break
      if (!hasHope(offer, run)) continue
      const trial = follow(run, new Map(settled).set(change, level))
      trials += 1
      lookups += trial.world.presence.countLookups()
      if (trial.failed || trial.world.isExhausted()) continue

      best = trial
      settled.set(change, level)
      break
    }
  }
  return { taken: best.choices.current, complete: !best.world.isExhausted() }
}

interface Run {
  readonly input: RunInput
  readonly needs: (offer: RpmOffer) => readonly Need[]
  readonly lost: Lost
}

interface Followed {
  readonly choices: Choices
  readonly world: RunWorld
  /** What was settled beforehand is not possible. */
  readonly failed: boolean
}

/** `settled`: changes that stay at the option that they are at. */
function follow(run: Run, settled: ReadonlyMap<Change, number>): Followed {
  const floors = new Map(settled)
  for (let round = 1; ; round += 1) {
    const choices = openChoices(floors)
    const world = openWorld(run.input, choices)
    const isLast = round === MAX_ROUNDS
    const { blamed, failed } = settle({ ...run, choices, world, settled }, isLast)
    if (failed) return { choices, world, failed }
    if (!isLast && !world.isExhausted() && learn(run.input.changes, choices, blamed, floors)) continue

    return { choices, world, failed }
  }
}

export interface Settling extends Run {
  readonly choices: Choices
  readonly world: RunWorld
  readonly settled: ReadonlyMap<Change, number>
}

/**
 * Lowers what is not possible until nothing has to be. Tells the changes that had to give way to what stays; with the first of them it
 * stops, as what was given up before may be possible beside their next options, unless it is the last time.
 */
function settle(settling: Settling, isLast: boolean): { blamed: ReadonlySet<Change>; failed: boolean } {
  const { input, choices, world, lost, settled } = settling
  const order = [...input.changes]
  const blamed = new Set<Change>()
  for (let isDone = false; !isDone && !world.isExhausted();) {
    isDone = true
    world.startPass()
    for (const change of order) {
      const offer = choices.current(change)
      if (offer === null || isPossible(change, offer, settling)) continue
      if (!settled.has(change)) choices.lower(change)
      else if (!repair(change, offer, settling)) return { blamed, failed: true }
      isDone = false
    }
    if (isDone || isLast) {
      for (const { index, relation, rich } of lost.touched) {
        if (!world.presence.stays(index) || world.evaluate(relation, rich) !== 'unmet') continue
        const removers = new Set(world.findRemovers(relation, rich))
        const free = [...removers].filter((change) => !settled.has(change))
        if (removers.size > 0 && free.length === 0) return { blamed, failed: true }
        for (const change of free) {
          choices.lower(change)
          blamed.add(change)
          isDone = false
        }
      }
    }
    if (blamed.size > 0 && !isLast) return { blamed, failed: false }
    // What is taken back often stands in a row, in one direction or the other.
    order.reverse()
  }
  return { blamed, failed: false }
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
  const learnt = blamed.size > 0 ? [...blamed] : changes.some(isGivenUp) ? changes.filter(isLater) : []
  for (const change of learnt) floors.set(change, choices.levelOf(change))
  return learnt.length > 0
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
