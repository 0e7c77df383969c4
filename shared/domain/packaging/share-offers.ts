import { canonicalJson } from '../canonical-json.ts'
import type { ListSource, OpenList, RepositoryFace, Snapshot } from './package-system.ts'

/** What a check works its offers out from. */
interface OffersInput {
  readonly policy: object
  readonly inventory: { readonly architecture: string }
  readonly sources: readonly { readonly repository: RepositoryFace; readonly snapshot: Snapshot | null }[]
  readonly lists: ListSource
}

/** Old snapshots beside a list that lives long: the earliest go first. */
const SHARED = 64

const serials = new WeakMap<OpenList, number>()
const policies = new WeakMap<object, string>()
let lastSerial = 0

/**
 * Machines with the same repositories, policy and architecture share what `open` works out from them, as long as the opened lists live.
 * The outcome does not depend on it: an entry is found only under everything that went into it.
 */
export function shareOffers<Input extends OffersInput, Offers>(
  open: (input: Input) => Offers,
): (input: Input) => Offers {
  // Held by the list that they were made from, so that they go when it goes.
  const byAnchor = new WeakMap<OpenList, Map<string, Offers>>()
  return (input) => {
    const anchor = findAnchor(input)
    if (anchor === null) return open(input)

    let shared = byAnchor.get(anchor)
    if (shared === undefined) byAnchor.set(anchor, (shared = new Map()))
    const key = describeInput(input)
    const known = shared.get(key)
    if (known !== undefined) return known

    const offers = open(input)
    if (shared.size >= SHARED) shared.delete(shared.keys().next().value ?? '')
    shared.set(key, offers)
    return offers
  }
}

function findAnchor(input: OffersInput): OpenList | null {
  for (const { snapshot } of input.sources) {
    const first = snapshot?.lists[0]
    const list = first === undefined ? undefined : input.lists.get(first.key)
    if (list !== undefined) return list
  }
  return null
}

function describeInput(input: OffersInput): string {
  const { policy } = input
  let described = policies.get(policy)
  if (described === undefined) policies.set(policy, (described = canonicalJson(policy)))
  const parts = [described, input.inventory.architecture]
  for (const { repository, snapshot } of input.sources) {
    parts.push(repository.id, repository.title, snapshot?.digest ?? '')
    for (const { key } of snapshot?.lists ?? []) parts.push(String(serialOf(input.lists.get(key))))
  }
  return parts.join('\n')
}

function serialOf(list: OpenList | undefined): number {
  if (list === undefined) return 0

  let serial = serials.get(list)
  if (serial === undefined) serials.set(list, (serial = lastSerial += 1))
  return serial
}
