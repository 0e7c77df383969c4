import type { HoldReason } from '../../update.ts'
import type { CandidateRules } from './candidate.ts'
import type { Phasing } from './deferral.ts'
import { openMarking } from './marking.ts'
import type { AptPackage } from '../model.ts'
import type { Offers } from './offers.ts'
import { acceptsVersion } from './relations.ts'
import type { SharedRelations } from './shared-relations.ts'
import { openStanding } from './standing.ts'
import type { Slot, Standing, Trouble, Unit } from './standing.ts'
import type { OfferedVersion } from './version-list.ts'

/** What policy found for one installed package: another version, newer as a rule. */
export interface PlannedChange {
  readonly installed: AptPackage
  /** Of the installed package in the inventory. */
  readonly index: number
  readonly candidate: OfferedVersion
  readonly phasing: Phasing
}

/** An installed package, and the offered version that it is installed in; null: none offers it. */
export interface PlacedPackage {
  readonly installed: AptPackage
  readonly offered: OfferedVersion | null
}

/**
 * What `apt upgrade` (new packages allowed, removals not) would do with the updates: for each the reasons why it would not take it,
 * none where it would. No solver: everything that may be upgraded is, with the new packages that it needs; then whatever cannot stand
 * goes back to what is installed, and so does what makes an installed package break, until nothing changes any more. Versions that
 * siblings demand of each other (`= version`, Multi-Arch: same) fall back together that way.
 */
export function planUpgrade(
  packages: readonly PlacedPackage[],
  changes: readonly PlannedChange[],
  offers: Offers,
  rules: CandidateRules,
): readonly (readonly HoldReason[])[] {
  if (changes.every((change) => listHolds(change).length > 0)) return changes.map(listHolds)

  const shared = offers.shareRelations()
  const standing = openStanding(offers.native, shared.countNames())
  const slots = packages.map((placed) => addInstalled(standing, placed, shared))
  // apt repairs before it upgrades: where an installed package cannot stand, it refuses to upgrade anything.
  const refuseAll = () => changes.map((change): HoldReason[] => [...listHolds(change), 'dependency'])
  if (slots.some((slot) => slot.installed !== null && standing.findTrouble(slot.installed) !== null)) return refuseAll()

  const tried = changes.map((change) => addCandidate(standing, slots[change.index]!, change, shared))
  const free = tried.filter((_, at) => !changes[at]!.installed.held)
  const waiting = new Set(tried.filter((_, at) => changes[at]!.phasing.waits))
  const fresh = openMarking(standing, offers, shared, rules).markAll(free, waiting)
  // Phasing has the last word on what was marked all the same.
  for (const [at, { phasing }] of changes.entries()) if (phasing.isKept) tried[at]!.now = tried[at]!.installed

  const fallen = fallBack(standing, { slots, tried, fresh, names: shared.countNames() }, offers)
  // Nobody can tell: then nothing is said to be installable.
  if (standing.isExhausted()) return refuseAll()

  return changes.map((change, at) => {
    const slot = tried[at]!
    const holds = listHolds(change)
    if (slot.now === slot.candidate || holds.length > 0) return holds

    return [fallen.get(slot) ?? (change.phasing.waits ? 'phased' : 'dependency')]
  })
}

/** That under which apt files the package; the native one as the very text that `native` is. */
export function effectiveArchitecture({ architecture }: Pick<AptPackage, 'architecture'>, native: string): string {
  return architecture === 'all' || architecture === native ? native : architecture
}

function listHolds({ installed, phasing }: PlannedChange): HoldReason[] {
  return [...(installed.held ? ['held' as const] : []), ...(phasing.isKept ? ['phased' as const] : [])]
}

function addInstalled(standing: Standing, { installed, offered }: PlacedPackage, shared: SharedRelations): Slot {
  const { name, multiArch, source, sourceVersion } = installed
  const architecture = effectiveArchitecture(installed, standing.native)
  // The very text of the list and not one like it: it is compared thousands of times, and the same one is known at a glance.
  const version = offered?.version === installed.version ? offered.version : installed.version
  const { id, relations } = shared.readInstalled(installed, offered)
  const slot: Slot = { name, id, architecture, installed: null, candidate: null, now: null }
  const unit: Unit = { slot, version, multiArch, relations, source: `${source} ${sourceVersion}` }
  slot.installed = unit
  slot.now = unit
  standing.add(slot)
  standing.register(unit)
  return slot
}

function addCandidate(standing: Standing, slot: Slot, change: PlannedChange, shared: SharedRelations): Slot {
  const { version, offer } = change.candidate
  const relations = shared.read(slot.id, offer.relations)
  // A held one is never put into the plan, but others ask what it would be.
  slot.candidate = {
    slot,
    version,
    multiArch: offer.multiArch,
    relations,
    source: `${offer.source} ${offer.sourceVersion}`,
  }
  standing.register(slot.candidate)
  return slot
}

/** Takes back what cannot stand. Gives the reason for each update that fell back here. */
function fallBack(
  standing: Standing,
  plan: { slots: readonly Slot[]; tried: readonly Slot[]; fresh: readonly Slot[]; names: number },
  offers: Offers,
): ReadonlyMap<Slot, HoldReason> {
  const { slots, tried, fresh, names } = plan
  const reasons = new Map<Slot, HoldReason>()
  const mentions = findMentions([...slots, ...fresh], [...tried, ...fresh], names)
  const queue = new Set<Slot>([...tried, ...fresh])
  for (const mentioning of mentions.values()) for (const slot of mentioning) queue.add(slot)
  const touch = (slot: Slot) => {
    queue.add(slot)
    for (const id of namesOf(slot)) {
      const mentioning = mentions.get(id) ?? []
      standing.spend(mentioning.length)
      for (const other of standing.isExhausted() ? [] : mentioning) queue.add(other)
    }
  }
  const keep = (slot: Slot, reason: HoldReason) => {
    slot.now = slot.installed
    reasons.set(slot, reason)
    touch(slot)
  }

  for (const slot of queue) {
    queue.delete(slot)
    if (standing.isExhausted()) break

    const trouble =
      slot.now === null ? null : (standing.findTrouble(slot.now) ?? findDisappointment(slot, standing, offers))
    if (trouble === null) continue

    if (slot.now !== slot.installed) keep(slot, explain(trouble, standing, offers))
    else for (const culprit of findCulprits(slot, trouble, standing)) keep(culprit, 'dependency')
  }
  return reasons
}

/**
 * Where recommendations count, apt does not take what leaves one unfulfilled, unless one of the installed version is unfulfilled already.
 */
function findDisappointment(slot: Slot, standing: Standing, offers: Offers): Trouble | null {
  if (!offers.installRecommends || slot.now === null || slot.now === slot.installed) return null

  const group = standing.findUnmetRecommendation(slot.now, 'now')
  if (group === null) return null

  const isOldTrouble = slot.installed !== null && standing.findUnmetRecommendation(slot.installed, 'installed') !== null
  return isOldTrouble ? null : { kind: 'depends', group }
}

/**
 * Which slots say anything about the names of those that change: they have to be looked at again when one does. By the name's number,
 * of which there are `names`.
 */
function findMentions(
  slots: readonly Slot[],
  changing: readonly Slot[],
  names: number,
): ReadonlyMap<number, readonly Slot[]> {
  const mentions = new Map<number, Slot[]>()
  // Most names do not change: that is seen here without a look-up.
  const changes = new Uint8Array(names)
  for (const slot of changing) {
    for (const id of namesOf(slot)) {
      changes[id] = 1
      mentions.set(id, [])
    }
  }
  const note = (id: number, slot: Slot) => {
    if (changes[id] === 1) mentions.get(id)?.push(slot)
  }
  for (const slot of slots) {
    note(slot.id, slot)
    for (const id of slot.installed?.relations.mentioned ?? NO_IDS) note(id, slot)
    for (const id of slot.candidate?.relations.mentioned ?? NO_IDS) note(id, slot)
  }
  return mentions
}

const NO_IDS: readonly number[] = []

function namesOf(slot: Slot): readonly number[] {
  const provided = [slot.installed, slot.candidate].flatMap((unit) => unit?.relations.provides ?? [])
  return [slot.id, ...provided.map(({ id }) => id)]
}

/** Of what is missing, something is offered and not installed, but cannot be installed: that is named. The rest is not told apart. */
function explain(trouble: Trouble, standing: Standing, offers: Offers): HoldReason {
  if (trouble.kind !== 'depends') return 'dependency'

  const needsNew = trouble.group.some(
    (relation) =>
      standing.slotsNamed(relation.id).every(({ installed }) => installed === null) &&
      offers.find(relation.name, offers.native).some(({ version }) => acceptsVersion(relation, version)),
  )
  return needsNew ? 'needs-new-package' : 'dependency'
}

/** Which planned changes break an installed package that stays as it is: those take what it needs, or bring what it refuses. */
function findCulprits(slot: Slot, trouble: Trouble, standing: Standing): readonly Slot[] {
  const unit = slot.installed
  if (trouble.kind === 'malformed' || unit === null) return []

  const involved =
    trouble.kind === 'conflicts'
      ? trouble.slots
      : trouble.group.flatMap((relation) => standing.findTargets(relation, unit, 'installed'))
  return involved.filter((other) => other.now !== other.installed)
}
