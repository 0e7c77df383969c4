/** What is left of a file once what Lazaret must never hold is cut out of it. */
export type Cleaned =
  | { readonly status: 'kept' | 'cut'; readonly bytes: Uint8Array }
  /** Left out as a whole; the reason is a sentence's end. */
  | { readonly status: 'omitted'; readonly reason: string }

/**
 * Cuts secrets out of one file of evidence: user and password in front of the host of any URL, what follows a question mark in one (apt
 * itself has no use for it, people put tokens there), and private key blocks, in apt's own configuration; left out as a whole are apt's password files and keyrings with a private key in them. Everything else (`var/lib`,
 * `etc/os-release`) stays as it is, byte for byte. The importer does the same before it sends, so that a secret never leaves the machine.
 */
export function cutSecrets(path: string, bytes: Uint8Array): Cleaned {
  if (PASSWORD_FILE.test(path)) return { status: 'omitted', reason: 'holds passwords' }
  if (isConfiguration(path)) return cutFromText(bytes)
  if (isKeyring(path) && holdsPrivateKey(bytes)) return { status: 'omitted', reason: 'holds a private key' }
  return { status: 'kept', bytes }
}

const PASSWORD_FILE = /^etc\/apt\/auth\.conf/
const CONFIGURATION = ['sources.list', 'preferences', 'apt.conf', 'apt-mirrors.txt', 'mirrors'].map(
  (n) => `etc/apt/${n}`,
)

function isConfiguration(path: string): boolean {
  return CONFIGURATION.some((start) => path.startsWith(start))
}

function isKeyring(path: string): boolean {
  return path.startsWith('etc/apt/') || path.includes('/keyrings/') || /\.(?:asc|gpg|pgp|key|pem)$/.test(path)
}

// Between `://` and the next slash, blank or quote, up to the last `@`: where apt itself looks for user and password (strutl.cc, URI).
const USER_AND_PASSWORD = /:\/\/[^/\s"']*@/g
const PRIVATE_KEY_BEGIN = /BEGIN [A-Z ]{0,40}PRIVATE KEY/
const PRIVATE_KEY_END = /END [A-Z ]{0,40}PRIVATE KEY/

function cutFromText(bytes: Uint8Array): Cleaned {
  const text = Buffer.from(bytes).toString('latin1')
  const bare = text.replace(USER_AND_PASSWORD, '://').replace(WORD, cutQuery)
  const cut = PRIVATE_KEY_BEGIN.test(bare) ? cutKeyBlocks(bare) : bare
  return cut === text ? { status: 'kept', bytes } : { status: 'cut', bytes: Buffer.from(cut, 'latin1') }
}

const WORD = /[^\s"']+/g

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
