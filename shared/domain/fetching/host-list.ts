import { canonicalAddress, isInNetwork, parseNetwork, type AddressNetwork } from './address-rules.ts'
import { Fault } from '../fault.ts'

/**
 * The operator's `internalHosts`: `mirror.corp.example`, `mirror.corp.example:8080`, `10.1.2.3`, `[fd00::1]:8080`, `10.0.0.0/8`.
 * An entry without a port is good for every port of that host, so `host:port` is the narrower, better choice.
 */
export interface HostList {
  readonly names: ReadonlyMap<string, Ports>
  readonly addresses: ReadonlyMap<string, Ports>
  readonly networks: readonly AddressNetwork[]
}

type Ports = ReadonlySet<number> | 'any'

/** Reads the entries; each host in its canonical spelling. @throws Fault `config_invalid` naming the entry */
export function parseHostList(entries: readonly string[]): HostList {
  const names = new Map<string, Ports>()
  const addresses = new Map<string, Ports>()
  const networks: AddressNetwork[] = []
  for (const entry of entries) {
    const network = parseNetwork(entry)
    if (network !== null) {
      networks.push(network)
      continue
    }
    const { host, port } = parseEntry(entry)
    const address = canonicalAddress(host)
    if (address === null) add(names, host, port)
    else add(addresses, address, port)
  }
  return { names, addresses, networks }
}

/** Whether the operator lists this name (canonical, lower case) for this port. */
export function isNameListed(list: HostList, host: string, port: number): boolean {
  return covers(list.names.get(host), port)
}

/** How the operator lists an address: by itself, by a network that holds it, or not at all. */
export function findListedAddress(list: HostList, address: string, port: number): 'itself' | 'network' | null {
  const canonical = canonicalAddress(address)
  if (canonical === null) return null
  if (covers(list.addresses.get(canonical), port)) return 'itself'

  return list.networks.some((network) => isInNetwork(canonical, network)) ? 'network' : null
}

/** Whether some address could be reached at this port because the list holds it. */
export function listsAddresses(list: HostList, port: number): boolean {
  return list.networks.length > 0 || [...list.addresses.values()].some((ports) => covers(ports, port))
}

function covers(ports: Ports | undefined, port: number): boolean {
  return ports === 'any' || (ports !== undefined && ports.has(port))
}

function parseEntry(entry: string): { host: string; port: number | null } {
  if (canonicalAddress(entry) !== null) return { host: entry, port: null }

  const [, written = '', digits] = /^(\[[0-9a-fA-F:.]+\]|[^\s:/\\@?#[\]*%]+)(?::(\d{1,5}))?$/.exec(entry) ?? []
  const port = digits === undefined ? null : Number(digits)
  const isPort = port === null || (port > 0 && port < 65_536)
  if (written === '' || !isPort || !URL.canParse(`http://${written}/`)) {
    throw new Fault('config_invalid', `internalHosts: '${entry}' is not a host, host:port, address or network`)
  }

  return { host: new URL(`http://${written}/`).hostname.replace(/\.$/, ''), port }
}

function add(to: Map<string, Ports>, host: string, port: number | null): void {
  const known = to.get(host)
  if (known === 'any' || port === null) {
    to.set(host, 'any')
    return
  }
  to.set(host, new Set([...(known ?? []), port]))
}
