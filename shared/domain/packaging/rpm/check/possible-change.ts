import type { RpmOffer, RpmPackage, RpmRelation } from '../model.ts'
import { compareEvr, satisfies } from '../version.ts'
import type { Change, RunInput } from './change.ts'
import type { Settling } from './upgrade-run.ts'
import { listSingles } from './upgrade-needs.ts'

type Looking = Omit<Settling, 'lost' | 'settled'>

/** May the change be made with that offer, beside all that is there? */
export function isPossible(change: Change, offer: RpmOffer, looking: Looking): boolean {
  const { input, world, needs } = looking
  if (listOutOfStep(change, offer, looking) !== null || !hasSister(offer, looking)) return false
  if (!input.installed.hasRelations) return true
  return (
    needs(offer).every(({ relation, rich }) => world.evaluate(relation, rich, offer) !== 'unmet') &&
    !world.presence.conflicts(offer, change.removes)
  )
}

/** Does anything at all, installed or offered, provide what it needs? Else it need not be tried. */
export function hasHope(offer: RpmOffer, { input, needs }: Pick<Settling, 'input' | 'needs'>): boolean {
  const { installed, offers } = input
  const isKnown = (wanted: RpmRelation) =>
    wanted.name.startsWith('/') ||
    installed.providing(wanted.name).some(({ relation }) => satisfies(relation, wanted)) ||
    offers.findProviders(wanted.name).some((placed) => provides(placed.offer, wanted))
  return needs(offer).every(({ relation, rich }) => rich !== null || relation.name.startsWith('(') || isKnown(relation))
}

/** Makes those give way that stand in the way of a settled change and are not settled themselves. false: there are none. */
export function repair(change: Change, offer: RpmOffer, settling: Settling): boolean {
  const outOfStep = listOutOfStep(change, offer, settling)
  if (outOfStep !== null) {
    return outOfStep.map((sibling) => bringInStep(sibling, offer, settling)).includes(true)
  }

  const { input, choices, world, needs, settled } = settling
  let isRepaired = false
  for (const { relation, rich } of needs(offer)) {
    if (world.evaluate(relation, rich, offer) !== 'unmet') continue
    for (const wanted of listSingles(relation, rich)) {
      if (lowerToProvider(wanted, settling)) isRepaired = true
    }
  }
  for (const other of input.changes) {
    const coming = other === change || settled.has(other) ? null : choices.current(other)
    if (coming === null || coming.name === offer.name) continue
    if (!offer.relations.conflicts.some((conflict) => provides(coming, conflict))) continue
    choices.lower(other)
    isRepaired = true
  }
  return isRepaired
}

/** The first change that has a later option which provides it, or that leaves what provides it, goes on to that. */
function lowerToProvider(wanted: RpmRelation, { input, choices, settled }: Settling): boolean {
  const { installed } = input
  const staying = new Set(
    installed
      .providing(wanted.name)
      .filter(({ relation }) => satisfies(relation, wanted))
      .map(({ index }) => index),
  )
  for (const change of input.changes) {
    if (settled.has(change)) continue
    const level = choices.levelOf(change)
    const found = change.options.findIndex(({ offer }, at) => at > level && provides(offer, wanted))
    const leaves = [...change.removes].some((index) => staying.has(index)) ? change.options.length : -1
    const target = found >= 0 ? found : leaves
    if (target <= level) continue
    while (choices.levelOf(change) < target) choices.lower(change)
    return true
  }
  return false
}

function bringInStep(sibling: number, offer: RpmOffer, { input, choices, settled }: Settling): boolean {
  for (const change of input.changes) {
    if (settled.has(change) || !change.removes.has(sibling)) continue
    const level = choices.levelOf(change)
    const found = change.options.findIndex((option, at) => at > level && compareEvr(option.offer, offer) === 0)
    if (found < 0) continue
    while (choices.levelOf(change) < found) choices.lower(change)
    return true
  }
  return false
}

/**
 * Of a name that is there for two architectures in one version both move to one version, or none does; with zypper none does. Places of the
 * others that do not move with it; null: it is in step.
 */
function listOutOfStep({ removes }: Change, offer: RpmOffer, { input, choices }: Looking): number[] | null {
  const { installed, changes, policy } = input
  if (input.isInstallOnly(offer) || offer.architecture === 'noarch') return null

  const out: number[] = []
  for (const index of installed.ofName(offer.name)) {
    const sibling = installed.packages[index]!
    if (removes.has(index) || sibling.architecture === 'noarch') continue
    if (policy.tool === 'zypper') return []

    const wasInStep = [...removes].some((other) => isSameVersion(installed.packages[other]!, sibling))
    const moves = changes.some((other) => {
      const coming = other.removes.has(index) ? choices.current(other) : null
      return coming !== null && compareEvr(coming, offer) === 0
    })
    if (wasInStep && !moves) out.push(index)
  }
  return out.length === 0 ? null : out
}

/** Where the same version is offered for a better architecture, dnf takes one for a worse only beside it (libsolv, "inferior architecture"). */
function hasSister(offer: RpmOffer, { input, world }: { input: RunInput; world: Settling['world'] }): boolean {
  const { architectures } = input.offers
  const rank = architectures.rank(offer.architecture)
  if (input.policy.tool === 'zypper' || rank === null || rank === 0 || offer.architecture === 'noarch') return true

  const { visible, preferred } = input.offers.find(offer.name)
  const sisters = (input.policy.tool === 'dnf5' ? preferred : visible).filter(
    (other) => (architectures.rank(other.offer.architecture) ?? rank) < rank && compareEvr(other.offer, offer) === 0,
  )
  return sisters.length === 0 || sisters.some((sister) => world.isThere(sister))
}

function isSameVersion(a: RpmPackage, b: RpmPackage): boolean {
  return a.name === b.name && compareEvr(a, b) === 0
}

function provides(offer: RpmOffer, wanted: RpmRelation): boolean {
  return offer.relations.provides.some((relation) => relation.name === wanted.name && satisfies(relation, wanted))
}
