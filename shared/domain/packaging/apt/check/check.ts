import { plural } from '../../../text.ts'
import { listUnknowns } from '../../list-unknowns.ts'
import { shareOffers } from '../../share-offers.ts'
import type { Snapshot } from '../../package-system.ts'
import type { CheckOutcome, HoldReason, LocalPackage, Update } from '../../update.ts'
import { findCandidate } from './candidate.ts'
import type { CandidateRules } from './candidate.ts'
import { isDeferred, judgePhasing } from './deferral.ts'
import type { AptPackage, AptSnapshot } from '../model.ts'
import { openOffers } from './offers.ts'
import type { AptCheckInput, Offers } from './offers.ts'
import { warnOfPolicy } from './policy-warnings.ts'
import { judgeSignificance } from './significance.ts'
import type { Offered } from './unit.ts'
import { planUpgrade } from './upgrade-run.ts'
import type { PlannedChange } from './upgrade-run.ts'
import type { ListOrigin, OfferedVersion } from './version-list.ts'

const openShared = shareOffers(openOffers)

/**
 * The updates of one machine: every installed package whose candidate, by apt's own rules, is newer than what is installed – entry for
 * entry what `apt list --upgradable` says – and for each whether `apt upgrade` would take it now.
 *
 * `local` are installed packages whose name no list offers under their architecture, in any version (`all` counts as the native one):
 * nobody can say whether they are outdated. That holds for packages of a foreign architecture without an index too. A package
 * that is offered, only not in the installed version, is not local.
 *
 * `unknowns` name what the answer lacks; the updates that the other repositories give are listed all the same.
 */
export function checkApt(input: AptCheckInput): CheckOutcome {
  const offers = openShared(input)
  const population = offers.openPopulation()
  const tooLong = new Set<string>()
  const rules = rulesFor(input, offers, tooLong)
  const machine = { features: offers.features, phasing: input.policy.phasing, machineId: input.machineId }
  const local: LocalPackage[] = []
  const changes: FoundChange[] = []
  const { packages } = input.inventory
  const numbers = population.findInstalled(input.inventory)
  const { isNewest } = population.units.columns

  for (let index = 0; index < numbers.length; index += 1) {
    if (isNewest[numbers[index]!] === 1 && !offers.priorities.allowDowngrades) continue

    const installed = packages[index]!
    const { architecture, offered } = population.unitAt(numbers[index]!)
    const { versions, place } = offered!
    if (versions.length === 0) {
      local.push({ name: installed.name, architecture: installed.architecture, installed: installed.version })
      continue
    }
    const candidate =
      offered!.candidate === undefined
        ? findCandidateOf(installed, { architecture, offered: offered!, rules, tooLong })
        : offered!.candidate
    if (candidate === null) continue

    const phasing = judgePhasing(versions, place, candidate, machine)
    changes.push({ installed, index, candidate, phasing, newer: versions.slice(0, place.at) })
  }

  // A downgrade is no update, but an upgrade run would do it, and other packages depend on what it leaves.
  const isUpdate = ({ newer, candidate }: FoundChange) => newer.includes(candidate)
  const reasons = changes.some(isUpdate)
    ? planUpgrade(packages, changes, { installed: numbers, offers, population, rules })
    : []
  const updates = changes.flatMap((change, index) =>
    isUpdate(change) ? [describeUpdate(change, reasons[index] ?? [])] : [],
  )
  return {
    packages: packages.length,
    updates: updates.toSorted(byNameAndArchitecture),
    local: local.toSorted(byNameAndArchitecture),
    warnings: listWarnings(input, offers),
    unknowns: [
      ...new Set([...listUnknowns(input), ...offers.priorities.unknowns]),
      ...(tooLong.size === 0 ? [] : [describeTooLong(tooLong)]),
    ],
  }
}

/** Remembers it, unless it depends on the machine or there is something to say of it. */
function findCandidateOf(
  installed: AptPackage,
  of: { architecture: string; offered: Offered; rules: CandidateRules; tooLong: ReadonlySet<string> },
): OfferedVersion | null {
  const { architecture, offered, rules, tooLong } = of
  const candidate = findCandidate(offered.versions, installed, architecture, offered.place, rules)
  if (!rules.isPersonal && !tooLong.has(installed.name)) offered.candidate = candidate
  return candidate
}

interface FoundChange extends PlannedChange {
  /** Versions above the installed one. */
  readonly newer: readonly OfferedVersion[]
}

/** True when some list offers a phased version: then the outcome depends on the machine-id. */
export function aptDependsOnIdentity(snapshots: readonly (Snapshot | null)[]): boolean {
  return snapshots.some((snapshot) => (snapshot as AptSnapshot | null)?.lists.some(({ phased }) => phased) === true)
}

/** `tooLong` gathers the packages whose pins are not looked for. */
function rulesFor(input: AptCheckInput, offers: Offers, tooLong: Set<string>): CandidateRules {
  const { phasing } = input.policy
  const { priorities } = offers
  return {
    priorities: {
      ...priorities,
      ofVersion: (version) => {
        if (!priorities.isTooLong(version)) return priorities.ofVersion(version)

        tooLong.add(version.name)
        return null
      },
    },
    statusPriority: offers.statusPriority,
    isPersonal: offers.features.phasing === 'priority',
    isLowered: (version) => offers.features.phasing === 'priority' && isDeferred(version, phasing, input.machineId),
  }
}

function describeUpdate(update: FoundChange, heldBackBy: readonly HoldReason[]): Update {
  const { installed, candidate } = update
  const { kind, significanceFrom } = judgeSignificance(update.newer, candidate)
  // In the order of the schema: a stored outcome that was read again is written as the same bytes.
  return {
    name: installed.name,
    // Of the installed version, as apt prints it; the candidate's may be `all` where this is not, and the other way round.
    architecture: installed.architecture,
    installed: installed.version,
    candidate: candidate.version,
    kind,
    severity: 'unknown',
    significanceFrom,
    source: candidate.offer.source,
    sourceVersion: candidate.offer.sourceVersion,
    repository: bestOrigin(candidate).title,
    installable: heldBackBy.length === 0,
    heldBackBy: [...heldBackBy],
  }
}

/** Of several lists that offer it the one with the highest priority, of equal ones the first. */
function bestOrigin(version: OfferedVersion): ListOrigin {
  return version.origins.reduce((best, origin) => (origin.priority > best.priority ? origin : best))
}

function listWarnings(input: AptCheckInput, offers: Offers): string[] {
  const ofSnapshots = input.sources.flatMap(({ repository, snapshot }) =>
    (snapshot?.warnings ?? []).map((warning) => `${repository.title}: ${warning}`),
  )
  return [...new Set([...ofSnapshots, ...offers.priorities.warnings, ...warnOfPolicy(input, offers)])]
}

function describeTooLong(names: ReadonlySet<string>): string {
  const [first = ''] = names
  const shown = first.length > 60 ? `${first.slice(0, 60)}…` : first
  return `etc/apt/preferences: the patterns take too long on ${plural(names.size, 'package')}, the first: ${shown}`
}

function byNameAndArchitecture(
  a: { name: string; architecture: string },
  b: { name: string; architecture: string },
): number {
  return compareText(a.name, b.name) || compareText(a.architecture, b.architecture)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
