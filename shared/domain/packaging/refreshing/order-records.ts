/** The records in the byte order of their names, equal names as they came. */
export function sortRecords(names: readonly string[]): number[] {
  return [...names.keys()].toSorted((a, b) => {
    const [left, right] = [names[a] ?? '', names[b] ?? '']
    if (left === right) return a - b

    return left < right ? -1 : 1
  })
}

/** The names once each, in order, and the number of each record's name. */
export function numberNames(
  names: readonly string[],
  order: readonly number[],
): { nameOf: Uint32Array; unique: string[] } {
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
