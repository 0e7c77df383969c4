import type { HoldReason } from '../../update.ts'
import type { RpmOffer, RpmPackage, RpmPolicy } from '../model.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { Candidate } from './candidates.ts'
import type { Change } from './change.ts'
import type { IsInstallOnly } from './install-only.ts'
import type { InstalledIndex } from './installed-index.ts'
import { readLocks } from './locks.ts'
import type { Locks } from './locks.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'
import { isOutranked, listOptions } from './options.ts'
import type { Succession } from './replacements.ts'
import { isFollowed, listRoutes, readTaken } from './routes.ts'
import type { Route } from './routes.ts'
import { runUpgrade } from './upgrade-run.ts'
import { isForbiddenVendor } from './vendors.ts'

/** How often a run is looked at again without replacements that are not possible. */
const MAX_ROUNDS = 10

export interface PlanInput {
  readonly installed: InstalledIndex
  readonly offers: RpmOffers
  readonly policy: RpmPolicy
  readonly isInstallOnly: IsInstallOnly
  readonly candidates: readonly Candidate[]
  /** What dnf 4 takes without listing it. */
  readonly unlisted: readonly Candidate[]
  readonly successions: readonly Succession[]
}

export interface Plan {
  /** Why an upgrade run does not take it; empty: it does. */
  reasonsOf(candidate: Candidate): readonly HoldReason[]
  reasonsOfSuccession(succession: Succession): readonly HoldReason[]
  /** How many candidates only dependencies keep back. */
  readonly brokenCount: number
  readonly complete: boolean
}

/**
 * What an upgrade run of the machine's tool takes: of what configuration allows the best, less what dependencies do not allow. A
 * replaced package's own update is not taken. A replacement that dependencies do not allow is tried without, and one that the own
 * update beats is tried where that update cannot come.
 */
export function planUpgrade(input: PlanInput): Plan {
  const { packages } = input.installed
  let active = input.successions.filter(({ beatenBy }) => beatenBy === null)
  const tried = new Set<Succession>()
  for (let round = 1; ; round += 1) {
    const routes = listRoutes(active, packages)
    const { changes, ofPackage, ofSuccession } = listChanges(routes, input)
    const { taken, complete } = runUpgrade({ ...input, changes })
    const takenFor = readTaken(ofSuccession, taken)
    const followed = routes
      .filter((route) => isFollowed(route, packages[route.succession.index]!.name, takenFor))
      .map(({ succession }) => succession)
    const isLast = !complete || round >= MAX_ROUNDS
    // Where the run without a replacement would be another one, it is looked at again.
    if (followed.length < routes.length && !isLast) {
      active = followed
      continue
    }
    const late = input.successions.filter((succession) => {
      const change = ofPackage.get(packages[succession.index]!)
      const isBeaten = succession.beatenBy === 'dependency' && !tried.has(succession)
      return isBeaten && change !== undefined && taken(change) === null
    })
    if (late.length > 0 && !isLast) {
      for (const succession of late) tried.add(succession)
      active = [...followed, ...late]
      continue
    }

    const replaced = new Set(followed.map(({ index }) => packages[index]!))
    const judge = (candidate: Candidate): readonly HoldReason[] => {
      const reasons = listReasons(candidate, input)
      if (reasons.length > 0) return reasons
      if (replaced.has(candidate.installed)) return ['needs-new-package']
      return isTaken(ofPackage.get(candidate.installed), candidate, taken) ? [] : ['dependency']
    }
    const isBroken = (candidate: Candidate) => {
      const change = ofPackage.get(candidate.installed)
      return change?.options[0]?.offer === candidate.placed.offer && !isTaken(change, candidate, taken)
    }
    const able = new Set(followed.filter((succession) => takenFor(succession) === succession.placed.offer))
    return {
      reasonsOf: judge,
      reasonsOfSuccession: (succession) => (able.has(succession) ? [] : [whyNot(succession, input)]),
      brokenCount: input.candidates.filter(isBroken).length,
      complete,
    }
  }
}

function whyNot(succession: Succession, input: PlanInput): HoldReason {
  return succession.beatenBy ?? (isVendorForbidden(succession, succession.placed, input) ? 'vendor' : 'dependency')
}

function isTaken(
  change: Change | undefined,
  { placed }: { readonly placed: PlacedOffer },
  taken: (change: Change) => RpmOffer | null,
): boolean {
  return change !== undefined && taken(change) === placed.offer
}

interface ListedChanges {
  readonly changes: readonly Change[]
  readonly ofPackage: ReadonlyMap<RpmPackage, Change>
  readonly ofSuccession: ReadonlyMap<Succession, Change>
}

/** One change for each installed package that has something newer, and one for each package that takes the place of others. */
function listChanges(routes: readonly Route[], input: PlanInput): ListedChanges {
  const { installed, policy } = input
  const going = new Set(routes.map(({ succession }) => installed.packages[succession.index]!))
  const ofPackage = new Map<RpmPackage, MutableChange>()
  const first = new Map<RpmOffer, MutableChange>()
  for (const { installed: old, placed } of [...input.candidates, ...input.unlisted]) {
    if (going.has(old) || ofPackage.has(old) || isLocked(old, placed, policy)) continue
    const options = listOptions(old, input)
    const best = options[0]
    if (best === undefined) continue

    const change = first.get(best.offer) ?? { options, removes: listRemoved(best.offer, input) }
    first.set(best.offer, change)
    ofPackage.set(old, change)
  }

  const ofSuccession = new Map<Succession, Change>()
  for (const { succession, options } of routes) {
    const [best] = options
    if (best === undefined) continue
    // The same offer may be the update of a package that is installed under its name.
    const change = first.get(best.offer) ?? { options, removes: listRemoved(best.offer, input) }
    change.removes.add(succession.index)
    first.set(best.offer, change)
    ofSuccession.set(succession, change)
  }
  return { changes: [...first.values()], ofPackage, ofSuccession }
}

interface MutableChange extends Change {
  readonly removes: Set<number>
}

/** Places of the installed packages that go when it comes. */
function listRemoved(offer: RpmOffer, { installed, isInstallOnly }: PlanInput): Set<number> {
  if (isInstallOnly(offer)) return new Set()
  return new Set(
    installed
      .ofName(offer.name)
      .filter((index) => isSameOrNoarch(installed.packages[index]!.architecture, offer.architecture)),
  )
}

/** What configuration, and not a dependency, keeps from an upgrade run though the tool lists it. */
function listReasons({ installed: old, placed }: Candidate, input: PlanInput): HoldReason[] {
  const { policy } = input
  const reasons: HoldReason[] = []
  if (isLocked(old, placed, policy)) reasons.push('held')
  if (!isSameOrNoarch(old.architecture, placed.offer.architecture)) reasons.push('dependency')
  if (isForbiddenVendor(policy, old.vendor, placed.offer.vendor)) reasons.push('vendor')
  if (listReplaced(old, placed, input).some((other) => isOutranked(other, placed, input))) reasons.push('pinned')
  return reasons
}

/** Where a package is there in several versions, a run of zypper replaces them all, and each must be free to move. */
function listReplaced(old: RpmPackage, { offer }: PlacedOffer, input: PlanInput): readonly RpmPackage[] {
  if (input.policy.tool !== 'zypper') return [old]
  const replaced = [...listRemoved(offer, input)].map((index) => input.installed.packages[index]!)
  return replaced.length === 0 ? [old] : replaced
}

function isVendorForbidden({ index }: Succession, { offer }: PlacedOffer, { installed, policy }: PlanInput): boolean {
  return isForbiddenVendor(policy, installed.packages[index]!.vendor, offer.vendor)
}

/** zypper lists what its locks keep from being taken; of what dnf's locks hide nothing comes here. */
function isLocked(old: RpmPackage, { offer, source }: PlacedOffer, policy: RpmPolicy): boolean {
  if (policy.tool !== 'zypper' || policy.locks.length === 0) return false

  let locks = zypperLocks.get(policy)
  if (locks === undefined) {
    locks = readLocks(policy.locks, policy.tool, { names: () => [], find: () => [] })
    zypperLocks.set(policy, locks)
  }
  return locks.forbids(old, '') || locks.forbids(offer, source.section)
}

const zypperLocks = new WeakMap<RpmPolicy, Locks>()
