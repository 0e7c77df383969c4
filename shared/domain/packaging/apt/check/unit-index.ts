import type { AptInventory, AptPackage } from '../model.ts'
import { openNumberTable } from './number-table.ts'

/** Finds the numbers of installed packages by their identities. */
export interface UnitIndex {
  /** In the inventory's order. What has no identity is another one every time. */
  find(inventory: AptInventory): Int32Array
}

/** Words of an identity. */
const WORDS = 3

/** `add`: takes in a package that was not met before, and gives its number; these are not negative. */
export function openUnitIndex(add: (installed: AptPackage) => number): UnitIndex {
  const byFirstWord = new Map<number, number>()
  // A row for each package: its number, the words of its identity, the row of another one with the same first word, and that of the one
  // which came next in the inventory that was read last: most often the same comes next again.
  const rows = openNumberTable(['number', 'first', 'second', 'third', 'other', 'follower'])

  const lookUp = (words: Int32Array, at: number, installed: AptPackage): number => {
    const first = words[at]!
    const [second, third] = [words[at + 1]!, words[at + 2]!]
    const known = byFirstWord.get(first) ?? 0
    for (let row = known; row !== 0; row = rows.columns.other[row]!) {
      if (rows.columns.second[row] === second && rows.columns.third[row] === third) return row
    }
    const number = add(installed)
    const row = rows.add()
    byFirstWord.set(first, row)
    for (const [column, value] of Object.entries({ number, first, second, third, other: known })) {
      rows.columns[column as 'number'][row] = value
    }
    return row
  }

  return {
    find({ packages, identities }) {
      const found = new Int32Array(packages.length)
      if (identities === undefined || identities.length !== WORDS * packages.length) {
        for (const [at, installed] of packages.entries()) found[at] = add(installed)
        return found
      }

      let before = 0
      for (let at = 0; at < found.length; at += 1) {
        const word = WORDS * at
        const { first, second, third, follower } = rows.columns
        let row = follower[before]!
        if (
          row === 0 ||
          first[row] !== identities[word] ||
          second[row] !== identities[word + 1] ||
          third[row] !== identities[word + 2]
        ) {
          row = lookUp(identities, word, packages[at]!)
          rows.columns.follower[before] = row
        }
        found[at] = rows.columns.number[row]!
        before = row
      }
      return found
    },
  }
}
