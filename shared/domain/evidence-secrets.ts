/** What is left of a file once what Lazaret must never hold is cut out of it. */
export type Cleaned =
  | { readonly status: 'kept' | 'cut'; readonly bytes: Uint8Array }
  /** Left out as a whole; the reason is a sentence's end. */
  | { readonly status: 'omitted'; readonly reason: string }

/**
 * Cuts secrets out of one file of evidence: user and password in front of the host of any URL, what follows a question mark in one (package
 * managers have no use for it, people put tokens there), and private key blocks, in the configuration of apt, dnf, yum and zypper; in
 * that of the latter three also settings that name a user, a password or a token. The query of a list of mirrors stays where it only
 * says which list. Left out as a whole are password files, client certificates and keyrings with a private key in them. Everything
 * else (`var/lib`, `etc/os-release`) stays as it is, byte for byte. The importer cuts before it sends, so that a secret never
 * leaves the machine.
 */
export function cutSecrets(path: string, bytes: Uint8Array): Cleaned {
  if (PASSWORD_FILE.test(path)) return { status: 'omitted', reason: 'holds passwords' }
  if (isConfiguration(path)) return cutFromText(bytes, cutWords)
  if (isSettings(path)) return cutFromText(bytes, cutSettings)
  if (isKeyring(path) && holdsPrivateKey(bytes)) return { status: 'omitted', reason: 'holds a private key' }
  return { status: 'kept', bytes }
}

const PASSWORD_FILE = /^etc\/(?:apt\/auth\.conf|zypp\/credentials|pki\/(?:entitlement|consumer)\/)/
const SETTINGS = ['etc/dnf/', 'usr/share/dnf5/', 'etc/yum', 'etc/distro.repos.d/', 'etc/zypp/', 'usr/etc/zypp/']
const CONFIGURATION = ['sources.list', 'preferences', 'apt.conf', 'apt-mirrors.txt', 'mirrors'].map(
  (n) => `etc/apt/${n}`,
)

function isConfiguration(path: string): boolean {
  return CONFIGURATION.some((start) => path.startsWith(start))
}

function isSettings(path: string): boolean {
  return SETTINGS.some((start) => path.startsWith(start))
}

function isKeyring(path: string): boolean {
  const isInFolder = ['/keyrings/', '/rpm-gpg/', '/gnupg/keys/'].some((folder) => path.includes(folder))
  return path.startsWith('etc/apt/') || isInFolder || /\.(?:asc|gpg|pgp|key|pem)$/.test(path)
}

// Between `://` and the next slash, blank or quote, up to the last `@`: where apt itself looks for user and password (strutl.cc, URI).
const USER_AND_PASSWORD = /:\/\/[^/\s"']*@/g
const PRIVATE_KEY_BEGIN = /BEGIN [A-Z ]{0,40}PRIVATE KEY/
const PRIVATE_KEY_END = /END [A-Z ]{0,40}PRIVATE KEY/

function cutFromText(bytes: Uint8Array, cutText: (text: string) => string): Cleaned {
  const text = Buffer.from(bytes).toString('latin1')
  const bare = cutText(text)
  const cut = PRIVATE_KEY_BEGIN.test(bare) ? cutKeyBlocks(bare) : bare
  return cut === text ? { status: 'kept', bytes } : { status: 'cut', bytes: Buffer.from(cut, 'latin1') }
}

const WORD = /[^\s"']+/g

function cutWords(text: string): string {
  return text.replace(USER_AND_PASSWORD, '://').replace(WORD, cutQuery)
}

// A setting's name, commented out or not. In front of the sign nothing that could make it go back and forth.
const SETTING = /^[\s#;]*([\w.-]{1,64})[ \t]*[=:]/
const SECRET_SETTING = /(?:^|_)(?:password|passwd|username|token|secret)$/i
const MIRRORS = /^(?:mirrorlist|metalink)$/i

/** Line by line: what a line that begins with a blank says belongs to the setting above. */
function cutSettings(text: string): string {
  const kept: string[] = []
  let isCut = false
  for (const line of text.split('\n')) {
    const isContinued = /^[ \t]/.test(line)
    const name = SETTING.exec(line)?.[1] ?? ''
    isCut = (isContinued && isCut) || SECRET_SETTING.test(name)
    if (isCut) continue
    const bare = line.replace(USER_AND_PASSWORD, '://')
    kept.push(MIRRORS.test(name) ? bare.replace(WORD, cutSecretQuery) : bare.replace(WORD, cutQuery))
  }
  return kept.join('\n')
}

/** What lists of mirrors are asked for. A query with anything else in it may hold a token, and goes. */
const HARMLESS =
  /^(?:repo|arch|basearch|release|releasever|version|ver|infra|content|countme|country|cc|protocol|redirect|path|time|dist|variant|os|stream|channel|family|type|mirrorlist)=[\w$.:+~,{}-]{0,64}$/

function cutSecretQuery(word: string): string {
  const query = word.indexOf('?')
  if (query === -1) return word
  return word
    .slice(query + 1)
    .split('&')
    .every((part) => HARMLESS.test(part))
    ? word
    : cutQuery(word)
}

function cutQuery(word: string): string {
  const address = word.indexOf('://')
  const query = address === -1 ? -1 : word.indexOf('?', address)
  return query === -1 ? word : word.slice(0, query)
}

function cutKeyBlocks(text: string): string {
  let isInside = false
  const kept = text.split('\n').filter((line) => {
    const opens = PRIVATE_KEY_BEGIN.test(line)
    const isCut = isInside || opens
    isInside = isCut && !PRIVATE_KEY_END.test(line)
    return !isCut
  })
  return kept.join('\n')
}

/** Armoured, or a binary OpenPGP secret key or subkey packet in front (RFC 9580, 4.2: tags 5 and 7, both header formats). */
function holdsPrivateKey(bytes: Uint8Array): boolean {
  const first = bytes[0] ?? 0
  const isSecretPacket = first === 0xc5 || first === 0xc7 || (first & 0xfc) === 0x94 || (first & 0xfc) === 0x9c
  return isSecretPacket || Buffer.from(bytes).includes('PRIVATE KEY')
}
