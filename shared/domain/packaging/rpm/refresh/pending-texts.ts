import { hashBytes } from './list-layout.ts'

const [AMPERSAND, DASH, SEMICOLON] = [38, 45, 59]
const [QUOTATION, APOSTROPHE, LESS, GREATER, A_SMALL, G_SMALL, L_SMALL, M_SMALL] = [34, 39, 60, 62, 97, 103, 108, 109]
const FIRST_TEXTS = 256
const FIRST_BYTES = 4096
// With colon and dash.
const MAX_EPOCH_LENGTH = 16

/** Texts of one package that wait to be looked up together, each with its role. */
export interface PendingTexts {
  /** None; the next ones are of these bytes, hashed with this seed. */
  begin(bytes: Uint8Array, seed: number): void
  readonly seed: number
  add(role: number, from: number, end: number): void
  addHashed(role: number, from: number, end: number, hash: number): void
  /** Of the bytes `[from, end)`, with the five entities replaced. */
  addMeant(role: number, from: number, end: number): void
  /** What one more than the epoch (0, 1: it is left out), version and release make: `[epoch:]version[-release]`. */
  addEvr(
    role: number,
    epoch: number,
    version: readonly [from: number, end: number],
    release: readonly [from: number, end: number],
  ): void

  readonly count: number
  readonly roles: Uint8Array
  readonly hashes: Uint32Array
  readonly numbers: Uint32Array
  /** Where text `index` begins and ends in `sourceOf(index)`. */
  readonly starts: Int32Array
  readonly ends: Int32Array
  sourceOf(index: number): Uint8Array
}

export function openPendingTexts(): PendingTexts {
  let [roles, hashes, numbers] = [
    new Uint8Array(FIRST_TEXTS),
    new Uint32Array(FIRST_TEXTS),
    new Uint32Array(FIRST_TEXTS),
  ]
  let [starts, ends] = [new Int32Array(FIRST_TEXTS), new Int32Array(FIRST_TEXTS)]
  let count = 0
  let seed = 0
  let bytes = new Uint8Array(0)
  // Texts that do not stand anywhere as they are meant.
  let own = new Uint8Array(FIRST_BYTES)
  let [ownFrom, ownEnd] = [0, 0]

  const addHashed = (role: number, from: number, end: number, hash: number): void => {
    if (count === roles.length) {
      roles = new Uint8Array(roles.buffer.transfer(2 * count))
      hashes = new Uint32Array(hashes.buffer.transfer(8 * count))
      numbers = new Uint32Array(numbers.buffer.transfer(8 * count))
      starts = new Int32Array(starts.buffer.transfer(8 * count))
      ends = new Int32Array(ends.buffer.transfer(8 * count))
    }
    roles[count] = role
    hashes[count] = hash
    starts[count] = from
    ends[count] = end
    count += 1
  }
  const makeRoom = (more: number): void => {
    if (ownEnd + more > own.length) own = new Uint8Array(own.buffer.transfer(2 * (ownEnd + more)))
  }
  /** Copies bytes behind what is there already. */
  const copy = (from: number, end: number): void => {
    let to = ownEnd
    for (let at = from; at < end; at += 1, to += 1) own[to] = bytes[at] ?? 0
    ownEnd = to
  }
  const addOwn = (role: number): void => {
    addHashed(role | OWN, ownFrom, ownEnd, hashBytes(own, ownFrom, ownEnd, seed))
    ownFrom = ownEnd
  }
  return {
    begin(from, seedOfTable) {
      bytes = from as Uint8Array<ArrayBuffer>
      seed = seedOfTable
      count = ownFrom = ownEnd = 0
    },
    get seed() {
      return seed
    },
    add: (role, from, end) => addHashed(role, from, end, hashBytes(bytes, from, end, seed)),
    addHashed,
    addMeant(role, from, end) {
      makeRoom(end - from)
      for (let at = from; at < end; at += 1) {
        const byte = bytes[at] ?? 0
        own[ownEnd] = byte === AMPERSAND ? meantBy(bytes[at + 1] ?? 0, bytes[at + 2] ?? 0) : byte
        ownEnd += 1
        if (byte === AMPERSAND) while (bytes[at] !== SEMICOLON) at += 1
      }
      addOwn(role)
    },
    addEvr(role, epoch, version, release) {
      makeRoom(version[1] - version[0] + release[1] - release[0] + MAX_EPOCH_LENGTH)
      if (epoch > 1) for (const digit of Buffer.from(`${epoch - 1}:`)) own[ownEnd++] = digit
      copy(version[0], version[1])
      if (release[1] > release[0]) own[ownEnd++] = DASH
      copy(release[0], release[1])
      addOwn(role)
    },
    get count() {
      return count
    },
    get roles() {
      return roles
    },
    get hashes() {
      return hashes
    },
    get numbers() {
      return numbers
    },
    get starts() {
      return starts
    },
    get ends() {
      return ends
    },
    sourceOf: (index) => (((roles[index] ?? 0) & OWN) === 0 ? bytes : own),
  }
}

// The bit of a role that says that the text stands in the texts' own bytes.
const OWN = 0x80
/** A role as it was given. */
export const ROLE = 0x7f

/** By the first two letters of `amp`, `lt`, `gt`, `quot`, `apos`. */
function meantBy(first: number, second: number): number {
  if (first === L_SMALL) return LESS
  if (first === G_SMALL) return GREATER
  if (first !== A_SMALL) return QUOTATION
  return second === M_SMALL ? AMPERSAND : APOSTROPHE
}
