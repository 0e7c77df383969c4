import type { HoldReason } from '../../update.ts'
import type { CandidateRules } from './candidate.ts'
import type { Phasing } from './deferral.ts'
import { fallBack } from './fall-back.ts'
import { lookOver } from './look-over.ts'
import { openMarking } from './marking.ts'
import type { AptPackage } from '../model.ts'
import type { Offers } from './offers.ts'
import type { Population } from './population.ts'
import { openPresence } from './presence.ts'
import { openStanding } from './standing.ts'
import type { OfferedVersion } from './version-list.ts'

/** What policy found for one installed package: another version, newer as a rule. */
export interface PlannedChange {
  readonly installed: AptPackage
  /** Of the installed package in the inventory. */
  readonly index: number
  readonly candidate: OfferedVersion
  readonly phasing: Phasing
}

/**
 * `machine.installed` are the numbers of the packages.
 *
 * What `apt upgrade` (new packages allowed, removals not) would do with the updates: for each the reasons why it would not take it,
 * none where it would. No solver: everything that may be upgraded is, with the new packages that it needs; then whatever cannot stand
 * goes back to what is installed, and so does what makes an installed package break, until nothing changes any more. Versions that
 * siblings demand of each other (`= version`, Multi-Arch: same) fall back together that way.
 */
export function planUpgrade(
  packages: readonly AptPackage[],
  changes: readonly PlannedChange[],
  machine: { installed: Int32Array; offers: Offers; population: Population; rules: CandidateRules },
): readonly (readonly HoldReason[])[] {
  if (changes.every((change) => listHolds(change).length > 0)) return changes.map(listHolds)

  const { installed, offers, population } = machine
  const refuseAll = () => changes.map((change): HoldReason[] => [...listHolds(change), 'dependency'])
  population.readInstalled(installed, packages)
  const presence = openPresence(population, installed)
  if (presence === null) return refuseAll()

  const standing = openStanding(offers.native, population, presence)
  const tried = changes.map(({ index, candidate }) => {
    const slot = presence.slotAt(index)
    // A held one is never put into the plan, but others ask what it would be.
    presence.propose(slot, population.findCandidate(slot.name, slot.architecture, candidate))
    return slot
  })
  const free = tried.filter((_, at) => !changes[at]!.installed.held)
  const waiting = new Set(tried.filter((_, at) => changes[at]!.phasing.waits))
  const fresh = openMarking(standing, machine).markAll(free, waiting)
  const looked = lookOver(standing)
  // apt repairs before it upgrades: where an installed package cannot stand, it refuses to upgrade anything.
  if (!looked.stands) return refuseAll()

  // Phasing has the last word on what was marked all the same.
  for (const [at, { phasing }] of changes.entries()) if (phasing.isKept) presence.put(tried[at]!, tried[at]!.installed)

  const fallen = fallBack(standing, { looked, tried, fresh }, offers)
  // Nobody can tell: then nothing is said to be installable.
  if (standing.isExhausted()) return refuseAll()

  return changes.map((change, at) => {
    const slot = tried[at]!
    const holds = listHolds(change)
    if (slot.now === slot.candidate || holds.length > 0) return holds

    return [fallen.get(slot) ?? (change.phasing.waits ? 'phased' : 'dependency')]
  })
}

function listHolds({ installed, phasing }: PlannedChange): HoldReason[] {
  return [...(installed.held ? ['held' as const] : []), ...(phasing.isKept ? ['phased' as const] : [])]
}
