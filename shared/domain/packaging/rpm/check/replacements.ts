import type { HoldReason } from '../../update.ts'
import type { Evr, RpmOffer, RpmPackage, RpmPolicy } from '../model.ts'
import { compareEvr, formatEvr, satisfies } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { InstalledIndex } from './installed-index.ts'
import type { NamedOffers, PlacedOffer, RpmOffers } from './offers.ts'

/** An installed package (its place in the inventory) and the offer that takes its place. */
export interface Succession {
  readonly index: number
  readonly placed: PlacedOffer
  /** Why the old package's own update is taken instead; null: it is not. */
  readonly beatenBy: HoldReason | null
}

/**
 * Which installed packages an upgrade run replaces by packages of other names: those whose name and version a visible offer obsoletes.
 * Provides do not count, chains are not followed. Not where the obsoleting package is installed in that version or a newer one, and
 * where a lock pins the old name or [main] excludes it (dnf then does not see the installed one).
 *
 * The old package's own update is taken instead where its repository has the better priority, where the other one does not obsolete that
 * version too, or where the two obsolete each other (libsolv prunes candidates in that way). dnf 4 and yum list such replacements all
 * the same, so they are here, with the reason; not for dnf5 and zypper, which list none.
 *
 * dnf takes all packages that obsolete one, zypper one of them. `obsoletes=0` keeps neither dnf 4 nor dnf5 from it in an upgrade of
 * everything; yum heeds it.
 */
export function findSuccessors(installed: InstalledIndex, offers: RpmOffers, policy: RpmPolicy): Succession[] {
  if (policy.tool === 'yum' && !policy.obsoletes) return []

  const listsAll = policy.tool === 'dnf4' || policy.tool === 'yum'
  const found: Succession[] = []
  for (const name of installed.names()) {
    const obsoleters = offers.findObsoleters(name)
    if (obsoleters.length === 0 || offers.isPinned(name)) continue
    for (const index of installed.ofName(name)) {
      const old = installed.packages[index]!
      if (offers.isExcluded(old)) continue
      const successors = obsoleters.flatMap((other) => chooseSuccessor(old, other, installed, offers, policy) ?? [])
      const judged = successors.map((placed) => ({ index, placed, beatenBy: judgeOwn(old, placed, offers, policy) }))
      const listed = listsAll ? judged : judged.filter(({ beatenBy }) => beatenBy === null)
      found.push(...(policy.tool === 'zypper' ? preferProvider(old, listed) : listed))
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
  const obsoleting = listSeen(offers.find(name), policy).filter(
    ({ offer }) => obsoletes(offer, old) && isNew(offer, installed),
  )
  const [highest] = obsoleting
  if (highest === undefined) return null

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

/** Of a name the offers that a run chooses from. */
function listSeen({ visible, preferred }: NamedOffers, { tool }: RpmPolicy): readonly PlacedOffer[] {
  return tool === 'zypper' ? visible : preferred
}

function obsoletes({ relations }: RpmOffer, old: Evr & { readonly name: string }): boolean {
  const named = { name: old.name, operator: '=', evr: formatEvr(old) } as const
  return relations.obsoletes.some((relation) => relation.name === old.name && satisfies(named, relation))
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
  return obsoletes(successor.offer, newest.offer) && !obsoletes(newest.offer, successor.offer) ? null : 'dependency'
}

/** Of several successors the first that provides the old name, else the first. */
function preferProvider(old: RpmPackage, successors: readonly Succession[]): readonly Succession[] {
  const provider = successors.find(({ placed }) =>
    placed.offer.relations.provides.some(({ name }) => name === old.name),
  )
  return provider === undefined ? successors.slice(0, 1) : [provider]
}
