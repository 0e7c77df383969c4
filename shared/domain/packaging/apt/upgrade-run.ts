import type { HoldReason } from '../update.ts'
import { findNewCandidate } from './candidate.ts'
import type { CandidateRules } from './candidate.ts'
import type { AptPackage } from './model.ts'
import type { Offers } from './offers.ts'
import { acceptsVersion } from './relations.ts'
import type { Relation } from './relations.ts'
import { makeUnit, openStanding } from './standing.ts'
import type { Slot, Standing, Trouble, Unit } from './standing.ts'
import type { OfferedVersion } from './version-list.ts'

/** An update that policy found, and what keeps it from being tried at all. */
export interface PlannedUpdate {
  readonly installed: AptPackage
  readonly architecture: string
  readonly candidate: OfferedVersion
  readonly heldBy: readonly HoldReason[]
}

/**
 * What `apt upgrade` (new packages allowed, removals not) would do with the updates: for each the reasons why it would not take it, none where it
 * would. No solver: everything that may be upgraded is, with the new packages that it needs; then whatever cannot stand goes
 * back to what is installed, and so does what makes an installed package break, until nothing changes any more. Versions that
 * siblings demand of each other (`= version`, Multi-Arch: same) fall back together that way.
 */
export function planUpgrade(
  packages: readonly AptPackage[],
  updates: readonly PlannedUpdate[],
  offers: Offers,
  rules: CandidateRules,
): readonly (readonly HoldReason[])[] {
  if (updates.length === 0) return []

  const run = openRun(packages, updates, offers, rules)
  // apt repairs before it upgrades: where an installed package cannot stand, it refuses to upgrade anything.
  if (run.isBroken()) return updates.map(({ heldBy }) => [...heldBy, 'dependency'])

  run.tryAll()
  run.fallBack()
  return updates.map((update, index) => [...update.heldBy, ...run.reasonsOf(index)])
}

const MAX_NEW_PACKAGES = 2000
const MAX_DEPTH = 60

function openRun(
  packages: readonly AptPackage[],
  updates: readonly PlannedUpdate[],
  offers: Offers,
  rules: CandidateRules,
) {
  const standing = openStanding(offers.native)
  const slots = packages.map((installed) => addInstalled(standing, installed))
  const slotOf = new Map(packages.map((installed, index) => [installed, slots[index]!]))
  const tried = updates.map((update) => slotOf.get(update.installed)!)
  const reasons = new Map<Slot, HoldReason>()
  const fresh: Slot[] = []
  const failed = new Set<string>()
  const mentions = openMentions()

  const install = (group: readonly Relation[], from: Unit, depth: number): boolean => {
    if (depth > MAX_DEPTH || fresh.length > MAX_NEW_PACKAGES) return false

    for (const relation of group) {
      for (const [name, architecture] of listProvidersOf(relation, from, offers)) {
        if (standing.slotsNamed(name).some((slot) => slot.architecture === architecture && slot.now !== null)) continue

        // What failed once is not tried again: a stranger's list must not make this search explode.
        if (failed.has(`${name}:${architecture}`)) continue

        const version = findNewCandidate(offers.find(name, architecture), architecture, rules)
        if (version !== null && tryNew(name, architecture, version, relation, from, depth)) return true
      }
    }
    return false
  }

  const tryNew = (
    name: string,
    architecture: string,
    version: OfferedVersion,
    relation: Relation,
    from: Unit,
    depth: number,
  ): boolean => {
    const slot: Slot = { name, architecture, installed: null, candidate: null, now: null }
    const unit = makeUnit(slot, { ...version.offer, version: version.version })
    slot.candidate = unit
    slot.now = unit
    standing.add(slot)
    standing.register(unit)
    const before = fresh.length
    fresh.push(slot)
    const isWanted = standing.findTargets(relation, from, false, 'now').includes(slot)
    if (isWanted && needsMet(unit, depth + 1) && standing.findTrouble(unit) === null) return true

    for (const dropped of fresh.splice(before)) dropped.now = null
    if (isWanted) failed.add(`${name}:${architecture}`)
    return false
  }

  const needsMet = (unit: Unit, depth: number): boolean =>
    unit.relations.depends.every((group) => standing.isMet(group, unit) || install(group, unit, depth))

  const keep = (slot: Slot, reason: HoldReason) => {
    slot.now = slot.installed
    if (slot.installed !== null) reasons.set(slot, reason)
    for (const name of namesOf(slot)) for (const other of mentions.of(name)) queue.add(other)
    queue.add(slot)
  }

  const queue = new Set<Slot>()
  return {
    isBroken: () => slots.some((slot) => slot.now !== null && standing.findTrouble(slot.now) !== null),
    reasonsOf: (index: number): readonly HoldReason[] => {
      const reason = reasons.get(tried[index]!)
      return reason === undefined ? [] : [reason]
    },
    tryAll() {
      for (const [index, update] of updates.entries()) {
        const slot = tried[index]!
        slot.candidate = makeUnit(slot, { ...update.candidate.offer, version: update.candidate.version })
        standing.register(slot.candidate)
        if (update.heldBy.length === 0) slot.now = slot.candidate
      }
      for (const slot of tried) if (slot.now === slot.candidate) needsMet(slot.candidate!, 0)
    },
    fallBack() {
      for (const slot of [...slots, ...fresh]) mentions.add(slot)
      for (const slot of [...tried, ...fresh]) {
        queue.add(slot)
        for (const name of namesOf(slot)) for (const other of mentions.of(name)) queue.add(other)
      }
      for (const slot of queue) {
        queue.delete(slot)
        if (slot.now === null) continue

        const trouble = standing.findTrouble(slot.now)
        if (trouble === null) continue

        if (slot.now !== slot.installed) keep(slot, explain(trouble, standing, offers))
        else for (const culprit of findCulprits(slot.now, trouble, standing)) keep(culprit, 'dependency')
      }
    },
  }
}

function addInstalled(standing: Standing, installed: AptPackage): Slot {
  const architecture = installed.architecture === 'all' ? standing.native : installed.architecture
  const slot: Slot = { name: installed.name, architecture, installed: null, candidate: null, now: null }
  const unit = makeUnit(slot, installed)
  slot.installed = unit
  slot.now = unit
  standing.add(slot)
  standing.register(unit)
  return slot
}

/** Which slots say anything about a name: those have to be looked at again when what stands under it changes. */
function openMentions() {
  const byName = new Map<string, Set<Slot>>()
  const note = (name: string, slot: Slot) => {
    const slots = byName.get(name)
    if (slots === undefined) byName.set(name, new Set([slot]))
    else slots.add(slot)
  }
  return {
    add(slot: Slot) {
      note(slot.name, slot)
      for (const unit of [slot.installed, slot.candidate]) {
        for (const group of unit?.relations.depends ?? []) for (const relation of group) note(relation.name, slot)
        for (const relation of unit?.relations.conflicts ?? []) note(relation.name, slot)
      }
    },
    of: (name: string): Iterable<Slot> => byName.get(name) ?? [],
  }
}

function namesOf(slot: Slot): Set<string> {
  const provided = [slot.installed, slot.candidate].flatMap((unit) => unit?.relations.provides ?? [])
  return new Set([slot.name, ...provided.map(({ name }) => name)])
}

/** Packages that could newly fulfil a relation: the one of that name first, then those that provide it. */
function listProvidersOf(relation: Relation, from: Unit, offers: Offers): (readonly [string, string])[] {
  const { qualifier } = relation
  const own = from.slot.architecture
  const isFixed = qualifier !== '' && qualifier !== 'any'
  const architectures = isFixed
    ? [qualifier === 'native' ? offers.native : qualifier]
    : [...new Set([own, offers.native])]
  const names = [relation.name, ...offers.findProviders(relation.name)]
  return names.flatMap((name) => architectures.map((architecture) => [name, architecture] as const))
}

/** Of what is missing, something is offered and not installed, but cannot be installed: that is named. The rest is not told apart. */
function explain(trouble: Trouble, standing: Standing, offers: Offers): HoldReason {
  if (trouble.kind !== 'depends') return 'dependency'

  const needsNew = trouble.group.some(
    (relation) =>
      standing.slotsNamed(relation.name).every(({ installed }) => installed === null) &&
      offers.find(relation.name, offers.native).some(({ version }) => acceptsVersion(relation, version)),
  )
  return needsNew ? 'needs-new-package' : 'dependency'
}

/** Which planned changes break an installed package that stays as it is: those take what it needs, or bring what it refuses. */
function findCulprits(unit: Unit, trouble: Trouble, standing: Standing): readonly Slot[] {
  if (trouble.kind === 'malformed') return []

  const involved =
    trouble.kind === 'conflicts'
      ? trouble.slots
      : trouble.group.flatMap((relation) => standing.findTargets(relation, unit, false, 'installed'))
  return involved.filter((slot) => slot.now !== slot.installed)
}
