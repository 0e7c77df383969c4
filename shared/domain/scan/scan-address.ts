import { canonicalAddress, classifyAddress, isInNetwork, parseNetwork } from '../fetching/address-rules.ts'

/** An address as a scanner may be given it, or why it may not. */
export type AddressVerdict =
  | { readonly kind: 'allowed'; readonly address: string }
  | { readonly kind: 'refused'; readonly reason: string }

/**
 * Whether a scan may go to an address: a plain IP address inside a network that the operator lists. Names, options, zones and short
 * forms are no addresses; metadata services, multicast and the like are refused in any network. An IPv6 address that carries an IPv4
 * one is what that one is.
 */
export function judgeScanAddress(text: string, networks: readonly string[]): AddressVerdict {
  const address = canonicalAddress(text)
  if (address === null) return { kind: 'refused', reason: 'It is not an IP address.' }

  if (classifyAddress(address) === 'forbidden') return refuse(address, 'nothing may be sent there')
  const isListed = networks.some((network) => {
    const parsed = parseNetwork(network)
    return parsed !== null && isInNetwork(address, parsed)
  })
  // What NAT64 or 6to4 would turn into an IPv4 address must be listed as that.
  if (isListed) return { kind: 'allowed', address }
  return refuse(address, 'it lies in none of the networks that may be scanned (scanNetworks)')
}

function refuse(address: string, why: string): AddressVerdict {
  return { kind: 'refused', reason: `${address} is not scanned: ${why}.` }
}

/**
 * Those addresses that may be scanned, each once. `isTold`: a hypervisor or guest says so; its loopback is not ours, so that a
 * scan of this station never passes for one of the machine.
 */
export function listScanAddresses(
  addresses: readonly string[],
  how: { networks: readonly string[]; isTold: boolean },
): { readonly allowed: readonly string[]; readonly refused: readonly string[] } {
  const allowed = new Set<string>()
  const refused: string[] = []
  for (const text of addresses.slice(0, MOST)) {
    const verdict = judgeScanAddress(text, how.networks)
    if (verdict.kind === 'refused') refused.push(verdict.reason)
    else if (how.isTold && classifyAddress(verdict.address) === 'loopback') {
      refused.push(`${verdict.address} is the machine's own loopback, seen from inside.`)
    } else allowed.add(verdict.address)
  }
  return { allowed: [...allowed], refused }
}

/** Addresses of one machine that are looked at. */
const MOST = 64
