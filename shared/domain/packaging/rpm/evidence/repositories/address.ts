/** An address of a repository in the form that is kept: without user and password. */
export interface Address {
  readonly url: string
  readonly scheme: string
}

/** Longest address that is taken. */
const MAX_ADDRESS = 2048

/**
 * null: no address at all: too long, or with control characters or blanks in it. A path alone is one on the machine itself, as for dnf.
 * What follows a question mark stays for lists of mirrors, which are told by it what to list; a repository's own address loses it,
 * as people put tokens there.
 */
export function readAddress(text: string, kind: 'repository' | 'list'): Address | null {
  const word = text.trim()
  if (word === '' || word.length > MAX_ADDRESS || hasControlOrBlank(word)) return null
  if (word.startsWith('/')) return { url: slashed(`file://${word}`, kind), scheme: 'file' }

  const bare = word.replace(/\/\/[^/]*@/g, '//')
  const query = bare.indexOf('?')
  const kept = query === -1 || kind === 'list' ? bare : bare.slice(0, query)
  const colon = kept.indexOf(':')
  const scheme = kept.slice(0, Math.max(colon, 0)).toLowerCase()
  if (!/^[a-z][a-z0-9+.-]{0,20}$/.test(scheme)) return null
  const url = `${scheme}${kept.slice(colon)}`
  return { url: slashed(url, kind), scheme }
}

function slashed(url: string, kind: 'repository' | 'list'): string {
  return kind === 'repository' && !url.endsWith('/') ? `${url}/` : url
}

/** Why nobody but the machine itself can fetch from there, as a sentence goes on about a repository; null: by HTTP. */
export function whyOnlyTheMachine({ scheme }: Address): string | null {
  if (scheme === 'http' || scheme === 'https') return null
  return REASONS.get(scheme) ?? `uses the transport ${scheme}:, which only the machine has`
}

const REASONS = new Map([
  ['file', 'lies on the machine itself (file:)'],
  ['dir', 'lies on the machine itself (dir:)'],
  ['hd', 'lies on a disk of the machine (hd:)'],
  ['iso', 'lies in an image on the machine (iso:)'],
  ['cd', 'is a disc (cd:)'],
  ['dvd', 'is a disc (dvd:)'],
  ['cdrom', 'is a disc (cdrom:)'],
  ['media', 'is a disc (media:)'],
  ['nfs', 'lies on a network share (nfs:)'],
  ['nfs4', 'lies on a network share (nfs4:)'],
  ['smb', 'lies on a network share (smb:)'],
  ['cifs', 'lies on a network share (cifs:)'],
  ['ftp', 'is offered by FTP only'],
  ['plugin', 'is provided by a plugin of the machine (plugin:)'],
])

function hasControlOrBlank(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || (code >= 0x7f && code < 0xa0)) return true
  }
  return false
}
