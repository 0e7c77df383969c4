import type { PackageName } from './package-name.ts'
import type { Population } from './population.ts'
import type { Provision, Unit } from './unit.ts'

/** A package on the machine: what is there, what an upgrade would put there, and what the plan has there now. */
export interface Slot {
  readonly at: number
  readonly name: PackageName
  readonly architecture: string
  readonly installed: Unit | null
  readonly candidate: Unit | null
  readonly now: Unit | null
}

/**
 * What is on one machine, by number and by name, for one run. Slots of what is installed have the numbers of the packages in the inventory.
 * They are made when somebody asks: most packages are never spoken of.
 */
export interface Presence {
  readonly run: number
  /** The numbers of what is installed, by slot. */
  readonly installed: Int32Array
  /** Slots whose name another one has too. */
  readonly doubled: readonly number[]
  /** The largest number of packages and provisions of one name. */
  readonly crowd: number
  /** Another one whenever something was added. */
  moment(): number
  installedAt(slot: number): Unit | null
  nowAt(slot: number): Unit | null
  candidateAt(slot: number): Unit | null
  slotAt(slot: number): Slot
  /** Slots of that name, in order; -1 ends them. */
  firstSlot(name: PackageName): number
  nextSlot(slot: number): number
  /** What is provided under that name, in order; null ends it. */
  firstProvision(name: PackageName): Provision | null
  nextProvision(provision: Provision): Provision | null
  /** How many slots and provisions of that name there are. */
  countNamed(name: PackageName): number
  addNew(name: PackageName, architecture: string): Slot
  /** Says what an upgrade would put there, without putting it there. */
  propose(slot: Slot, candidate: Unit): void
  put(slot: Slot, unit: Unit | null): void
}

type Changing<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** `installed`: numbers of the units; null when one is there twice, which no package database has. */
export function openPresence(population: Population, installed: Int32Array): Presence | null {
  const run = population.tick()
  const named = population.names.table.columns
  const ofUnits = population.units.columns
  const ofProvisions = population.provisions.columns
  const slots: (Slot | undefined)[] = []
  const doubled: number[] = []
  const nextSlots = new Map<number, number>()
  let [moment, mostSlots, mostProvisions] = [run, 1, 0]

  const enter = (name: number, at: number): void => {
    const { slotsIn, slots: counts, firstSlot, lastSlot } = named
    if (slotsIn[name] === run) {
      if (counts[name] === 1) doubled.push(firstSlot[name]!)
      doubled.push(at)
      nextSlots.set(lastSlot[name]!, at)
      mostSlots = Math.max(mostSlots, (counts[name]! += 1))
    } else {
      slotsIn[name] = run
      counts[name] = 1
      firstSlot[name] = at
    }
    lastSlot[name] = at
  }
  const register = (unit: number): void => {
    const { provisionsIn, provisions, firstProvision, lastProvision } = named
    const first = ofUnits.provisions[unit]!
    const end = first + ofUnits.provides[unit]!
    for (let number = first; number < end; number += 1) {
      const name = ofProvisions.name[number]!
      if (provisionsIn[name] === run) {
        ofProvisions.next[lastProvision[name]!] = number
        mostProvisions = Math.max(mostProvisions, (provisions[name]! += 1))
      } else {
        provisionsIn[name] = run
        provisions[name] = 1
        firstProvision[name] = number
        mostProvisions = Math.max(mostProvisions, 1)
      }
      lastProvision[name] = number
      ofProvisions.next[number] = 0
    }
  }

  for (let at = 0; at < installed.length; at += 1) {
    const unit = installed[at]!
    if (ofUnits.stays[unit] === run) return null

    ofUnits.stays[unit] = run
    ofUnits.now[unit] = run
    ofUnits.slot[unit] = at
    enter(ofUnits.name[unit]!, at)
    if (ofUnits.provides[unit]! > 0) register(unit)
  }
  let count = installed.length
  const slotAt = (at: number): Slot => {
    const known = slots[at]
    if (known !== undefined) return known

    const unit = population.unitAt(installed[at]!)
    const { name, architecture } = unit
    return (slots[at] = { at, name, architecture, installed: unit, candidate: null, now: unit })
  }

  return {
    run,
    installed,
    doubled,
    get crowd() {
      return mostSlots + mostProvisions
    },
    moment: () => moment,
    installedAt: (at) => (at < installed.length ? population.unitAt(installed[at]!) : null),
    nowAt(at) {
      const slot = slots[at]
      return slot === undefined ? population.unitAt(installed[at]!) : slot.now
    },
    candidateAt: (at) => slots[at]?.candidate ?? null,
    slotAt,
    firstSlot: ({ number }) => (named.slotsIn[number] === run ? named.firstSlot[number]! : -1),
    // Most names have one slot, and then there is nothing to look for.
    nextSlot: (at) => (nextSlots.size === 0 ? -1 : (nextSlots.get(at) ?? -1)),
    firstProvision: ({ number }) =>
      named.provisionsIn[number] === run ? population.provisionAt(named.firstProvision[number]!) : null,
    nextProvision({ number }) {
      const next = ofProvisions.next[number]!
      return next === 0 ? null : population.provisionAt(next)
    },
    countNamed({ number }) {
      const own = named.slotsIn[number] === run ? named.slots[number]! : 0
      return own + (named.provisionsIn[number] === run ? named.provisions[number]! : 0)
    },
    addNew(name, architecture) {
      const at = count
      count += 1
      enter(name.number, at)
      moment = population.tick()
      return (slots[at] = { at, name, architecture, installed: null, candidate: null, now: null })
    },
    propose(slot: Changing<Slot>, candidate) {
      slot.candidate = candidate
      ofUnits.slot[candidate.number] = slot.at
      if (slot.installed !== null) ofUnits.stays[slot.installed.number] = 0
      register(candidate.number)
      moment = population.tick()
    },
    put(slot: Changing<Slot>, unit) {
      if (slot.now !== null) ofUnits.now[slot.now.number] = 0
      slot.now = unit
      if (unit !== null) ofUnits.now[unit.number] = run
    },
  }
}
