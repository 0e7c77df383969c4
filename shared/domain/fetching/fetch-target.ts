import { canonicalAddress } from './address-rules.ts'
import { Fault } from '../fault.ts'

/** Where a request would go, read from a URL by the same parser that the connection uses, so that both see the same host. */
export interface FetchTarget {
  /** Canonical: escapes, case, default port and dot segments resolved; no fragment. */
  readonly url: string
  readonly scheme: 'http' | 'https'
  /** Lower case, IDNA, no brackets, no final dot; an address in its one spelling. */
  readonly host: string
  readonly isAddress: boolean
  readonly port: number
  /** As `URL.hostname` has it, for the connection. */
  readonly hostname: string
  /** `/path?query`, as sent. */
  readonly path: string
}

const MAX_URL = 4096
// Everything from the machine's own names that no public resolver answers for (RFC 6761, 6762, 7686, 8375; ICANN's .internal).
const LOCAL_SUFFIXES = [
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'lan',
  'home.arpa',
  'onion',
] as const

/**
 * Reads a URL that a stranger may have written. Strict where parsers are known to differ: exactly two slashes, no backslash,
 * white space, control character or user; nothing that climbs once its escapes are decoded.
 * @throws Fault `address_refused`; its text never holds a user or password
 */
export function readFetchTarget(text: string): FetchTarget {
  if (text.length > MAX_URL) throw refused(`${text.slice(0, 80)}…`, `is longer than ${MAX_URL} characters`)
  if (/[\p{Cc}\s\\]/u.test(text)) {
    throw refused(text, 'holds white space, a control character or a backslash')
  }
  if (!/^https?:\/\/[^/?#]/i.test(text)) throw refused(text, 'is not of the form http://host/ or https://host/')
  // Also where the user is empty (`http://@host/`), which the parser would drop.
  if (/^https?:\/\/[^/?#]*@/i.test(text)) throw refused(text, 'holds a user or password')

  if (!URL.canParse(text)) throw refused(text, 'is not a valid URL')
  const url = new URL(text)
  if (climbs(url.pathname)) throw refused(text, 'has a path that climbs above itself once it is decoded')

  url.hash = ''
  const address = canonicalAddress(url.hostname)
  const host = address ?? url.hostname.replace(/\.$/, '')
  if (!isHost(host)) throw refused(text, 'has no valid host')

  const scheme = url.protocol === 'https:' ? 'https' : 'http'
  return {
    url: url.href,
    scheme,
    host,
    isAddress: address !== null,
    port: url.port === '' ? defaultPort(scheme) : Number(url.port),
    hostname: url.hostname,
    path: url.pathname + url.search,
  }
}

/** The port that a scheme means when the URL names none. */
export function defaultPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80
}

/** A name that only means something inside the network that the station stands in: without a dot, or under a local suffix. */
export function isLocalName(host: string): boolean {
  return !host.includes('.') || LOCAL_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))
}

/** A URL for people and logs: user, password, query and control characters left out, at most 300 characters. */
export function describeUrl(text: string): string {
  const bare = text.replace(/[?#].*$/s, '').replace(/[^\u0021-\u007e]/g, '?')
  return bare.replace(/^([a-z][a-z0-9+.-]*:[/\\]*)[^/\\]*@/i, '$1').slice(0, 300)
}

// `..%2f..%2fadmin`: not a dot segment to this parser, but to many a server behind an internal mirror.
function climbs(path: string): boolean {
  const decoded = path
    .replace(/%25/g, '%')
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c/gi, '/')
  return /%00/.test(decoded) || decoded.split('/').includes('..')
}

function isHost(host: string): boolean {
  if (host.includes(':')) return true

  return (
    host.length <= 253 &&
    host.split('.').every((label) => label.length > 0 && label.length <= 63 && /^[a-z0-9_-]+$/.test(label))
  )
}

function refused(url: string, why: string): Fault {
  const shown = describeUrl(url)
  return new Fault('address_refused', `the address ${shown} ${why}`, { place: { file: shown } })
}
