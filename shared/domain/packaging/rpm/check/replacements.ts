import type { HoldReason } from '../../update.ts'
import type { RpmOffer, RpmPackage, RpmPolicy } from '../model.ts'
import { compareEvr } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { InstalledIndex } from './installed-index.ts'
import { isObsoleted } from './offers.ts'
import type { NamedOffers, PlacedOffer, RpmOffers } from './offers.ts'
import { isForbiddenVendor } from './vendors.ts'

/** An installed package (its place in the inventory) and the offer that takes its place. */
export interface Succession {
  readonly index: number
  /** The newest of that name that obsoletes it: what is listed. */
  readonly placed: PlacedOffer
  /** All of that name that obsolete it, the newest first. */
  readonly options: readonly PlacedOffer[]
  /** Those that a run may choose for themselves: whose vendor is allowed, and that provide the old name where any does. May be none. */
  readonly choices: readonly PlacedOffer[]
  /** Why the old package's own update is taken instead; null: it is not. */
  readonly beatenBy: HoldReason | null
}

/**
 * Which installed packages an upgrade run replaces by packages of other names: those whose name and version a visible offer obsoletes.
 * Provides do not count, chains are not followed. Not where the obsoleting package is installed in that version or a newer one, where it
 * obsoletes a version that a lock keeps, and where [main] excludes the old one (dnf then does not see the installed one).
 *
 * Where some versions provide the old name, only these count (libsolv). The old package's own update is taken instead where its repository has the better priority, where the other one does not obsolete that
 * version too, or where the two obsolete each other (libsolv prunes candidates in that way); but not where a package of the other name
 * is installed already: its update comes in any case, and takes the old one away. dnf 4 and yum list beaten replacements all the same, so
 * they are here, with the reason; not for dnf5 and zypper, which list none.
 *
 * Of several names dnf takes the first, and with it those that obsolete in the very same words; zypper takes one of them. `obsoletes=0` keeps
 * neither dnf 4 nor dnf5 from it in an upgrade of everything; yum heeds it.
 */
export function findSuccessors(installed: InstalledIndex, offers: RpmOffers, policy: RpmPolicy): Succession[] {
  if (policy.tool === 'yum' && !policy.obsoletes) return []

  const listsAll = policy.tool === 'dnf4' || policy.tool === 'yum'
  const found: Succession[] = []
  for (const name of installed.names()) {
    const obsoleters = offers.findObsoleters(name)
    if (obsoleters.length === 0) continue
    for (const index of installed.ofName(name)) {
      const old = installed.packages[index]!
      if (offers.isExcluded(old)) continue
      const input = { old, index, installed, offers, policy }
      const obsoleting = obsoleters.map((other) => listObsoleting(other, input)).filter((options) => options.length > 0)
      const judged = judgeSuccessors(obsoleting, input)
      const listed = listsAll ? judged : judged.filter(({ beatenBy }) => beatenBy === null)
      const [first] = listed.filter(({ choices }) => choices.length > 0)
      if (policy.tool !== 'zypper') found.push(...listed)
      else found.push(...(first === undefined ? listed.slice(0, 1) : [first]))
    }
  }
  return found
}

/** Does it obsolete an installed package in just the words in which another one does? dnf takes such packages together. */
export function sharesObsoletes(a: RpmOffer, b: RpmOffer, name: string): boolean {
  const words = (offer: RpmOffer) =>
    offer.relations.obsoletes
      .filter((relation) => relation.name === name)
      .map(({ operator, evr }) => `${operator} ${evr}`)
  const known = new Set(words(a))
  return words(b).some((relation) => known.has(relation))
}

interface Judging {
  readonly old: RpmPackage
  readonly index: number
  readonly installed: InstalledIndex
  readonly offers: RpmOffers
  readonly policy: RpmPolicy
}

/** Of one name, the newest first; of one version the same architecture before `noarch`, this before others. */
function listObsoleting(name: string, { old, installed, offers, policy }: Judging): PlacedOffer[] {
  const present = installed.ofName(old.name).map((other) => installed.packages[other]!)
  const rank = ({ offer }: PlacedOffer) =>
    offer.architecture === old.architecture
      ? -2
      : offer.architecture === 'noarch'
        ? -1
        : (offers.architectures.rank(offer.architecture) ?? 0)
  return listSeen(offers.find(name), policy)
    .filter(
      ({ offer }) =>
        isObsoleted(old, offer) && isNew(offer, installed) && !offers.isAgainstLock(offer, old.name, present),
    )
    .toSorted((a, b) => compareEvr(b.offer, a.offer) || rank(a) - rank(b))
}

/** `obsoleting`: what obsoletes the old package, of each name by itself. */
function judgeSuccessors(
  obsoleting: readonly (readonly PlacedOffer[])[],
  { old, index, installed, offers, policy }: Judging,
): Succession[] {
  const isLegal = ({ offer }: PlacedOffer) => !isForbiddenVendor(policy, old.vendor, offer.vendor)
  const isHeir = ({ offer }: PlacedOffer) => offer.relations.provides.some(({ name }) => name === old.name)
  const hasHeir = obsoleting.some((options) => options.some((placed) => isLegal(placed) && isHeir(placed)))
  return obsoleting.flatMap((options) => {
    const choices = options.filter((placed) => isLegal(placed) && (!hasHeir || isHeir(placed)))
    const [placed] = options
    if (placed === undefined) return []

    const beatenBy = judgeOwn(old, choices[0] ?? placed, offers, policy)
    const comesAnyway = beatenBy === 'dependency' && installed.ofName(placed.offer.name).length > 0
    return [{ index, placed, options, choices, beatenBy: comesAnyway ? null : beatenBy }]
  })
}

/** Of a name the offers that a run chooses from. */
function listSeen({ visible, preferred }: NamedOffers, { tool }: RpmPolicy): readonly PlacedOffer[] {
  return tool === 'zypper' ? visible : preferred
}

function isNew(offer: RpmOffer, installed: InstalledIndex): boolean {
  return installed.ofName(offer.name).every((index) => {
    const present = installed.packages[index]!
    return !isSameOrNoarch(present.architecture, offer.architecture) || compareEvr(present, offer) < 0
  })
}

function judgeOwn(old: RpmPackage, successor: PlacedOffer, offers: RpmOffers, policy: RpmPolicy): HoldReason | null {
  const own = listSeen(offers.find(old.name), policy).filter(
    ({ offer }) => isSameOrNoarch(offer.architecture, old.architecture) && compareEvr(old, offer) <= 0,
  )
  // The installed version itself in a better repository keeps its place too.
  const best = own.reduce((lowest, { source }) => Math.min(lowest, source.priority), Infinity)
  if (best < successor.source.priority) return 'pinned'
  if (successor.source.priority < best) return null
  const newest = own.find(({ offer, source }) => source.priority === best && compareEvr(old, offer) < 0)
  if (newest === undefined) return null
  return isObsoleted(newest.offer, successor.offer) && !isObsoleted(successor.offer, newest.offer) ? null : 'dependency'
}
