/** Whole numbers below 2³², as many as come, at four bytes each. */
export interface NumberList {
  push(value: number): void
  at(index: number): number
  set(index: number, value: number): void
  readonly length: number
  /** Empty again, its room kept. */
  clear(): void
  /** A view, good until the next push. */
  view(): Uint32Array<ArrayBuffer>
}

const FIRST_LENGTH = 128

export function openNumberList(): NumberList {
  let numbers = new Uint32Array(FIRST_LENGTH)
  let length = 0
  return {
    push(value) {
      if (length === numbers.length) numbers = new Uint32Array(numbers.buffer.transfer(8 * length))
      numbers[length] = value
      length += 1
    },
    at: (index) => numbers[index] ?? 0,
    set: (index, value) => void (numbers[index] = value),
    get length() {
      return length
    },
    clear: () => void (length = 0),
    view: () => numbers.subarray(0, length),
  }
}

/** Values by key: keys in order, `offsets` one more than keys. */
export interface Postings {
  readonly keys: Uint32Array<ArrayBuffer>
  readonly offsets: Uint32Array<ArrayBuffer>
  readonly values: Uint32Array<ArrayBuffer>
}

/**
 * Groups values by their keys (all below `keyCount`), values in the order in which they came; a value that follows itself under one key
 * is kept once. Linear.
 */
export function groupByKey(keyed: Uint32Array, values: Uint32Array, keyCount: number): Postings {
  const ends = new Uint32Array(keyCount + 1)
  for (const key of keyed) ends[key + 1] = (ends[key + 1] ?? 0) + 1
  for (let key = 0; key < keyCount; key += 1) ends[key + 1] = (ends[key + 1] ?? 0) + (ends[key] ?? 0)

  const starts = ends.slice(0, keyCount)
  const placed = new Uint32Array(values.length)
  for (let index = 0; index < keyed.length; index += 1) {
    const key = keyed[index] ?? 0
    const to = starts[key] ?? 0
    placed[to] = values[index] ?? 0
    starts[key] = to + 1
  }
  return compact(ends, placed)
}

function compact(ends: Uint32Array, placed: Uint32Array<ArrayBuffer>): Postings {
  const [keys, offsets] = [openNumberList(), openNumberList()]
  let used = 0
  for (let key = 0; key + 1 < ends.length; key += 1) {
    const [from, to] = [ends[key] ?? 0, ends[key + 1] ?? 0]
    if (from === to) continue

    keys.push(key)
    offsets.push(used)
    for (let at = from; at < to; at += 1) {
      if (at > from && placed[at] === placed[at - 1]) continue
      placed[used] = placed[at] ?? 0
      used += 1
    }
  }
  offsets.push(used)
  return { keys: keys.view().slice(), offsets: offsets.view().slice(), values: placed.subarray(0, used) }
}
