import type { Port } from '#shared/domain/report/finding.ts'

export interface Target {
  /** Name or address, without port. */
  readonly name: string
  readonly port: Port
  readonly service: string
  /** Of the URL, without query: that holds what a template made up for this one request. */
  readonly path: string
}

const URL_FORM =
  /^([a-z][a-z0-9+.-]{0,20}):\/\/(\[[0-9a-f:.%]{2,60}\]|[^/:?#\s]{1,255})(?::(\d{1,5}))?([^?#\s]{0,1000})/i
const PLAIN_FORM = /^(\[[0-9a-f:.%]{2,60}\]|[^/:?#\s]{1,255})(?::(\d{1,5}))?(?:[/?#]|$)/i
const DEFAULT_PORTS = new Map([
  ['http', 80],
  ['https', 443],
])

/** Where a template matched: `https://name:8443/path`, `name:22`, a bare name or address (DNS templates: no port). */
export function readTarget(matchedAt: string, host: string, portText: string, type: string): Target {
  const { scheme, name, port, path } = readPlace(matchedAt) ?? readPlace(host) ?? NOWHERE
  const number = Number(portText || port || DEFAULT_PORTS.get(scheme) || 0)
  const isPort = type !== 'dns' && Number.isInteger(number) && number > 0 && number < 65_536

  return {
    name: name.replace(/^\[|\]$/g, ''),
    port: isPort ? { number, protocol: 'tcp' } : { number: null, protocol: 'general' },
    service: scheme,
    path: path === '/' ? '' : path,
  }
}

const NOWHERE = { scheme: '', name: '', port: '', path: '' }

function readPlace(text: string): typeof NOWHERE | null {
  const url = URL_FORM.exec(text)
  if (url !== null) {
    const [, scheme = '', name = '', port = '', path = ''] = url
    return { scheme: scheme.toLowerCase(), name, port, path }
  }
  const isBareIpv6 = /^[0-9a-f:.]{2,60}$/i.test(text) && text.split(':').length > 2
  if (isBareIpv6) return { ...NOWHERE, name: text }

  const plain = PLAIN_FORM.exec(text)
  return plain === null ? null : { ...NOWHERE, name: plain[1] ?? '', port: plain[2] ?? '' }
}
