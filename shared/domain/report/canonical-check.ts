import { CANONICAL_CHECKS, type CanonicalCheck } from './canonical-checks.ts'
import type { Finding } from './finding.ts'
import { spellTitle } from './title-words.ts'

/** Words of a title that make it a flaw of a software rather than a setting. */
const FLAW_WORDS = [
  'overflow',
  'denial of service',
  'dos',
  'ddos',
  'injection',
  'traversal',
  'xss',
  'cross site',
  'code execution',
  'command execution',
  'rce',
  'privilege escalation',
  'bypass',
  'use after free',
  'memory corruption',
  'spoofing',
  'csrf',
]
/** What passwords are guessed for. The first name is the one that counts. */
const LOGINS: readonly (readonly string[])[] = [
  ['mysql', 'mariadb'],
  ['postgresql', 'postgres'],
  ['mssql', 'microsoft sql server', 'sql server'],
  ['oracle database', 'oracle tns'],
  ['mongodb'],
  ['redis'],
  ['memcached'],
  ['elasticsearch'],
  ['couchdb'],
  ['rabbitmq'],
  ['tomcat', 'apache tomcat'],
  ['jenkins'],
  ['vnc'],
  ['ssh'],
  ['ftp'],
  ['telnet'],
  ['ipmi'],
  ['rdp'],
]
const GUESSED = [
  'brute force',
  'default credential',
  'default credentials',
  'default login',
  'default password',
  'default passwords',
  'default unpassworded',
  'default account',
  'default accounts',
  'administrative credentials',
  'unpassworded',
  'empty password',
  'blank password',
  'weak password',
  'weak credentials',
  'password password',
]
const OPEN = [
  'no password',
  'unprotected',
  'without authentication',
  'no authentication',
  'unauthenticated access',
  'missing authentication',
]
const PLAIN_LOGINS = ['ftp', 'smtp', 'pop3', 'imap', 'ldap', 'nntp', 'rlogin', 'rsh', 'xmpp', 'amqp', 'mqtt'] as const
const CLEARTEXT = ['cleartext', 'clear text', 'unencrypted', 'plaintext']
const LOGIN = ['login', 'logins', 'authentication', 'credentials', 'auth']
/** Words after which a title names no product any more. */
const END_OF_LIFE = ['unsupported version', 'unsupported', 'end of life', 'eol', 'seol', 'end of support']
const NO_PRODUCT = new Set([
  'possible',
  'rogue',
  'known',
  'remote',
  'backdoor',
  'trojan',
  'generic',
  'detected',
  'multiple',
  'the',
  'a',
  'bind',
  'shell',
  'microsoft',
  'linux',
  'unix',
  'smb',
  'http',
  'web',
  'php',
  'apache',
  'tcp',
  'udp',
  'ssh',
  'ftp',
  'irc',
])

/**
 * The well-known check that a finding is, by its title; null for everything else. Two scanners' findings of the same one on the same port
 * are the same thing. Nothing that only one scanner's own id says counts.
 */
export function findCanonicalCheck(finding: Pick<Finding, 'title' | 'port'>): string | null {
  const title = spellTitle(finding.title)
  const namesFlaw = hasOne(title, FLAW_WORDS)

  const backdoor = findBackdoor(title)
  if (backdoor !== null) return backdoor

  for (const check of CANONICAL_CHECKS) {
    const isExcluded =
      (namesFlaw && check.mayNameFlaw === undefined) || (check.isOfHost && finding.port.number !== null)
    if (!isExcluded && matches(title, check)) return check.id
  }
  if (namesFlaw) return null

  return findPlainLogin(title) ?? findGuessedLogin(title) ?? findEndOfLife(title)
}

function matches(title: string, check: CanonicalCheck): boolean {
  return check.all.every((phrases) => hasOne(title, phrases)) && !hasOne(title, check.none ?? [])
}

function hasOne(title: string, phrases: readonly string[]): boolean {
  return phrases.some((phrase) => title.includes(` ${phrase} `))
}

/** `vsftpd Smiley Face Backdoor` and `vsftpd Compromised Source Packages Backdoor`: a backdoor in one product, which the title begins with. */
function findBackdoor(title: string): string | null {
  if (!title.includes(' backdoor ')) return null

  const product = title.trim().split(' ', 1)[0] ?? ''
  return product.length < 3 || NO_PRODUCT.has(product) ? null : `backdoor:${product}`
}

function findPlainLogin(title: string): string | null {
  if (!hasOne(title, CLEARTEXT) || !hasOne(title, LOGIN)) return null

  const protocol = PLAIN_LOGINS.find((name) => title.startsWith(` ${name} `))
  return protocol === undefined ? null : `cleartext-login:${protocol}`
}

/** Only where the title begins with what is logged in to: `NetMan 204 Default Credentials (SSH)` is about NetMan. */
function findGuessedLogin(title: string): string | null {
  const kind = hasOne(title, OPEN) ? 'open-login' : hasOne(title, GUESSED) ? 'guessed-login' : null
  const login = LOGINS.find((names) => names.some((name) => title.startsWith(` ${name} `)))
  return kind === null || login === undefined ? null : `${kind}:${login[0]}`
}

/** `PHP Unsupported Version Detection` and `PHP End of Life (EOL) Detection`: what stands before. */
function findEndOfLife(title: string): string | null {
  const ends = END_OF_LIFE.map((phrase) => title.indexOf(` ${phrase} `)).filter((at) => at > 0)
  if (ends.length === 0) return null

  const product = title.slice(0, Math.min(...ends)).trim()
  return product === '' ? null : `end-of-life:${product}`
}
