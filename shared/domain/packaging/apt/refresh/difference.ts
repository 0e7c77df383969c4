import { canonicalJson } from '../../../canonical-json.ts'
import type { ListSource, Snapshot } from '../../package-system.ts'
import { findTable, type ListTable } from './list-format.ts'
import type { AptListReference, AptSnapshot } from '../model.ts'

/**
 * Names whose offers differ between two snapshots. null where everything may be touched: no earlier snapshot, other release fields
 * (pins), other trust, gaps or warnings, other lists than before, or a list that is not at hand.
 */
export function differenceOfSnapshots(
  before: Snapshot | null,
  after: Snapshot,
  lists: ListSource,
): ReadonlySet<string> | null {
  if (before === null || frameOf(before) !== frameOf(after)) return null

  const changed = new Set<string>()
  const earlier = listsByPlace(before)
  for (const [place, list] of listsByPlace(after)) {
    const old = earlier.get(place)
    if (old === undefined) return null
    if (old.key === list.key) continue

    const [left, right] = [tableOf(lists, old.key), tableOf(lists, list.key)]
    if (left === null || right === null) return null
    addDifferences(left, right, changed)
  }
  return changed
}

/** All that must be equal for the difference to lie in the lists alone. */
function frameOf(snapshot: Snapshot): string {
  const { release, gaps, warnings, verification } = snapshot as AptSnapshot
  return canonicalJson({ release, gaps, warnings, verification, places: [...listsByPlace(snapshot).keys()] })
}

function listsByPlace(snapshot: Snapshot): Map<string, AptListReference> {
  const { lists } = snapshot as AptSnapshot
  return new Map(lists.map((list) => [`${list.component}\n${list.architecture}`, list]))
}

function tableOf(lists: ListSource, key: string): ListTable | null {
  const list = lists.get(key)
  return list === undefined ? null : findTable(list)
}

/** Both tables are in byte order of their names: one walk along the two. */
function addDifferences(left: ListTable, right: ListTable, changed: Set<string>): void {
  let [l, r] = [0, 0]
  while (l < left.names || r < right.names) {
    const order = compareNames(left, l, right, r)
    if (order === 0 && !left.recordsAt(l).equals(right.recordsAt(r))) changed.add(left.nameAt(l).toString())
    if (order < 0) changed.add(left.nameAt(l).toString())
    if (order > 0) changed.add(right.nameAt(r).toString())
    if (order <= 0) l += 1
    if (order >= 0) r += 1
  }
}

function compareNames(left: ListTable, l: number, right: ListTable, r: number): number {
  if (l >= left.names) return 1
  if (r >= right.names) return -1

  return left.nameAt(l).compare(right.nameAt(r))
}
