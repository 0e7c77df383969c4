import { canonicalAddress, classifyAddress } from './address-rules.ts'
import { Fault } from '../fault.ts'
import { describeUrl, isLocalName, type FetchTarget } from './fetch-target.ts'
import { findListedAddress, isNameListed, listsAddresses, type HostList } from './host-list.ts'
import { isUnder } from './mirror-map.ts'

/** What the operator allows beyond the open Internet. */
export interface FetchRules {
  /** `internalHosts` and the hosts that mirrors lead to. */
  readonly hosts: HostList
  /** URL prefixes (from `parseUrlPrefix`) of the station's own machine, written by its administrator. */
  readonly ownSources: readonly string[]
}

/** The answer for one request to one target; good for no other. */
export interface FetchPermission {
  /** Whether a connection to this address is in order. */
  allows(address: string): boolean
  /** Whether the URL itself is the operator's own, so that the limits for strangers' servers do not bind. */
  readonly isOperators: boolean
}

// Strangers' URLs reach web servers only, not whatever else listens on a public host.
const OPEN_PORTS: ReadonlySet<number> = new Set([80, 443])

/**
 * Decides what a request may connect to. Everyone may reach public addresses on ports 80 and 443. A listed name may resolve to
 * anything, a listed network holds whatever name leads there – but never a `forbidden` address, which only a URL and an entry that
 * both write it reach. The station's own sources reach private addresses, and loopback where the URL itself says so.
 * @throws Fault `address_refused` when no resolution of the name could change the answer, so that none is asked for
 */
export function decidePermission(rules: FetchRules, target: FetchTarget): FetchPermission {
  const { hosts } = rules
  const isOwn = rules.ownSources.some((prefix) => isUnder(target.url, prefix))
  const isListed = !target.isAddress && isNameListed(hosts, target.host, target.port)
  const isOpen = OPEN_PORTS.has(target.port) && (target.isAddress || !isLocalName(target.host))

  const allows = (address: string): boolean => {
    const kind = classifyAddress(address)
    const listed = findListedAddress(hosts, address, target.port)
    const isWritten = target.isAddress && canonicalAddress(address) === target.host
    if (isWritten && (isOwn || listed === 'itself')) return true
    if (kind === 'forbidden') return false
    if (isListed || listed !== null) return true
    if (isOwn && (kind !== 'loopback' || target.host === 'localhost')) return true

    return isOpen && kind === 'public'
  }
  const isListedAddress = target.isAddress && findListedAddress(hosts, target.host, target.port) !== null
  const isOperators = isOwn || isListed || isListedAddress

  if (target.isAddress && !allows(target.host))
    throw refuse(target, `its address is ${describeClass(target.host)}`, isOpen)
  const isHopeless = !isOpen && !isListed && !isOwn && !listsAddresses(hosts, target.port)
  if (isHopeless) throw refuse(target, isLocalName(target.host) ? 'its name is local' : '', isOpen)

  return { allows, isOperators }
}

/**
 * The addresses that a name resolved to, in canonical spelling, when every one of them is in order.
 * @throws Fault `address_refused` when a single one is not, `repository_unreachable` when there is none
 */
export function checkAddresses(
  target: FetchTarget,
  permission: FetchPermission,
  addresses: readonly string[],
): readonly string[] {
  if (addresses.length === 0) {
    const place = { file: describeUrl(target.url) }
    throw new Fault('repository_unreachable', `the name ${target.host} has no address`, { place })
  }
  const wrong = addresses.find((address) => !permission.allows(address))
  if (wrong === undefined) return addresses

  throw refuse(target, `its name leads to an address that is ${describeClass(wrong)}`, OPEN_PORTS.has(target.port))
}

/** The fault for a connection that ended elsewhere than it should have. */
export function refuseConnection(target: FetchTarget): Fault {
  return refuse(target, 'the connection led to an address that is not allowed', true)
}

function describeClass(address: string): string {
  const kind = classifyAddress(address)
  if (kind === 'public') return 'public, but not on port 80 or 443'

  return kind === 'forbidden' ? 'never to be reached' : kind
}

function refuse(target: FetchTarget, why: string, isOpenPort: boolean): Fault {
  const shown = describeUrl(target.url)
  const reason = why !== '' ? why : isOpenPort ? 'it is not allowed' : `port ${target.port} is not 80 or 443`
  return new Fault(
    'address_refused',
    `${shown} is not fetched: ${reason}; an internal mirror has to be listed under internalHosts`,
    { place: { file: shown } },
  )
}
