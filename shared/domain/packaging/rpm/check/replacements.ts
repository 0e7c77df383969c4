import type { RpmPackage, RpmPolicy } from '../model.ts'
import { compareEvr, formatEvr, satisfies } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'

/** An installed package (its place in the inventory) and the offer that takes its place. */
export interface Succession {
  readonly index: number
  readonly placed: PlacedOffer
}

/**
 * Which installed packages an upgrade run replaces by packages of other names: those whose name and version a visible offer obsoletes.
 * Provides do not count, chains are not followed. Not where the obsoleting package is installed in that version or a newer one, where
 * the two obsolete each other (then the run updates the old name), and where a lock pins the old name.
 *
 * dnf takes all packages that obsolete one, zypper one of them. `obsoletes=0` keeps neither dnf 4 nor dnf5 from it in an upgrade of
 * everything; yum heeds it.
 */
export function findSuccessors(installed: InstalledIndex, offers: RpmOffers, policy: RpmPolicy): Succession[] {
  if (policy.tool === 'yum' && !policy.obsoletes) return []

  const found: Succession[] = []
  for (const name of installed.names()) {
    const obsoleters = offers.findObsoleters(name)
    if (obsoleters.length === 0 || offers.isPinned(name)) continue
    for (const index of installed.ofName(name)) {
      const old = installed.packages[index]!
      const successors = obsoleters.flatMap((other) => chooseSuccessor(old, other, installed, offers, policy) ?? [])
      const taken = policy.tool === 'zypper' ? preferProvider(old, successors) : successors
      for (const placed of taken) found.push({ index, placed })
    }
  }
  return found
}

function chooseSuccessor(
  old: RpmPackage,
  name: string,
  installed: InstalledIndex,
  offers: RpmOffers,
  policy: RpmPolicy,
): PlacedOffer | null {
  const named = offers.find(name)
  const visible = policy.tool === 'zypper' ? named.visible : named.preferred
  const obsoleting = visible.filter(({ offer }) => obsoletes(offer, old) && isNew(offer, installed))
  const [highest] = obsoleting
  if (highest === undefined || isMutual(old, name, offers)) return null

  // The same architecture before `noarch`, this before others.
  const rank = ({ offer }: PlacedOffer) =>
    offer.architecture === old.architecture
      ? -2
      : offer.architecture === 'noarch'
        ? -1
        : (offers.architectures.rank(offer.architecture) ?? 0)
  return obsoleting
    .filter(({ offer }) => compareEvr(offer, highest.offer) === 0)
    .reduce((best, other) => (rank(other) < rank(best) ? other : best))
}

function obsoletes({ relations }: PlacedOffer['offer'], old: RpmPackage): boolean {
  return relations.obsoletes.some(
    (relation) =>
      relation.name === old.name && satisfies({ name: old.name, operator: '=', evr: formatEvr(old) }, relation),
  )
}

function isNew(offer: PlacedOffer['offer'], installed: InstalledIndex): boolean {
  return installed.ofName(offer.name).every((index) => {
    const present = installed.packages[index]!
    return !isSameOrNoarch(present.architecture, offer.architecture) || compareEvr(present, offer) < 0
  })
}

/** Does the best offer of the old name obsolete the other one in turn? */
function isMutual(old: RpmPackage, other: string, offers: RpmOffers): boolean {
  const own = offers.find(old.name).latest.find(({ offer }) => isSameOrNoarch(offer.architecture, old.architecture))
  if (own === undefined || compareEvr(old, own.offer) >= 0) return false
  return own.offer.relations.obsoletes.some(({ name }) => name === other)
}

/** Of several successors the first that provides the old name, else the first. */
function preferProvider(old: RpmPackage, successors: readonly PlacedOffer[]): readonly PlacedOffer[] {
  const provider = successors.find(({ offer }) => offer.relations.provides.some(({ name }) => name === old.name))
  return provider === undefined ? successors.slice(0, 1) : [provider]
}
