import { addName, pickTime, type HostCollection } from '#shared/domain/report/collect-hosts.ts'
import type { ExaminedHost } from '#shared/domain/report/finding.ts'
import { cutText, oneLine } from '#shared/domain/report/keep-text.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'
import { childText } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'

const MAX_SERVICES = 65_536

/** One `host` element of a report while it is read: it comes after the results, and its details may be a thousand. */
export interface HostSoFar {
  address: string
  start: string
  end: string
  name: string
  systemText: string
  systemCpe: string
  hasLogin: boolean
  hasFailedLogin: boolean
  /** `22/tcp` → `ssh` */
  readonly services: Map<string, string>
}

export function openHost(): HostSoFar {
  return {
    address: '',
    start: '',
    end: '',
    name: '',
    systemText: '',
    systemCpe: '',
    hasLogin: false,
    hasFailedLogin: false,
    services: new Map(),
  }
}

/** Takes note of a child of `host`. */
export function noteHostPart(host: HostSoFar, node: XmlNode): void {
  const text = node.text.trim()
  if (node.name === 'ip') host.address = text
  if (node.name === 'start') host.start = text
  if (node.name === 'end') host.end = text
  if (node.name !== 'detail') return

  const name = childText(node, 'name')
  const value = childText(node, 'value')
  if (name === 'hostname') host.name ||= value
  if (name === 'best_os_txt') host.systemText ||= value
  if (name === 'best_os_cpe') host.systemCpe ||= value
  if (/^Auth-.{1,40}-Success$/.test(name)) host.hasLogin = true
  if (/^Auth-.{1,40}-Failure$/.test(name)) host.hasFailedLogin = true
  if (name === 'Services') noteService(host, value)
}

/** `22,tcp,ssh,what the service said`. */
function noteService(host: HostSoFar, value: string): void {
  const [number = '', protocol = '', service = ''] = value.split(',', 3)
  const key = `${number.trim()}/${protocol.trim().toLowerCase()}`
  if (host.services.size < MAX_SERVICES && !host.services.has(key))
    host.services.set(key, oneLine(service).slice(0, 60))
}

/** Notes a host that was read to its end; one that is there twice is complete if each of them is. */
export function closeHost(soFar: HostSoFar, hosts: HostCollection, seen: Set<string>): ExaminedHost | null {
  if (soFar.address === '') return null

  const host = hosts.get(soFar.address)
  const startedAt = readScannerTime(soFar.start)
  const endedAt = readScannerTime(soFar.end)
  const isWhole = startedAt !== null && endedAt !== null
  host.isComplete = isWhole && (host.isComplete || !seen.has(host.address))
  seen.add(host.address)
  host.startedAt = pickTime('earliest', host.startedAt, startedAt)
  host.endedAt = pickTime('latest', host.endedAt, endedAt)
  host.operatingSystem ||= cutText(oneLine(soFar.systemText || soFar.systemCpe), 300)
  if (soFar.hasLogin || soFar.hasFailedLogin) host.authenticated = soFar.hasLogin && !soFar.hasFailedLogin
  addName(host, soFar.name)
  return host
}
