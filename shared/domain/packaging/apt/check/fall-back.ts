import type { HoldReason } from '../../update.ts'
import type { LookOver } from './look-over.ts'
import type { Offers } from './offers.ts'
import type { PackageName } from './package-name.ts'
import type { Slot } from './presence.ts'
import { acceptsVersion, listMentioned } from './relations.ts'
import type { Relation } from './relations.ts'
import type { Unit } from './unit.ts'
import type { Standing, Trouble } from './standing.ts'

/** Takes back what cannot stand. Gives the reason for each update that fell back here. */
export function fallBack(
  standing: Standing,
  plan: { looked: LookOver; tried: readonly Slot[]; fresh: readonly Slot[] },
  offers: Offers,
): ReadonlyMap<Slot, HoldReason> {
  const { presence } = standing
  const { looked, tried, fresh } = plan
  const reasons = new Map<Slot, HoldReason>()
  const findFault = (slot: Slot) =>
    slot.now === null ? null : (standing.findTrouble(slot.now) ?? findDisappointment(slot, standing, offers))
  // Nearly always all is well.
  const isWell = (slots: readonly Slot[]) => slots.every((slot) => findFault(slot) === null)
  if (isWell(tried) && isWell(fresh) && isUndisturbed(standing, looked)) return reasons

  const shaken = looked.shaken.map((at) => presence.slotAt(at))
  const mentions = findMentions([...shaken, ...fresh], [...tried, ...fresh], standing)
  const queue = new Set<Slot>([...tried, ...fresh])
  for (const mentioning of mentions.values()) for (const slot of mentioning) queue.add(slot)
  const touch = (slot: Slot) => {
    queue.add(slot)
    for (const name of namesOf(slot)) {
      const mentioning = mentions.get(name) ?? []
      standing.spend(mentioning.length)
      for (const other of standing.isExhausted() ? [] : mentioning) queue.add(other)
    }
  }
  const keep = (slot: Slot, reason: HoldReason) => {
    presence.put(slot, slot.installed)
    reasons.set(slot, reason)
    touch(slot)
  }

  for (const slot of queue) {
    queue.delete(slot)
    if (standing.isExhausted()) break

    const trouble = findFault(slot)
    if (trouble === null) continue

    if (slot.now !== slot.installed) keep(slot, explain(trouble, standing, offers))
    else {
      for (const culprit of findCulprits(slot, trouble, standing)) {
        keep(culprit, 'dependency')
        // Of several that each would do, only as many stay as it takes.
        if (trouble.kind === 'depends' && standing.isMet(trouble.group)) break
      }
    }
  }
  return reasons
}

/** Does everything that does not change itself stand as it did, now that the rest has changed? */
function isUndisturbed(standing: Standing, { groups, refusals }: LookOver): boolean {
  const { doubled } = standing.presence
  const isInStep = (unit: Unit | null) => unit === null || standing.findSiblings(unit, 'now').length === 0
  return (
    groups.every((group) => standing.isMet(group)) &&
    refusals.every(({ relation, unit }) => standing.findConflicting(relation, unit, 'now').length === 0) &&
    doubled.every((at) => isInStep(standing.presence.nowAt(at)))
  )
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

/** Which slots say anything about the names of those that change: they have to be looked at again when one does. */
function findMentions(
  slots: readonly Slot[],
  changing: readonly Slot[],
  { presence, population }: Standing,
): ReadonlyMap<PackageName, readonly Slot[]> {
  const mentions = new Map<PackageName, Slot[]>()
  const { changesIn } = population.names.table.columns
  for (const slot of changing) {
    for (const name of namesOf(slot)) {
      changesIn[name.number] = presence.run
      mentions.set(name, [])
    }
  }
  for (const slot of slots) {
    // Most names do not change: that is seen here without a look-up.
    const note = (name: PackageName) => {
      if (changesIn[name.number] === presence.run) mentions.get(name)?.push(slot)
    }
    note(slot.name)
    for (const unit of [slot.installed, slot.candidate]) {
      if (unit !== null) for (const name of listMentioned(unit.relations)) note(name)
    }
  }
  return mentions
}

function namesOf(slot: Slot): readonly PackageName[] {
  const provided = [slot.installed, slot.candidate].flatMap((unit) => unit?.relations.provides ?? [])
  return [slot.name, ...provided.map(({ name }) => name)]
}

/** Of what is missing, something is offered and not installed, but cannot be installed: that is named. The rest is not told apart. */
function explain(trouble: Trouble, standing: Standing, offers: Offers): HoldReason {
  if (trouble.kind !== 'depends') return 'dependency'

  const needsNew = trouble.group.relations.some(
    (relation) =>
      standing.slotsNamed(relation.name).every(({ installed }) => installed === null) &&
      offers.find(relation.name.text, offers.native).some(({ version }) => acceptsVersion(relation, version)),
  )
  return needsNew ? 'needs-new-package' : 'dependency'
}

/**
 * Which planned changes break an installed package that stays as it is: those take what it needs, or bring what it refuses. In the order in
 * which apt comes by them.
 */
function findCulprits(slot: Slot, trouble: Trouble, standing: Standing): readonly Slot[] {
  if (trouble.kind === 'malformed' || slot.installed === null) return []

  const involved =
    trouble.kind === 'conflicts'
      ? trouble.slots
      : trouble.group.relations.flatMap((relation) => listTargets(relation, trouble.group.from, standing))
  return involved.filter((other) => other.now !== other.installed)
}

/**
 * Of what was installed: the package of that name, then those that provide it. Of these the last that apt read come first: it reads its own
 * database, in the order of names, after the lists.
 */
function listTargets(relation: Relation, from: string, standing: Standing): readonly Slot[] {
  const targets = standing.findTargets(relation, from, 'installed')
  const providers = targets.filter(({ name }) => name !== relation.name)
  const isListed = ({ installed }: Slot) => installed?.offered?.place.isOffered === true
  const sorted = providers.toSorted(
    (a, b) => Number(isListed(a)) - Number(isListed(b)) || (a.name.text < b.name.text ? 1 : -1),
  )
  return [...targets.filter(({ name }) => name === relation.name), ...sorted]
}
