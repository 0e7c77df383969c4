import type { RpmOffer, RpmPackage } from '../model.ts'
import type { Change } from './change.ts'
import type { PlacedOffer } from './offers.ts'
import { providesName, sharesObsoletes } from './replacements.ts'
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
 * Of several packages that replace one the first leads, in what its vendor allows; where some versions provide the old name, only these
 * count. The others come with it where they obsolete the old package
 * in just the same words, from whatever vendor (libsolv's rules for yum's obsoletes). `mayTake`: is that change of vendor allowed?
 */
export function listRoutes(
  successions: readonly Succession[],
  packages: readonly RpmPackage[],
  mayTake: (succession: Succession, placed: PlacedOffer) => boolean,
): Route[] {
  const groups = new Map<number, Succession[]>()
  for (const succession of successions) {
    const others = groups.get(succession.index)
    if (others === undefined) groups.set(succession.index, [succession])
    else others.push(succession)
  }
  return [...groups.values()].flatMap((group) => {
    const { name } = packages[group[0]!.index]!
    const isHeir = ({ offer }: PlacedOffer) => providesName(offer, name)
    const legal = (succession: Succession) => succession.options.filter((placed) => mayTake(succession, placed))
    const hasHeir = group.some((succession) => legal(succession).some(isHeir))
    const allowed = (succession: Succession) => (hasHeir ? legal(succession).filter(isHeir) : legal(succession))
    const leader = group.find((succession) => allowed(succession).length > 0)
    const first = leader === undefined ? undefined : allowed(leader)[0]
    if (leader === undefined || first === undefined) return []

    return group.flatMap((succession): Route[] => {
      if (succession === leader) return [{ succession, options: allowed(leader), leader: null }]
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
