import type { Change, RunInput } from './change.ts'

/**
 * The order in which libsolv decides what becomes of installed packages: by name, byte for byte, and of one name in the order of rpm's
 * database. A change that is about several packages has its turn with the first of them.
 */
export function orderChanges({ changes, installed }: Pick<RunInput, 'changes' | 'installed'>): Change[] {
  const places = new Map(changes.map((change) => [change, findPlace(change)]))
  return changes.toSorted((a, b) => {
    const [one, other] = [places.get(a)!, places.get(b)!]
    return compareText(one.name, other.name) || one.index - other.index
  })

  function findPlace({ options, removes }: Change): { name: string; index: number } {
    let first = { name: options[0]!.offer.name, index: 0 }
    for (const index of removes) {
      const { name } = installed.packages[index]!
      const order = compareText(name, first.name)
      if (order < 0 || (order === 0 && index < first.index)) first = { name, index }
    }
    return first
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
