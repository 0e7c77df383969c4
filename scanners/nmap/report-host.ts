import type { Finding } from '#shared/domain/report/finding.ts'
import { EMPTY_DRAFT, type FindingDraft } from '#shared/domain/report/finding-draft.ts'
import { attribute, findChild, listChildren } from '#shared/domain/report/xml-node.ts'
import type { XmlAttributes, XmlNode } from '#shared/domain/report/xml-reader.ts'
import { readScript } from './scripts.ts'

/** States that follow from an answer of the port itself. The others follow from silence, or from what stands in between. */
const ANSWERED = new Set(['open', 'closed', 'unfiltered'])

/** One `host` element while it is read. */
export interface HostSoFar {
  address: string
  readonly names: string[]
  operatingSystem: string
  readonly start: string
  readonly end: string
  readonly isTimedOut: boolean
  status: string
  reason: string
  /** Something came back from at least one port. */
  hasAnswered: boolean
}

export function openHost(attributes: XmlAttributes): HostSoFar {
  return {
    address: '',
    names: [],
    operatingSystem: '',
    start: attributes['starttime'] ?? '',
    end: attributes['endtime'] ?? '',
    isTimedOut: attributes['timedout'] === 'true',
    status: '',
    reason: '',
    hasAnswered: false,
  }
}

/** Takes note of a part of a host; what it finds is given back. */
export function readHostPart(host: HostSoFar, node: XmlNode): FindingDraft[] {
  switch (node.name) {
    case 'status':
      host.status = attribute(node, 'state')
      host.reason = attribute(node, 'reason')
      return []
    case 'address':
      noteAddress(host, node)
      return []
    case 'hostname':
      if (host.names.length < 100) host.names.push(attribute(node, 'name'))
      return []
    case 'osmatch':
      host.operatingSystem ||= attribute(node, 'name')
      return []
    case 'extraports':
      host.hasAnswered ||= ANSWERED.has(attribute(node, 'state'))
      return []
    case 'port':
      return readPort(host, node)
    case 'script':
      return readScript(node, { ...EMPTY_DRAFT, address: host.address })
    default:
      return []
  }
}

/** An IP address before any other. */
function noteAddress(host: HostSoFar, node: XmlNode): void {
  if (host.address === '' || attribute(node, 'addrtype').startsWith('ip')) {
    if (!/[.:]/.test(host.address) || attribute(node, 'addrtype') === 'ipv4') host.address = attribute(node, 'addr')
  }
}

function readPort(host: HostSoFar, node: XmlNode): FindingDraft[] {
  const state = attribute(findChild(node, 'state'), 'state')
  host.hasAnswered ||= ANSWERED.has(state)
  const port = toPort(attribute(node, 'portid'), attribute(node, 'protocol'))
  const service = findChild(node, 'service')
  const base: FindingDraft = { ...EMPTY_DRAFT, address: host.address, port, service: attribute(service, 'name') }
  const found = listChildren(node, 'script').flatMap((script) => readScript(script, base))

  return state === 'open' ? [describeOpenPort(base, service), ...found] : found
}

function toPort(text: string, protocol: string): Finding['port'] {
  const number = Number(text)
  if (!/^\d{1,5}$/.test(text) || number < 1 || number > 65_535) return EMPTY_DRAFT.port

  return { number, protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp' }
}

function describeOpenPort(base: FindingDraft, service: XmlNode | null): FindingDraft {
  const words = ['product', 'version', 'extrainfo', 'ostype', 'hostname'].map((name) => attribute(service, name))
  const product = words.filter((word) => word !== '').join(' ')
  const name = base.service === '' ? '' : ` (${base.service})`

  return {
    ...base,
    check: 'open-port',
    title: `Open port ${base.port.number ?? '?'}/${base.port.protocol}${name}`,
    evidence: product,
    family: 'open port',
    native: { level: 'open', severity: '' },
    references: listChildren(service, 'cpe').map((cpe) => ({ type: 'cpe', id: cpe.text })),
  }
}
