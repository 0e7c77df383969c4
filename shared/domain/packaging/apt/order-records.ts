// So many steps back, on average, that names are put into order one by one: archives are nearly sorted.
const NEARLY_SORTED = 8

/** The records in the byte order of their names, equal names as they came. */
export function sortRecords(names: readonly string[]): Uint32Array {
  const order = new Uint32Array(names.length)
  let steps = 0
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? ''
    let at = index
    while (at > 0 && (names[order[at - 1] ?? 0] ?? '') > name) {
      order[at] = order[at - 1] ?? 0
      at -= 1
      steps += 1
      if (steps > NEARLY_SORTED * names.length) return sortFromScratch(names)
    }
    order[at] = index
  }
  return order
}

function sortFromScratch(names: readonly string[]): Uint32Array {
  const order = names.map((_, index) => index)
  order.sort((a, b) => {
    const [left, right] = [names[a] ?? '', names[b] ?? '']
    if (left === right) return a - b

    return left < right ? -1 : 1
  })
  return Uint32Array.from(order)
}

/** The names once each, in order, and the number of each record's name. */
export function numberNames(names: readonly string[], order: Uint32Array): { nameOf: Uint32Array; unique: string[] } {
  const nameOf = new Uint32Array(names.length)
  const unique: string[] = []
  let last: string | null = null
  for (const record of order) {
    const name = names[record] ?? ''
    if (name !== last) unique.push(name)
    nameOf[record] = unique.length - 1
    last = name
  }
  return { nameOf, unique }
}

/** The numbers of the names of these records, each once and in order. */
export function distinctNames(records: readonly number[], nameOf: Uint32Array): number[] {
  if (records.length === 1) return [nameOf[records[0] ?? 0] ?? 0]

  return [...new Set(records.map((record) => nameOf[record] ?? 0))].toSorted((a, b) => a - b)
}
