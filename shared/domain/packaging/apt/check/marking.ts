import { findNewCandidate } from './candidate.ts'
import type { CandidateRules } from './candidate.ts'
import { sortAsApt } from './marking-order.ts'
import type { Offers } from './offers.ts'
import type { Population } from './population.ts'
import type { Slot } from './presence.ts'
import type { Group, Relation } from './relations.ts'
import type { Standing } from './standing.ts'
import type { Unit } from './unit.ts'

/**
 * The first half of an upgrade run: everything that may be upgraded is marked, and then what it needs besides, new packages too. The order of
 * things is apt's, as it decides what is left standing: a package whose needs no candidate fulfils is not marked at all; who is marked
 * first clears away what would conflict with it.
 */
export interface Marking {
  /** Marks these, the waiting ones only when another needs them; gives the packages that are new. */
  markAll(slots: readonly Slot[], waiting: ReadonlySet<Slot>): readonly Slot[]
}

const MAX_NEW_PACKAGES = 2000
const MAX_DEPTH = 60

export function openMarking(
  standing: Standing,
  { offers, population, rules }: { offers: Offers; population: Population; rules: CandidateRules },
): Marking {
  const { presence } = standing
  const fresh: Slot[] = []
  const allowed = new Set<Slot>()
  // What failed once is not tried again: a stranger's list must not make this search explode.
  const failed = new Set<Slot>()
  const followed = new Set<Slot>()
  /** Being marked just now, because of which others are. */
  const underWay = new Set<Slot>()
  const bySource = new Map<string, Slot[]>()
  const known = new Map<string, Slot | null>()

  /** The slot of a package that is not installed, with its candidate; null where it has none. */
  const openNew = (name: string, architecture: string): Slot | null => {
    const key = `${name}:${architecture}`
    const opened = known.get(key)
    if (opened !== undefined) return opened

    const version = findNewCandidate(offers.find(name, architecture), architecture, rules)
    if (version === null || known.size > MAX_NEW_PACKAGES) {
      known.set(key, null)
      return null
    }
    const slot = presence.addNew(population.names.identify(name), architecture)
    presence.propose(slot, population.findCandidate(slot.name, architecture, version))
    known.set(key, slot)
    allowed.add(slot)
    fresh.push(slot)
    return slot
  }

  /** Slots whose candidate fulfils the relation: the package of that name first, then those that provide it. */
  const findSolutions = (relation: Relation, from: string): readonly Slot[] => {
    if (standing.isExhausted()) return []

    const names = listNames(relation, from, offers)
    standing.spend(names.length)
    for (const [name, architecture] of names) {
      const isThere = standing
        .slotsNamed(population.names.identify(name))
        .some((slot) => slot.architecture === architecture)
      if (!isThere) openNew(name, architecture)
    }
    return standing.findTargets(relation, from, 'candidate')
  }

  const isSatisfiable = (unit: Unit): boolean =>
    !unit.relations.isMalformed &&
    unit.relations.depends.every(
      (group) =>
        standing.isMet(group) ||
        group.relations.some(
          (relation) => findSolutions(relation, group.from).length > 0 || isMetByInstalled(relation, group.from),
        ),
    )

  // What is installed and has no update is its own candidate.
  const isMetByInstalled = (relation: Relation, from: string): boolean =>
    standing.findTargets(relation, from, 'installed').some((slot) => slot.candidate === null)

  const mark = (slot: Slot, depth: number): boolean => {
    const unit = slot.candidate
    if (unit === null || !allowed.has(slot) || failed.has(slot) || depth > MAX_DEPTH) return false
    if (slot.now === unit && standing.findTrouble(unit) === null) {
      followRecommendations(slot, unit, depth)
      return true
    }

    if (isOutOfStep(unit, standing, offers) || !isSatisfiable(unit)) {
      presence.put(slot, slot.installed)
      failed.add(slot)
      return false
    }
    const inTheWay = findInTheWay(unit, standing)
    if (inTheWay.some((other) => underWay.has(other))) return false

    // Looked at before anything gives way: apt does not look again whether that took away what the package needs.
    const lacking = unit.relations.depends.filter((group) => !standing.isMet(group))
    // What is marked already and would conflict stays as it is, or away: apt comes back to it only when another package asks.
    for (const other of inTheWay) presence.put(other, other.installed)
    underWay.add(slot)
    const isMarked = markWithNeeds(slot, unit, { lacking, depth })
    underWay.delete(slot)
    return isMarked
  }

  const markWithNeeds = (slot: Slot, unit: Unit, run: { lacking: readonly Group[]; depth: number }): boolean => {
    const { lacking, depth } = run
    presence.put(slot, unit)
    // Binaries of one source are upgraded together.
    for (const other of bySource.get(unit.source) ?? []) if (other.now !== other.candidate) mark(other, depth + 1)
    // What conflicts only as it is installed is upgraded along.
    for (const other of findAlong(unit, standing)) mark(other, depth + 1)
    for (const group of lacking) {
      if (standing.isMet(group) || markOneOf(group, depth)) continue

      presence.put(slot, slot.installed)
      failed.add(slot)
      return false
    }
    followRecommendations(slot, unit, depth)
    return true
  }

  /** Once for each package: that one of them cannot be had does not undo it here. */
  const followRecommendations = (slot: Slot, unit: Unit, depth: number): void => {
    if (!offers.installRecommends || followed.has(slot)) return

    followed.add(slot)
    for (const group of unit.relations.recommends) {
      if (!standing.isMet(group) && isWorthwhile(group, slot, standing)) markOneOf(group, depth)
    }
  }

  const markOneOf = (group: Group, depth: number): boolean =>
    group.relations.some((relation) =>
      findSolutions(relation, group.from).some((solution) => mark(solution, depth + 1)),
    )

  return {
    markAll(slots, waiting) {
      for (const slot of slots) {
        allowed.add(slot)
        if (slot.candidate === null) continue

        const together = bySource.get(slot.candidate.source)
        if (together === undefined) bySource.set(slot.candidate.source, [slot])
        else together.push(slot)
        if (!waiting.has(slot) && !isOutOfStep(slot.candidate, standing, offers)) presence.put(slot, slot.candidate)
      }
      for (const slot of sortAsApt(slots, standing.native)) if (slot.now === slot.candidate) mark(slot, 0)
      return fresh
    },
  }
}

/** A recommendation is followed when it is new, or was fulfilled so far; what was ignored before is ignored again. */
function isWorthwhile(group: Group, slot: Slot, standing: Standing): boolean {
  const { installed } = slot
  if (installed === null) return true

  const before = installed.relations.recommends.filter((old) =>
    old.relations.some(({ name }) => name === group.relations[0]?.name),
  )
  return before.length === 0 || before.some((old) => standing.isMet(old, 'installed'))
}

/**
 * A co-installable package is not marked where an installed sibling would not come to the same version. What no list offers any more
 * is no measure for the others.
 */
function isOutOfStep(unit: Unit, standing: Standing, offers: Offers): boolean {
  if (unit.multiArch !== 'same') return false

  return standing.slotsNamed(unit.name).some((slot) => {
    const other = slot.candidate ?? slot.installed
    if (slot.at === standing.slotOf(unit) || slot.installed === null || other === null) return false
    if (other.multiArch !== 'same' || other.version === unit.version) return false

    return offers.find(slot.name.text, slot.architecture).some(({ version }) => version === other.version)
  })
}

/** What is marked and would conflict with the unit. */
function findInTheWay(unit: Unit, standing: Standing): readonly Slot[] {
  const conflicting = unit.relations.conflicts.flatMap(({ relation }) =>
    standing.findConflicting(relation, unit, 'candidate'),
  )
  return [...conflicting, ...standing.findSiblings(unit, 'candidate')].filter((slot) => slot.now === slot.candidate)
}

/** What conflicts with the unit as it is now, and would not after its own upgrade. */
function findAlong(unit: Unit, standing: Standing): readonly Slot[] {
  const { conflicts } = unit.relations
  const present = conflicts.flatMap(({ relation }) => standing.findConflicting(relation, unit, 'now'))
  if (present.length === 0) return present

  const hopeless = new Set(conflicts.flatMap(({ relation }) => standing.findConflicting(relation, unit, 'candidate')))
  return present.filter((slot) => !hopeless.has(slot))
}

/** Names and architectures under which something could newly fulfil a relation. */
function listNames(relation: Relation, from: string, offers: Offers): (readonly [string, string])[] {
  const { qualifier } = relation
  const isFixed = qualifier !== '' && qualifier !== 'any'
  const fixed = qualifier === 'native' ? offers.native : qualifier
  const architectures = isFixed ? [fixed] : [...new Set([from, offers.native])]
  const names = [relation.name.text, ...offers.findProviders(relation.name.text)]
  return names.flatMap((name) => architectures.map((architecture) => [name, architecture] as const))
}
