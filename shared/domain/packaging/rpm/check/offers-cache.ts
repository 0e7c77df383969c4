import { canonicalJson } from '../../../canonical-json.ts'
import type { OpenList } from '../../package-system.ts'
import type { RpmPolicy } from '../model.ts'
import { openOffers } from './offers.ts'
import type { RpmCheckInput, RpmOffers } from './offers.ts'

/**
 * Machines with the same repositories, policy and architecture share what is worked out from them, as long as the opened lists live. The
 * outcome does not depend on it: an entry is found only under everything that went into it.
 */
export function shareOffers(input: RpmCheckInput): RpmOffers {
  const anchor = findAnchor(input)
  if (anchor === null) return openOffers(input)

  let shared = byAnchor.get(anchor)
  if (shared === undefined) byAnchor.set(anchor, (shared = new Map()))
  const key = describeInput(input)
  const known = shared.get(key)
  if (known !== undefined) return known

  const offers = openOffers(input)
  // Old snapshots beside a list that lives long: the earliest go first.
  if (shared.size >= SHARED) shared.delete(shared.keys().next().value ?? '')
  shared.set(key, offers)
  return offers
}

const SHARED = 64
// Held by the list that they were made from, so that they go when it goes.
const byAnchor = new WeakMap<OpenList, Map<string, RpmOffers>>()
const serials = new WeakMap<OpenList, number>()
const policies = new WeakMap<RpmPolicy, string>()
let lastSerial = 0

function findAnchor(input: RpmCheckInput): OpenList | null {
  for (const { snapshot } of input.sources) {
    const first = snapshot?.lists[0]
    const list = first === undefined ? undefined : input.lists.get(first.key)
    if (list !== undefined) return list
  }
  return null
}

function describeInput(input: RpmCheckInput): string {
  let policy = policies.get(input.policy)
  if (policy === undefined) policies.set(input.policy, (policy = canonicalJson(input.policy)))
  const parts = [policy, input.inventory.architecture]
  for (const { repository, snapshot } of input.sources) {
    parts.push(repository.id, repository.title)
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
