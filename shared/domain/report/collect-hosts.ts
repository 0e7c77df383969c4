import { Fault } from '../fault.ts'
import type { ExaminedHost } from './finding.ts'
import { copyText, cutText, oneLine } from './keep-text.ts'

/** Addresses of one report: all of a /16. */
const MAX_HOSTS = 65_536
const MAX_NAMES = 50
const MAX_NAME_CHARACTERS = 255

export interface HostCollection {
  /** The host of this address; one that is not known yet is made, not complete. @throws Fault `report_too_large` */
  get(address: string): ExaminedHost
  list(): ExaminedHost[]
}

/** The addresses that a report speaks of, each once, in the order of its first mention. */
export function openHostCollection(): HostCollection {
  const hosts = new Map<string, ExaminedHost>()

  return {
    get: (text) => {
      const address = copyText(cutText(oneLine(text), MAX_NAME_CHARACTERS))
      const known = hosts.get(address)
      if (known !== undefined) return known
      if (hosts.size >= MAX_HOSTS) throw new Fault('report_too_large', `The report holds more than ${MAX_HOSTS} hosts.`)

      const host: ExaminedHost = {
        address,
        names: [],
        operatingSystem: '',
        startedAt: null,
        endedAt: null,
        authenticated: null,
        isComplete: false,
      }
      hosts.set(address, host)
      return host
    },
    list: () => [...hosts.values()],
  }
}

/** Notes a name of a host once; its own address is no name. At most 50 names of 255 characters. */
export function addName(host: ExaminedHost, text: string): void {
  const name = copyText(cutText(oneLine(text), MAX_NAME_CHARACTERS))
  if (name === '' || name === host.address || host.names.includes(name) || host.names.length >= MAX_NAMES) return

  host.names.push(name)
}

/** The earliest or latest of two times, either of which may be missing. */
export function pickTime(which: 'earliest' | 'latest', one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other

  return one < other === (which === 'earliest') ? one : other
}
