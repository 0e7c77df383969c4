import { plural } from '../../../text.ts'
import { listUnknowns } from '../../list-unknowns.ts'
import { shareOffers } from '../../share-offers.ts'
import type { CheckOutcome, HoldReason, Update } from '../../update.ts'
import type { RpmPackage } from '../model.ts'
import { formatEvr } from '../version.ts'
import { isSameOrNoarch } from './architectures.ts'
import { chooseForDnf, chooseForZypper, findHidden, findOutranked } from './candidates.ts'
import type { Candidate, HiddenCandidate } from './candidates.ts'
import { describeRestart, readInstallOnly } from './install-only.ts'
import { indexInstalled } from './installed-index.ts'
import type { InstalledIndex } from './installed-index.ts'
import { openOffers } from './offers.ts'
import type { NamedOffers, RpmCheckInput, RpmOffers } from './offers.ts'
import { planUpgrade } from './plan.ts'
import type { Plan } from './plan.ts'
import { findSuccessors } from './replacements.ts'
import { describeReplacement, describeUpdate } from './update-entry.ts'

const openShared = shareOffers(openOffers)

/**
 * The updates of one machine: entry for entry what its own tool lists – `dnf check-update`, `dnf5 check-upgrade` or `zypper list-updates -a`
 * – and for each whether an upgrade run would take it.
 *
 * `hidden` are newer versions that the machine's configuration keeps from that list, `replacements` the packages that a run replaces by
 * packages of other names, `local` those that no repository of the machine offers in any version, for which nobody can say
 * whether they are outdated. `unknowns` name what the answer lacks; a repository that is not there is among them even where the
 * machine itself would go on without it.
 */
export function checkRpm(input: RpmCheckInput): CheckOutcome {
  const { policy } = input
  const offers = openShared(input)
  const installed = indexInstalled(input.inventory.packages)
  const candidates: Candidate[] = []
  const hidden: HiddenCandidate[] = []
  const unlisted: HiddenCandidate[] = []
  const local: RpmPackage[] = []
  for (const name of installed.names()) {
    const group = installed.ofName(name).map((index) => installed.packages[index]!)
    const named = offers.find(name)
    local.push(...listLocal(group, named, policy.tool === 'zypper'))
    if (policy.tool === 'zypper') candidates.push(...chooseForZypper(group, named, offers.architectures))
    else candidates.push(...chooseForDnf(group, named))
    hidden.push(...findHidden(group, named))
    if (policy.tool === 'dnf4' || policy.tool === 'yum') unlisted.push(...findOutranked(group, named))
  }

  const successions = findSuccessors(installed, offers, policy)
  const isInstallOnly = readInstallOnly(policy.installOnly)
  const plan = planUpgrade({ installed, offers, policy, isInstallOnly, candidates, unlisted, successions })
  const replaced = new Set(successions.map(({ index }) => installed.packages[index]!))
  const strangers = local.filter((old) => !replaced.has(old))
  const describe = (candidate: Candidate, reasons: readonly HoldReason[]): Update =>
    describeUpdate(candidate, reasons, offers, policy)
  return {
    packages: installed.packages.length,
    updates: candidates.map((candidate) => describe(candidate, plan.reasonsOf(candidate))).toSorted(byName),
    local: strangers
      .map((old) => ({ name: old.name, architecture: old.architecture, installed: formatEvr(old) }))
      .toSorted(byName),
    hidden: [...hidden, ...unlisted].map((candidate) => describe(candidate, candidate.placed.reasons)).toSorted(byName),
    replacements: successions
      .map((succession) =>
        describeReplacement(succession, plan.reasonsOfSuccession(succession), { installed, offers, policy }),
      )
      .toSorted((a, b) => byName(a, b) || compareText(a.replacedBy, b.replacedBy)),
    warnings: listWarnings(input, { offers, installed, plan }),
    unknowns: [...listUnknowns(input), ...listContradictions(offers), ...doubtStrangers(input, strangers, installed)],
  }
}

/** Repositories of another distribution or architecture, or empty ones, know none of it: that must not read as "nothing newer". */
function doubtStrangers(input: RpmCheckInput, strangers: readonly RpmPackage[], installed: InstalledIndex): string[] {
  const hasAny = input.sources.some(({ snapshot }) => snapshot !== null)
  if (!hasAny || strangers.length === 0 || strangers.length < installed.packages.length) return []

  return [
    'No repository of the machine offers any of its packages: they may be for another system or architecture, or empty.',
  ]
}

function listContradictions({ modules }: RpmOffers): string[] {
  return (modules?.contradictions ?? []).map(
    (contradiction) =>
      `etc/dnf/modules.d: enabled streams contradict each other (${contradiction}): which one counts is not known.`,
  )
}

/** Those that no offer, hidden or not, could be an update of. zypper compares a name across architectures. */
function listLocal(
  group: readonly RpmPackage[],
  { visible, hidden }: NamedOffers,
  acrossArchitectures: boolean,
): RpmPackage[] {
  const offered = [...visible, ...hidden]
  if (acrossArchitectures && offered.length > 0) return []
  return group.filter(
    ({ architecture }) => !offered.some(({ offer }) => isSameOrNoarch(architecture, offer.architecture)),
  )
}

interface Found {
  readonly offers: RpmOffers
  readonly installed: InstalledIndex
  readonly plan: Plan
}

function listWarnings(input: RpmCheckInput, { offers, installed, plan }: Found): string[] {
  const { inventory, policy, sources } = input
  const warnings = sources.flatMap(({ repository, snapshot }) =>
    (snapshot?.warnings ?? []).map((warning) => `${repository.title}: ${warning}`),
  )
  if (sources.some(({ snapshot }) => snapshot !== null) && !offers.hasAdvisories) {
    warnings.push('No repository of the machine publishes advisories: what its updates are for is not known.')
  }
  if (!installed.hasRelations) {
    warnings.push('The evidence says nothing of dependencies: whether they allow the updates was not looked at.')
  }
  if (!plan.complete) warnings.push('The dependencies of the updates were too entangled to be followed to their end.')
  if (plan.brokenCount > 0 && policy.best && policy.tool !== 'zypper') {
    const broken = plural(plan.brokenCount, 'update')
    warnings.push(`With best=True an upgrade of everything fails as a whole: dependencies do not allow ${broken}.`)
  }
  const restart = describeRestart(inventory.packages, inventory.runningKernel)
  return [...new Set(restart === null ? warnings : [...warnings, restart])]
}

function byName(a: { name: string; architecture: string }, b: { name: string; architecture: string }): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
