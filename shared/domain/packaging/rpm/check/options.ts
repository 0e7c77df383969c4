import type { RpmOffer, RpmPackage, RpmPolicy } from '../model.ts'
import { compareEvr } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import { findUpgraded } from './candidates.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'
import { isForbiddenVendor } from './vendors.ts'

export interface OptionsInput {
  readonly installed: InstalledIndex
  readonly offers: RpmOffers
  readonly policy: RpmPolicy
}

/**
 * What an upgrade run may take in the place of an installed package, what it wants most first. Not what changes the vendor where that is
 * forbidden. dnf5 looks at the repositories of the best priority for the name only. dnf 4, yum and zypper go on to others where these
 * have neither something newer nor the installed version itself, and take versions of a better priority before higher ones.
 */
export function listOptions(old: RpmPackage, input: OptionsInput): PlacedOffer[] {
  const { installed, offers, policy } = input
  const { visible, preferred } = offers.find(old.name)
  const group = installed.ofName(old.name).map((index) => installed.packages[index]!)
  // Of one version the one for the processor before `noarch`, whatever is installed.
  const rank = ({ offer }: PlacedOffer) => offers.architectures.rank(offer.architecture) ?? 0
  const seen = policy.tool === 'dnf5' ? preferred : visible
  return seen
    .filter((placed) => isUsable(old, placed, policy) && findUpgraded(group, placed) !== null)
    .filter((placed) => policy.tool === 'dnf5' || !isKept(old, placed, input))
    .filter((placed) => policy.tool === 'zypper' || !isInferior(placed, seen, offers))
    .toSorted((a, b) => a.source.priority - b.source.priority || compareEvr(b.offer, a.offer) || rank(a) - rank(b))
}

/** Does a run prefer what a repository of a better priority has, be it only the installed version? */
export function isOutranked(old: RpmPackage, placed: PlacedOffer, { offers, policy }: OptionsInput): boolean {
  return offers
    .find(old.name)
    .visible.some(
      (other) =>
        other.source.priority < placed.source.priority &&
        isUsable(old, other, policy) &&
        compareEvr(old, other.offer) <= 0,
    )
}

/** dnf refuses, as of inferior architecture, an i686 package in a version that its x86_64 sister, which there is, does not have (libsolv). */
function isInferior({ offer }: PlacedOffer, seen: readonly PlacedOffer[], { architectures }: RpmOffers): boolean {
  const rank = architectures.rank(offer.architecture) ?? 0
  const isBetter = ({ architecture }: RpmOffer) => (architectures.rank(architecture) ?? rank) < rank
  const sisters = offer.architecture === 'noarch' ? [] : seen.filter((other) => isBetter(other.offer))
  return sisters.length > 0 && !sisters.some((other) => compareEvr(other.offer, offer) === 0)
}

function isKept(old: RpmPackage, placed: PlacedOffer, { offers, policy }: OptionsInput): boolean {
  return offers
    .find(old.name)
    .visible.some(
      (other) =>
        other.source.priority < placed.source.priority &&
        isUsable(old, other, policy) &&
        compareEvr(old, other.offer) === 0,
    )
}

function isUsable(old: RpmPackage, { offer }: PlacedOffer, policy: RpmPolicy): boolean {
  return isSameOrNoarch(offer.architecture, old.architecture) && !isForbiddenVendor(policy, old.vendor, offer.vendor)
}
