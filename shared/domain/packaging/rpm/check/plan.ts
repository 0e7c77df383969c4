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
 * replaced package's own update is not taken. A replacement that dependencies do not allow is tried without.
 */
export function planUpgrade(input: PlanInput): Plan {
  let successions = input.successions.filter(
    (succession) => succession.beatenBy === null && !isVendorForbidden(succession, input),
  )
  for (let round = 1; ; round += 1) {
    const { changes, ofPackage, ofSuccession } = listChanges(successions, input)
    const { taken, complete } = runUpgrade({ ...input, changes })
    const remaining = successions.filter((succession) => isTaken(ofSuccession.get(succession), succession, taken))
    // Where the run without a replacement would be another one, it is looked at again.
    if (remaining.length < successions.length && complete && round < MAX_ROUNDS) {
      successions = remaining
      continue
    }

    const replaced = new Set(remaining.map(({ index }) => input.installed.packages[index]!))
    const judge = (candidate: Candidate): readonly HoldReason[] => {
      const change = ofPackage.get(candidate.installed)
      const reasons = listReasons(candidate, input)
      if (reasons.length > 0) return reasons
      if (replaced.has(candidate.installed)) return ['needs-new-package']
      return isTaken(change, candidate, taken) ? [] : ['dependency']
    }
    const isBroken = (candidate: Candidate) => {
      const change = ofPackage.get(candidate.installed)
      return change?.options[0]?.offer === candidate.placed.offer && !isTaken(change, candidate, taken)
    }
    const able = new Set(remaining)
    return {
      reasonsOf: judge,
      reasonsOfSuccession: (succession) =>
        able.has(succession)
          ? []
          : [succession.beatenBy ?? (isVendorForbidden(succession, input) ? 'vendor' : 'dependency')],
      brokenCount: input.candidates.filter(isBroken).length,
      complete,
    }
  }
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
function listChanges(successions: readonly Succession[], input: PlanInput): ListedChanges {
  const { installed, policy } = input
  const going = new Set(successions.map(({ index }) => installed.packages[index]!))
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
  for (const succession of successions) {
    const { index, placed } = succession
    // The same offer may be the update of a package that is installed under its name.
    const change = first.get(placed.offer) ?? { options: [placed], removes: listRemoved(placed.offer, input) }
    change.removes.add(index)
    first.set(placed.offer, change)
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
  if (isOutranked(old, placed, input)) reasons.push('pinned')
  return reasons
}

function isVendorForbidden({ index, placed }: Succession, { installed, policy }: PlanInput): boolean {
  return isForbiddenVendor(policy, installed.packages[index]!.vendor, placed.offer.vendor)
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
