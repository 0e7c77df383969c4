import { compareEvr } from '../version.ts'
import type { Change, RunInput } from './change.ts'
import type { InstalledIndex } from './installed-index.ts'
import { openWorld } from './run-world.ts'
import type { RunWorld } from './run-world.ts'
import { listLost, listNewNeeds, listSingles } from './upgrade-needs.ts'
import type { Need } from './upgrade-needs.ts'

export interface RunOutcome {
  /** Changes that dependencies do not allow. */
  readonly blocked: ReadonlySet<Change>
  /** false: it was too entangled to be followed to its end. */
  readonly complete: boolean
}

/**
 * Which changes of an upgrade run dependencies do not allow, when all others are made: the run starts with every change and takes back
 * what is not possible, until nothing more has to be taken back. That is what the solvers of dnf (without `best`) and zypper come to
 * where there is no choice between equals; it is not a solver.
 *
 * - What a candidate needs must come from what stays, from another change, or from a visible offer that can itself come in.
 * - What a staying package needs, and had, must still be there.
 * - Nothing may conflict with what stays or comes.
 * - dnf keeps the architectures of one name in step (libsolv, "lock-step"); zypper does not update what is there for two.
 *
 * What is already missing before the run blocks nothing. A need for a file is taken as met: which files installed packages have, and most
 * of those that offers have, is not known here. So is a need that is about one package in two ways (`with`, `without`, `unless`).
 */
export function runUpgrade(input: RunInput): RunOutcome {
  const blocked = new Set<Change>()
  const world = openWorld(input, blocked)
  const lost = listLost(input)
  const needs = input.changes.map((change) => listNewNeeds(change, input.installed, lost.names))
  input.installed.prepare(listAsked(input.changes, [...needs.flat(), ...lost.touched]))

  const order = input.changes.map((change, index) => [change, needs[index] ?? []] as const)
  let before: number
  do {
    before = blocked.size
    world.startPass()
    for (const [change, needed] of order) {
      if (!blocked.has(change) && !isPossible(change, needed, world, input, blocked)) blocked.add(change)
    }
    for (const { index, relation, rich } of lost.touched) {
      if (!world.presence.stays(index) || world.evaluate(relation, rich) !== 'unmet') continue
      for (const change of world.findRemovers(relation, rich)) blocked.add(change)
    }
    // What is taken back often stands in a row, in one direction or the other.
    order.reverse()
  } while (blocked.size > before && !world.isExhausted())
  return { blocked, complete: !world.isExhausted() }
}

/** Names that the run asks installed packages for, but for the sake of packages that are new. */
function listAsked(changes: readonly Change[], needs: readonly Need[]): Set<string> {
  const names = new Set<string>()
  for (const { placed } of changes) for (const { name } of placed.offer.relations.conflicts) names.add(name)
  for (const { relation, rich } of needs) for (const { name } of listSingles(relation, rich)) names.add(name)
  return names
}

function isPossible(
  change: Change,
  needs: readonly Need[],
  world: RunWorld,
  input: RunInput,
  blocked: ReadonlySet<Change>,
): boolean {
  const { offer } = change.placed
  return (
    staysInStep(change, input, blocked) &&
    (!input.installed.hasRelations ||
      (needs.every(({ relation, rich }) => world.evaluate(relation, rich, offer) !== 'unmet') &&
        !world.presence.conflicts(offer, change.removes)))
  )
}

/** Of a name that is there for two architectures in one version both move to one version, or none does; with zypper none does. */
function staysInStep({ placed, removes }: Change, input: RunInput, blocked: ReadonlySet<Change>): boolean {
  const { installed, changes, policy } = input
  const { offer } = placed
  if (input.isInstallOnly(offer) || offer.architecture === 'noarch') return true

  for (const index of installed.ofName(offer.name)) {
    const sibling = installed.packages[index]!
    if (removes.has(index) || sibling.architecture === 'noarch') continue
    if (policy.tool === 'zypper') return false

    const wasInStep = [...removes].some(
      (other) => isSameName(installed, other, index) && compareEvr(installed.packages[other]!, sibling) === 0,
    )
    const moves = changes.some(
      (other) => other.removes.has(index) && !blocked.has(other) && compareEvr(other.placed.offer, offer) === 0,
    )
    if (wasInStep && !moves) return false
  }
  return true
}

function isSameName({ packages }: InstalledIndex, a: number, b: number): boolean {
  return packages[a]!.name === packages[b]!.name
}
