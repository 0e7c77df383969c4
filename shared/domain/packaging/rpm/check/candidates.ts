import type { RpmPackage } from '../model.ts'
import { compareEvr } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { Architectures } from './architectures.ts'
import type { HiddenOffer, NamedOffers, PlacedOffer } from './offers.ts'

/** An offer that the machine's tool lists as newer, and the installed package that it is newer than. */
export interface Candidate {
  readonly installed: RpmPackage
  readonly placed: PlacedOffer
}

/** The installed packages of one name. */
export type InstalledGroup = readonly RpmPackage[]

/**
 * `dnf check-update` and `check-upgrade`: of each architecture the highest version in the repositories with the best priority for the
 * name, where it is newer than every installed package of the name and that architecture; `noarch` goes with every architecture
 * (libdnf, `what_upgrades`). So an install-only package counts by its newest, as does one that is there twice.
 */
export function chooseForDnf(group: InstalledGroup, offers: NamedOffers): Candidate[] {
  return offers.latest.flatMap((placed) => {
    const installed = findUpgraded(group, placed)
    return installed === null ? [] : [{ installed, placed }]
  })
}

/** The newest installed package that the offer is an upgrade of; null where it is none. */
export function findUpgraded(group: InstalledGroup, { offer }: PlacedOffer): RpmPackage | null {
  let newest: RpmPackage | null = null
  for (const installed of group) {
    if (!isSameOrNoarch(installed.architecture, offer.architecture)) continue
    if (compareEvr(installed, offer) >= 0) return null
    if (newest === null || compareEvr(installed, newest) > 0) newest = installed
  }
  return newest
}

/**
 * `zypper list-updates -a`: one entry a name, the highest version in any repository and of any architecture of the machine, where it
 * is newer than the installed package of the best architecture, or as new and of a better architecture. Of equally high ones that of
 * the better priority, then of the better architecture.
 */
export function chooseForZypper(group: InstalledGroup, offers: NamedOffers, architectures: Architectures): Candidate[] {
  const rank = ({ architecture }: { architecture: string }) => architectures.rank(architecture) ?? Infinity
  const installed = group.reduce((best, other) => {
    const isBetter = rank(other) - rank(best) || compareEvr(best, other)
    return isBetter < 0 ? other : best
  })
  let best: PlacedOffer | null = null
  for (const placed of offers.visible) {
    if (best !== null && compareEvr(placed.offer, best.offer) < 0) break
    const isBetter =
      best === null ||
      placed.source.priority < best.source.priority ||
      (placed.source.priority === best.source.priority && rank(placed.offer) < rank(best.offer))
    if (isBetter) best = placed
  }
  if (best === null) return []

  const order = compareEvr(best.offer, installed)
  const isNewer = order > 0 || (order === 0 && rank(best.offer) < rank(installed))
  return isNewer ? [{ installed, placed: best }] : []
}

/** A version kept from the list, with why. */
export interface HiddenCandidate extends Candidate {
  readonly placed: HiddenOffer
}

/**
 * Newer versions than the tool lists that the machine's own configuration hides: the highest of each architecture and kind of reason. Other
 * streams of a module are told of only for packages of that module, and repositories of a worse priority than the tool looks at never.
 */
export function findHidden(group: InstalledGroup, offers: NamedOffers): HiddenCandidate[] {
  const found = new Map<string, HiddenCandidate>()
  for (const placed of offers.hidden) {
    const { offer, reasons } = placed
    const installed = findUpgraded(group, placed)
    if (installed === null || !isOfItsStream(placed, installed)) continue
    if (placed.source.priority > (offers.preferred[0]?.source.priority ?? Infinity)) continue
    if (
      offers.latest.some(
        ({ offer: listed }) =>
          isSameOrNoarch(listed.architecture, offer.architecture) && compareEvr(listed, offer) >= 0,
      )
    )
      continue

    const key = [offer.architecture, ...reasons].join(' ')
    const other = found.get(key)
    if (other === undefined || compareEvr(offer, other.placed.offer) > 0) found.set(key, { installed, placed })
  }
  return [...found.values()]
}

/**
 * dnf 4 and yum take, in an upgrade of everything, what a repository of a worse priority offers where the best one offers nothing newer, though
 * `check-update` does not list it (seen with dnf 4.14 and 4.23).
 */
export function findOutranked(group: InstalledGroup, offers: NamedOffers): HiddenCandidate[] {
  if (offers.visible.length === offers.preferred.length || chooseForDnf(group, offers).length > 0) return []

  const found = new Map<string, HiddenCandidate>()
  for (const placed of offers.visible) {
    const installed = findUpgraded(group, placed)
    if (installed === null || found.has(placed.offer.architecture)) continue
    // What the best one has in just the installed version stays.
    if (
      offers.preferred.some(
        ({ offer }) => isSameOrNoarch(offer.architecture, installed.architecture) && compareEvr(offer, installed) === 0,
      )
    )
      continue
    found.set(placed.offer.architecture, { installed, placed: { ...placed, reasons: ['pinned'], streams: [] } })
  }
  return [...found.values()]
}

/** What other streams of the module have is no update: nobody gets it without leaving the stream. */
function isOfItsStream({ streams }: HiddenOffer, installed: RpmPackage): boolean {
  return streams.length === 0 || streams.includes(installed.module.split(':', 2).join(':'))
}
