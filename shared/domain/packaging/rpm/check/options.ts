import type { RpmPackage, RpmPolicy } from '../model.ts'
import { compareEvr } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import { findUpgraded } from './candidates.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'
import { isForbiddenVendor } from './vendors.ts'

/**
 * What an upgrade run may take in the place of an installed package, what it wants most first. Not what changes the vendor where that is
 * forbidden. dnf5 looks at the repositories of the best priority for the name only; dnf 4, yum and zypper go on to others where these
 * have nothing newer, and zypper takes versions of a better priority before higher ones.
 */
export function listOptions(
  old: RpmPackage,
  { installed, offers, policy }: { installed: InstalledIndex; offers: RpmOffers; policy: RpmPolicy },
): PlacedOffer[] {
  const { visible, preferred } = offers.find(old.name)
  const group = installed.ofName(old.name).map((index) => installed.packages[index]!)
  const rank = ({ offer }: PlacedOffer) =>
    offer.architecture === old.architecture ? -1 : (offers.architectures.rank(offer.architecture) ?? 0)
  const isNewer = (placed: PlacedOffer) =>
    isSameOrNoarch(placed.offer.architecture, old.architecture) &&
    findUpgraded(group, placed) !== null &&
    !isForbiddenVendor(policy, old.vendor, placed.offer.vendor)
  return (policy.tool === 'dnf5' ? preferred : visible)
    .filter(isNewer)
    .toSorted((a, b) => a.source.priority - b.source.priority || compareEvr(b.offer, a.offer) || rank(a) - rank(b))
}
