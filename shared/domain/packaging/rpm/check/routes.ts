import type { RpmOffer, RpmPackage } from '../model.ts'
import type { Change } from './change.ts'
import type { PlacedOffer } from './offers.ts'
import { sharesObsoletes } from './replacements.ts'
import type { Succession } from './replacements.ts'

/** How a run may replace an installed package. */
export interface Route {
  readonly succession: Succession
  /** What it may take, the best first. At least one. */
  readonly options: readonly PlacedOffer[]
  /** The one that it follows: it comes only with an offer that obsoletes in the same words. null: it follows none. */
  readonly leader: Succession | null
}

/**
 * Of several packages that replace one the first leads that may be chosen for itself; the others come with it where they obsolete the old
 * package in just the same words, from whatever vendor (libsolv's rules for yum's obsoletes).
 */
export function listRoutes(successions: readonly Succession[], packages: readonly RpmPackage[]): Route[] {
  const groups = new Map<number, Succession[]>()
  for (const succession of successions) {
    const others = groups.get(succession.index)
    if (others === undefined) groups.set(succession.index, [succession])
    else others.push(succession)
  }
  return [...groups.values()].flatMap((group) => {
    const leader = group.find(({ choices }) => choices.length > 0)
    const first = leader?.choices[0]
    if (leader === undefined || first === undefined) return []

    const { name } = packages[leader.index]!
    return group.flatMap((succession): Route[] => {
      if (succession === leader) return [{ succession, options: leader.choices, leader: null }]
      const options = succession.options.filter(({ offer }) => sharesObsoletes(first.offer, offer, name))
      return options.length === 0 ? [] : [{ succession, options, leader }]
    })
  })
}

/** Does the run take one of its offers, and one that goes with what its leader takes? */
export function isFollowed(
  { succession, options, leader }: Route,
  name: string,
  takenFor: (succession: Succession) => RpmOffer | null,
): boolean {
  const offer = takenFor(succession)
  if (offer === null || !options.some((placed) => placed.offer === offer)) return false
  if (leader === null) return true

  const led = takenFor(leader)
  return led !== null && sharesObsoletes(led, offer, name)
}

/** What the run takes in the change of each. */
export function readTaken(
  changes: ReadonlyMap<Succession, Change>,
  taken: (change: Change) => RpmOffer | null,
): (succession: Succession) => RpmOffer | null {
  return (succession) => {
    const change = changes.get(succession)
    return change === undefined ? null : taken(change)
  }
}
