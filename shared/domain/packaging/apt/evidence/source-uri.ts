import { readText } from '../../../evidence.ts'
import type { Evidence } from '../../../evidence.ts'
import { configText } from './configuration.ts'
import type { AptConfiguration } from './configuration.ts'

/** A URI of the sources in the form that is kept: no user, no password, a slash at the end, `file:///x` as `file:/x/`. */
export interface SourceUri {
  readonly uri: string
  readonly scheme: string
  /** '' where there is none (`file:`, `cdrom:`). */
  readonly host: string
  readonly hadCredentials: boolean
}

/** Longest URI that is taken. */
const MAX_URI = 2048

/** null: too long, or with control characters in it, which no archive's address has. */
export function readSourceUri(text: string): SourceUri | null {
  if (text.length > MAX_URI || hasControl(text)) return null

  // Whatever stands before an `@` in an authority goes, in an address inside an address too.
  const bare = text.replace(/\/\/[^/]*@/g, '//')
  const hadCredentials = bare !== text
  const colon = bare.indexOf(':')
  const scheme = bare.slice(0, colon)
  const rest = bare.slice(colon + 1)
  if (!rest.startsWith('//')) return { uri: slashed(bare), scheme, host: '', hadCredentials }

  const slash = rest.indexOf('/', 2)
  const path = slash === -1 ? '/' : rest.slice(slash)
  const host = rest.slice(2, slash === -1 ? undefined : slash)
  const uri = host === '' ? `${scheme}:${path}` : `${scheme}://${host}${path}`
  return { uri: slashed(uri), scheme, host, hadCredentials }
}

/** What apt calls the same archive: the address without its scheme. */
export function archiveKey(uri: string, suite: string): string {
  return `${uri.replace(/^[^:/]*:(?:\/\/)?/, '')} ${suite}`
}

/** Why an archive cannot be fetched from elsewhere, for a person; null where nothing speaks against it. */
export function whyUnreachable(uri: SourceUri, config: AptConfiguration): string | null {
  if (uri.scheme === 'http') return null
  if (uri.scheme === 'https') return needsCertificate(uri.host, config) ? 'needs a client certificate' : null

  const reason = REASONS.get(uri.scheme)
  if (reason !== undefined) return reason
  if (uri.scheme.startsWith('tor')) return 'is reached through Tor only'
  if (uri.scheme.startsWith('mirror')) return 'names a list of mirrors, which is not part of the evidence'
  return `uses the transport ${uri.scheme}:, which only the machine has`
}

const REASONS = new Map([
  ['cdrom', 'is a disc (cdrom:)'],
  ['file', 'lies on the machine itself (file:)'],
  ['copy', 'lies on the machine itself (copy:)'],
  ['ftp', 'is offered by FTP only'],
  ['ssh', 'is reached with a login only (ssh:)'],
  ['rsh', 'is reached with a login only (rsh:)'],
])

function needsCertificate(host: string, config: AptConfiguration): boolean {
  const name = host.replace(/:\d+$/, '')
  return ['Acquire::https::SslCert', `Acquire::https::${name}::SslCert`].some((key) => configText(config, key) !== '')
}

/**
 * The archive behind `mirror+file:/path`: the first http or https line of that list, if the list is in the evidence.
 * The lines may carry attributes after a tab, which only order the mirrors. null: no such list or no such line.
 */
export function readMirrorList(uri: SourceUri, evidence: Evidence): string | null {
  if (uri.scheme !== 'mirror+file') return null

  const path = uri.uri.slice('mirror+file:'.length).replace(/^\/+/, '').replace(/\/$/, '')
  for (const line of (readText(evidence, path) ?? '').split('\n')) {
    const mirror = line.trim().split(/\s/)[0] ?? ''
    if (mirror.startsWith('http://') || mirror.startsWith('https://')) return mirror
  }
  return null
}

export function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true
  }
  return false
}

function slashed(text: string): string {
  return text.endsWith('/') ? text : `${text}/`
}
