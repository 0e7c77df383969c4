import type { HoldReason } from '../../update.ts'
import type { RpmOffer, RpmPolicy } from '../model.ts'
import { compareEvr } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import type { Candidate } from './candidates.ts'
import type { IsInstallOnly } from './install-only.ts'
import type { InstalledIndex } from './installed-index.ts'
import { readLocks } from './locks.ts'
import type { Locks } from './locks.ts'
import type { PlacedOffer, RpmOffers } from './offers.ts'
import type { Succession } from './replacements.ts'
import { runUpgrade } from './upgrade-run.ts'
import type { Change } from './change.ts'
import { isForbiddenVendor } from './vendors.ts'

/** How often a run is looked at again without replacements that are not possible. */
const MAX_ROUNDS = 10

export interface PlanInput {
  readonly installed: InstalledIndex
  readonly offers: RpmOffers
  readonly policy: RpmPolicy
  readonly isInstallOnly: IsInstallOnly
  readonly candidates: readonly Candidate[]
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
 * What an upgrade run of the machine's tool takes: candidates that configuration lets it take, less what dependencies do not allow. A
 * replaced package's own update is not taken. A replacement that dependencies do not allow is tried without.
 */
export function planUpgrade(input: PlanInput): Plan {
  const reasons = new Map<Candidate, readonly HoldReason[]>()
  const wanted: Candidate[] = []
  for (const candidate of input.candidates) {
    const before = listReasons(candidate, input)
    if (before.length > 0) reasons.set(candidate, before)
    else wanted.push(candidate)
  }

  let successions = input.successions.filter(
    (succession) => succession.beatenBy === null && !isVendorForbidden(succession, input),
  )
  for (let round = 1; ; round += 1) {
    const { changes, ofCandidate, ofSuccession, replaced } = listChanges(wanted, successions, input)
    const outcome = runUpgrade({ ...input, changes })
    const remaining = successions.filter((succession) => !outcome.blocked.has(ofSuccession.get(succession)!))
    // Where the run without a replacement would be another one, it is looked at again.
    if (remaining.length < successions.length && outcome.complete && round < MAX_ROUNDS) {
      successions = remaining
      continue
    }

    for (const candidate of wanted) {
      const change = ofCandidate.get(candidate)
      if (change !== undefined && outcome.blocked.has(change)) reasons.set(candidate, ['dependency'])
      if (change === undefined) reasons.set(candidate, [replaced.has(candidate) ? 'needs-new-package' : 'dependency'])
    }
    const taken = new Set(remaining)
    const isBlocked = (candidate: Candidate) => outcome.blocked.has(ofCandidate.get(candidate)!)
    return {
      reasonsOf: (candidate) => reasons.get(candidate) ?? [],
      reasonsOfSuccession: (succession) =>
        taken.has(succession)
          ? []
          : [succession.beatenBy ?? (isVendorForbidden(succession, input) ? 'vendor' : 'dependency')],
      brokenCount: wanted.filter(isBlocked).length,
      complete: outcome.complete,
    }
  }
}

interface ListedChanges {
  readonly changes: readonly Change[]
  readonly ofCandidate: ReadonlyMap<Candidate, Change>
  readonly ofSuccession: ReadonlyMap<Succession, Change>
  readonly replaced: ReadonlySet<Candidate>
}

/** Where one installed package has several candidates (of other architectures), the run takes the best. */
function listChanges(
  wanted: readonly Candidate[],
  successions: readonly Succession[],
  input: PlanInput,
): ListedChanges {
  const { installed, offers, isInstallOnly } = input
  const going = new Set(successions.map(({ index }) => installed.packages[index]))
  const replaced = new Set(wanted.filter((candidate) => going.has(candidate.installed)))
  const changes = new Map<RpmOffer, { placed: PlacedOffer; removes: Set<number> }>()
  const ofCandidate = new Map<Candidate, Change>()
  const rank = ({ installed: old, placed }: Candidate) =>
    placed.offer.architecture === old.architecture ? -1 : (offers.architectures.rank(placed.offer.architecture) ?? 0)
  const best = wanted.toSorted((a, b) => compareEvr(b.placed.offer, a.placed.offer) || rank(a) - rank(b))
  const covered = new Set<number>()
  for (const candidate of best) {
    const { placed } = candidate
    if (replaced.has(candidate)) continue
    const removes = isInstallOnly(placed.offer) ? [] : listUpgraded(placed, installed)
    if (removes.some((index) => covered.has(index))) continue
    for (const index of removes) covered.add(index)
    const change = { placed, removes: new Set(removes) }
    changes.set(placed.offer, change)
    ofCandidate.set(candidate, change)
  }

  const ofSuccession = new Map<Succession, Change>()
  for (const succession of successions) {
    const { index, placed } = succession
    // The same offer may be the update of a package that is installed under its name.
    const known = changes.get(placed.offer)
    const change = known ?? {
      placed,
      removes: new Set(isInstallOnly(placed.offer) ? [] : listUpgraded(placed, installed)),
    }
    change.removes.add(index)
    changes.set(placed.offer, change)
    ofSuccession.set(succession, change)
  }
  return { changes: [...changes.values()], ofCandidate, ofSuccession, replaced }
}

/** Places of the installed packages that go when it comes. */
function listUpgraded({ offer }: PlacedOffer, installed: InstalledIndex): number[] {
  return installed
    .ofName(offer.name)
    .filter((index) => isSameOrNoarch(installed.packages[index]!.architecture, offer.architecture))
}

/** What configuration, and not a dependency, keeps from an upgrade run though the tool lists it. */
function listReasons({ installed: old, placed }: Candidate, { offers, policy }: PlanInput): HoldReason[] {
  const reasons: HoldReason[] = []
  if (policy.tool === 'zypper') {
    const locks = zypperLocks(policy)
    if ([old, placed.offer].some((version) => locks.forbids(version, placed.source.section))) reasons.push('held')
    if (!isSameOrNoarch(old.architecture, placed.offer.architecture)) reasons.push('dependency')
    const better = offers
      .find(old.name)
      .visible.some(
        ({ offer, source }) =>
          source.priority < placed.source.priority &&
          isSameOrNoarch(old.architecture, offer.architecture) &&
          compareEvr(old, offer) < 0,
      )
    if (better) reasons.push('pinned')
  }
  if (isForbiddenVendor(policy, old.vendor, placed.offer.vendor)) reasons.push('vendor')
  return reasons
}

function isVendorForbidden({ index, placed }: Succession, { installed, policy }: PlanInput): boolean {
  return isForbiddenVendor(policy, installed.packages[index]!.vendor, placed.offer.vendor)
}

const readLocksOf = new WeakMap<RpmPolicy, Locks>()

function zypperLocks(policy: RpmPolicy): Locks {
  let locks = readLocksOf.get(policy)
  if (locks === undefined) {
    readLocksOf.set(policy, (locks = readLocks(policy.locks, policy.tool, { names: () => [], find: () => [] })))
  }
  return locks
}
