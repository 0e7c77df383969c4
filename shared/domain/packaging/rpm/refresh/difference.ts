import { canonicalJson } from '../../../canonical-json.ts'
import type { ListSource, Snapshot } from '../../package-system.ts'
import type { RpmSnapshot } from '../model.ts'
import { OPERATORS, type Section } from './list-layout.ts'
import type { ListTable } from './list-table.ts'
import { findRpmTable } from './list-format.ts'
import { readModules, readOffer } from './read-records.ts'

/**
 * Names that a changed repository can affect: those whose offers or advisories differ, and what such offers provide or obsolete (by
 * name or file), before or after. null where everything may be touched: no earlier snapshot, other trust, gaps or warnings, other
 * module data, advisories that came or went, or a list that is not at hand.
 */
export function differenceOfRpmSnapshots(
  before: Snapshot | null,
  after: Snapshot,
  lists: ListSource,
): ReadonlySet<string> | null {
  if (before === null || frameOf(before) !== frameOf(after)) return null

  const [[old], [fresh]] = [before.lists, after.lists]
  if (old === undefined || fresh === undefined) return null
  if (old.key === fresh.key) return new Set()

  const [left, right] = [tableOf(lists, old.key), tableOf(lists, fresh.key)]
  if (left === null || right === null) return null
  if (left.hasAdvisories !== right.hasAdvisories || modulesOf(left) !== modulesOf(right)) return null

  return compareTables(left, right)
}

/** All that must be equal for the difference to lie in the lists alone. */
function frameOf(snapshot: Snapshot): string {
  const { gaps, warnings, verification, lists } = snapshot as RpmSnapshot
  return canonicalJson({ gaps, warnings, verification, architectures: lists.map((list) => list.architectures ?? []) })
}

function tableOf(lists: ListSource, key: string): ListTable | null {
  const list = lists.get(key)
  return list === undefined ? null : findRpmTable(list)
}

function modulesOf(table: ListTable): string {
  if (!table.hasModules) return ''

  const { defaults, streams } = readModules(table)
  return canonicalJson({
    defaults: [...defaults],
    streams: streams.map((stream) => ({ ...stream, requires: stream.requires.map((one) => [...one]) })),
  })
}

/** What records of one kind are found by, and where they lie. */
const OFFERS = { keys: 'nameKeys', groups: 'nameOffsets', offsets: 'recordOffsets', bytes: 'recordBytes' } as const
const ENTRIES = { keys: 'advisedKeys', groups: 'advisedOffsets', offsets: 'entryOffsets', bytes: 'entryBytes' } as const
type Kind = typeof OFFERS | typeof ENTRIES

function compareTables(left: ListTable, right: ListTable): Set<string> {
  const sides = { left, right, sameText: openTranslation(left, right) }
  const changed = new Set<string>()
  for (const name of changedNames(sides, OFFERS, sameOffer)) {
    changed.add(name)
    addNamesOf(left, name, changed)
    addNamesOf(right, name, changed)
  }
  for (const name of changedNames(sides, ENTRIES, sameEntry)) changed.add(name)
  return changed
}

interface Sides {
  readonly left: ListTable
  readonly right: ListTable
  /** Do these two numbers mean the same text? */
  readonly sameText: (left: number, right: number) => boolean
}

/** Each text of the left is looked up in the right once. */
function openTranslation(left: ListTable, right: ListTable): Sides['sameText'] {
  const UNKNOWN = 0
  const known = new Int32Array(left.texts)
  return (l, r) => {
    const found = known[l] ?? UNKNOWN
    if (found !== UNKNOWN) return found === r + 2

    const number = right.findText(left.text(l))
    known[l] = number + 2
    return number === r
  }
}

type Same = (sides: Sides, left: Numbers, right: Numbers) => boolean

function* changedNames(sides: Sides, kind: Kind, same: Same): Generator<string, void, undefined> {
  const { left, right } = sides
  for (let index = 0; index < left.count(kind.keys); index += 1) {
    const key = left.number(kind.keys, index)
    const name = left.text(key)
    if (!sameGroup(sides, kind, { left: key, right: right.findText(name) }, same)) yield name
  }
  for (let index = 0; index < right.count(kind.keys); index += 1) {
    const name = right.text(right.number(kind.keys, index))
    if (left.range(kind.keys, kind.groups, left.findText(name)).length === 0) yield name
  }
}

function sameGroup(sides: Sides, kind: Kind, keys: { left: number; right: number }, same: Same): boolean {
  const ls = sides.left.range(kind.keys, kind.groups, keys.left)
  const rs = sides.right.range(kind.keys, kind.groups, keys.right)
  if (ls.length !== rs.length) return false

  return ls.every((l, index) =>
    same(sides, openNumbers(sides.left, kind, l), openNumbers(sides.right, kind, rs[index] ?? -1)),
  )
}

interface Numbers {
  next(): number
}

/** The numbers of a record; NaN after its end. */
function openNumbers(table: ListTable, kind: { offsets: Section; bytes: Section }, index: number): Numbers {
  const { start, end } = table.record(kind.offsets, kind.bytes, index)
  const { file } = table
  let at = start
  return {
    next() {
      let [value, unit] = [0, 1]
      while (at < end) {
        const byte = file[at] ?? 0
        at += 1
        value += (byte & 0x7f) * unit
        if (byte < 0x80) return value
        unit *= 0x80
      }
      return Number.NaN
    },
  }
}

/** Record by record as `list-builder.ts` writes them: which numbers are texts is known by place. */
function sameOffer({ sameText }: Sides, left: Numbers, right: Numbers): boolean {
  const text = () => sameText(left.next(), right.next())
  const number = () => left.next() === right.next()
  if (!text() || !number() || !text() || !text() || !text() || !text() || !number()) return false

  const counts: number[] = []
  for (let index = 0; index < 5; index += 1) {
    const count = left.next()
    if (count !== right.next()) return false
    counts.push(count)
  }
  const relations = (counts[0] ?? 0) + (counts[1] ?? 0) + (counts[2] ?? 0) + (counts[3] ?? 0)
  for (let index = 0; index < relations; index += 1) {
    const [l, r] = [left.next(), right.next()]
    const operator = l % OPERATOR_SPACE
    if (operator !== r % OPERATOR_SPACE || !sameText(Math.floor(l / OPERATOR_SPACE), Math.floor(r / OPERATOR_SPACE))) {
      return false
    }
    if (OPERATORS[operator] !== '' && !text()) return false
  }
  for (let index = 0; index < (counts[4] ?? 0); index += 1) if (!text()) return false
  return true
}

const OPERATOR_SPACE = 8

function sameEntry(sides: Sides, left: Numbers, right: Numbers): boolean {
  const { sameText } = sides
  if (!sameAdvisory(sides, left.next(), right.next()) || left.next() !== right.next()) return false

  for (let index = 0; index < 4; index += 1) if (!sameText(left.next(), right.next())) return false
  return true
}

const ADVISORIES = { offsets: 'advisoryOffsets', bytes: 'advisoryBytes' } as const

function sameAdvisory({ left, right, sameText }: Sides, l: number, r: number): boolean {
  const [one, other] = [openNumbers(left, ADVISORIES, l), openNumbers(right, ADVISORIES, r)]
  for (let index = 0; index < 4; index += 1) if (!sameText(one.next(), other.next())) return false
  if (one.next() !== other.next()) return false

  for (let list = 0; list < 2; list += 1) {
    const count = one.next()
    if (count !== other.next()) return false
    for (let index = 0; index < count; index += 1) if (!sameText(one.next(), other.next())) return false
  }
  return true
}

/** All that offers of this name are found by. */
function addNamesOf(table: ListTable, name: string, to: Set<string>): void {
  for (const record of table.range(OFFERS.keys, OFFERS.groups, table.findText(name))) {
    const { relations, files } = readOffer(table, name, record)
    for (const one of relations.provides) to.add(one.name)
    for (const one of relations.obsoletes) to.add(one.name)
    for (const file of files) to.add(file)
  }
}
