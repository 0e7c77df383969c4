import ipaddr from 'ipaddr.js'

/**
 * What an IP address is to a fetcher that takes URLs from strangers. Only `public` is open to everyone.
 * `forbidden` is never reached by a name or a network, only where the operator writes this very address: cloud metadata
 * services, the unspecified address, multicast, broadcast – and whatever is no address at all.
 */
export type AddressClass = 'public' | 'private' | 'loopback' | 'forbidden'

// RFC 6890 and its registry (IANA IPv4 Special-Purpose Addresses), less what stands under `loopback` and `forbidden`.
const SPECIAL_V4 = networks([
  '10.0.0.0/8',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
])
const LOOPBACK_V4 = networks(['127.0.0.0/8'])
// 168.63.129.16 is Azure's host agent, in a public range; 100.100.100.200 Alibaba's, 192.0.0.192 Oracle's metadata service.
const FORBIDDEN_V4 = networks([
  '0.0.0.0/8',
  '169.254.169.254/32',
  '169.254.170.2/32',
  '169.254.170.23/32',
  '100.100.100.200/32',
  '192.0.0.192/32',
  '168.63.129.16/32',
  '224.0.0.0/4',
  '240.0.0.0/4',
])

const GLOBAL_V6 = networks(['2000::/3'])
// IETF protocol assignments (Teredo, ORCHID, benchmarking), documentation, AS112: inside 2000::/3, not the open Internet.
const SPECIAL_V6 = networks(['2001::/23', '2001:db8::/32', '2620:4f:8000::/48', '3fff::/20'])
const LOOPBACK_V6 = networks(['::1/128'])
const FORBIDDEN_V6 = networks(['::/128', 'fd00:ec2::254/128', 'fd00:ec2::23/128', 'fd20:ce::254/128', 'ff00::/8'])

// IPv6 addresses that carry an IPv4 address, and at which byte: mapped, translated (RFC 2765), NAT64, 6to4.
const CARRIERS = [
  { network: network('::ffff:0:0/96'), at: 12 },
  { network: network('::ffff:0:0:0/96'), at: 12 },
  { network: network('64:ff9b::/96'), at: 12 },
  { network: network('2002::/16'), at: 2 },
] as const

/**
 * Sorts an address, in text as `URL.hostname` (brackets allowed), a resolver or a socket gives it. An IPv6 address that carries
 * an IPv4 one is what that one is. IPv6 is an allow-list: of 2000::/3 what is not special; the rest is private at best.
 * Anything that is not a plain address (a zone, octal or short forms) is `forbidden`.
 */
export function classifyAddress(text: string): AddressClass {
  const address = parseAddress(text)
  if (address === null) return 'forbidden'
  if (address.kind() === 'ipv4') return classifyV4(address)
  if (inAny(address, FORBIDDEN_V6)) return 'forbidden'
  if (inAny(address, LOOPBACK_V6)) return 'loopback'

  const carrier = CARRIERS.find((one) => isIn(address, one.network))
  if (carrier !== undefined) {
    return classifyV4(ipaddr.fromByteArray(address.toByteArray().slice(carrier.at, carrier.at + 4)))
  }

  const isGlobal = inAny(address, GLOBAL_V6) && !inAny(address, SPECIAL_V6)
  return isGlobal ? 'public' : 'private'
}

function classifyV4(address: Address): AddressClass {
  if (inAny(address, FORBIDDEN_V4)) return 'forbidden'
  if (inAny(address, LOOPBACK_V4)) return 'loopback'

  return inAny(address, SPECIAL_V4) ? 'private' : 'public'
}

/** The one spelling of an address: an IPv4-mapped one as its IPv4 address, no brackets; null when the text is no plain address. */
export function canonicalAddress(text: string): string | null {
  return parseAddress(text)?.toString() ?? null
}

/** A network as the operator writes it, `10.0.0.0/8` or `fd00::/8`; null when it is none. */
export function parseNetwork(text: string): AddressNetwork | null {
  const [address = '', bits = '', ...rest] = text.split('/')
  const base = parseAddress(address)
  if (base === null || rest.length > 0 || !/^\d{1,3}$/.test(bits)) return null
  if (Number(bits) > (base.kind() === 'ipv4' ? 32 : 128)) return null

  return { base, bits: Number(bits) }
}

/** Whether an address lies in a network. False for what is no address. */
export function isInNetwork(text: string, where: AddressNetwork): boolean {
  const address = parseAddress(text)
  return address !== null && isIn(address, where)
}

type Address = ipaddr.IPv4 | ipaddr.IPv6

/** Opaque to others: from `parseNetwork`. */
export interface AddressNetwork {
  readonly base: Address
  readonly bits: number
}

function parseAddress(text: string): Address | null {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (bare.length > 45 || bare.includes('%')) return null
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare)
  if (!bare.includes(':') || !ipaddr.IPv6.isValid(bare)) return null

  const address = ipaddr.IPv6.parse(bare)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

function network(text: string): AddressNetwork {
  const [base = '', bits = ''] = text.split('/')
  return { base: ipaddr.parse(base), bits: Number(bits) }
}

function networks(texts: readonly string[]): readonly AddressNetwork[] {
  return texts.map(network)
}

function isIn(address: Address, where: AddressNetwork): boolean {
  if (address.kind() !== where.base.kind()) return false

  const left = address.toByteArray()
  const right = where.base.toByteArray()
  const whole = where.bits >> 3
  for (let at = 0; at < whole; at += 1) if (left[at] !== right[at]) return false
  const shift = 8 - (where.bits & 7)
  return shift === 8 || (left[whole] ?? 0) >> shift === (right[whole] ?? 0) >> shift
}

function inAny(address: Address, list: readonly AddressNetwork[]): boolean {
  return list.some((where) => isIn(address, where))
}
