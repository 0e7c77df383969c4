import { createHash } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { createCleartextMessage, createMessage, generateKey, sign, type PrivateKey } from 'openpgp'

/** A signing key of a made-up archive. */
export interface ArchiveKey {
  readonly secret: PrivateKey
  /** The binary keyring with the public key, and its name by content. */
  readonly keyring: Uint8Array
  readonly sha256: string
  /** Upper-case hex. */
  readonly fingerprint: string
}

export interface KeyOptions {
  readonly createdAt?: Date
  readonly lifeSeconds?: number
  readonly name?: string
}

/** A fresh Ed25519 key. */
export async function makeArchiveKey(options: KeyOptions = {}): Promise<ArchiveKey> {
  const { privateKey } = await generateKey({
    type: 'curve25519',
    userIDs: [{ name: options.name ?? 'Made-up archive' }],
    date: options.createdAt ?? new Date('2026-01-01T00:00:00Z'),
    ...(options.lifeSeconds !== undefined && { keyExpirationTime: options.lifeSeconds }),
    format: 'object',
  })
  const keyring = privateKey.toPublic().write()
  return {
    secret: privateKey,
    keyring,
    sha256: hashOf(keyring),
    fingerprint: privateKey.getFingerprint().toUpperCase(),
  }
}

export type Packing = 'xz' | 'zst' | 'gz' | 'plain'

export interface ArchiveOptions {
  readonly suite?: string
  readonly codename?: string
  readonly date?: Date | null
  readonly validUntil?: Date | null
  readonly architectures?: readonly string[]
  /** Text of Packages by component and architecture: `main/amd64`. For a flat archive the one key ''. */
  readonly indexes: Readonly<Record<string, string>>
  readonly packings?: readonly Packing[]
  readonly byHash?: boolean
  readonly hashes?: readonly ('MD5Sum' | 'SHA1' | 'SHA256' | 'SHA512')[]
  /** More lines of the Release file, each with its newline. */
  readonly extraFields?: string
  /** None: an archive without signature. */
  readonly keys?: readonly ArchiveKey[]
  /** When the signatures say they were made. */
  readonly signedAt?: Date
  /** `InRelease` alone, `Release` with `Release.gpg`, or both. */
  readonly forms?: readonly ('inline' | 'detached')[]
}

export interface MadeArchive {
  /** By path relative to the folder of the Release file. */
  readonly files: Map<string, Uint8Array>
  readonly releaseText: string
}

/** An archive in memory: Release, signatures and packed indexes, all consistent until a test breaks them. */
export async function makeArchive(options: ArchiveOptions): Promise<MadeArchive> {
  const files = new Map<string, Uint8Array>()
  const promised: { path: string; bytes: Uint8Array }[] = []
  for (const [place, text] of Object.entries(options.indexes)) {
    const path = indexPath(place)
    promised.push({ path, bytes: Buffer.from(text) })
    for (const packing of options.packings ?? ['gz']) {
      const bytes = await pack(packing, Buffer.from(text))
      const packedPath = packing === 'plain' ? path : `${path}.${packing}`
      if (packing !== 'plain') promised.push({ path: packedPath, bytes })
      files.set(packedPath, bytes)
      if (options.byHash === true) files.set(hashPath(packedPath, bytes), bytes)
    }
  }

  const releaseText = writeRelease(options, promised)
  await signRelease(files, releaseText, options)
  return { files, releaseText }
}

/** Puts the signed forms of a Release text into an archive. */
export async function signRelease(
  files: Map<string, Uint8Array>,
  text: string,
  options: Pick<ArchiveOptions, 'keys' | 'signedAt' | 'forms'>,
): Promise<void> {
  const forms = options.forms ?? ['inline']
  if (forms.includes('inline') && options.keys !== undefined && options.keys.length > 0) {
    files.set('InRelease', Buffer.from(await clearSign(text, options.keys, options.signedAt)))
  }
  if (forms.includes('detached') || options.keys === undefined || options.keys.length === 0) {
    files.set('Release', Buffer.from(text))
    if (options.keys !== undefined && options.keys.length > 0) {
      files.set('Release.gpg', Buffer.from(await signDetached(text, options.keys, options.signedAt)))
    }
  }
}

export async function clearSign(
  text: string,
  keys: readonly ArchiveKey[],
  date = new Date('2026-02-01T00:00:00Z'),
): Promise<string> {
  const message = await createCleartextMessage({ text: text.replace(/\n$/, '') })
  const signed = await sign({ message, signingKeys: keys.map((key) => key.secret), date })
  return signed.replaceAll('\r\n', '\n')
}

export async function signDetached(
  text: string,
  keys: readonly ArchiveKey[],
  date = new Date('2026-02-01T00:00:00Z'),
): Promise<string> {
  const message = await createMessage({ binary: Buffer.from(text) })
  const signature = await sign({ message, signingKeys: keys.map((key) => key.secret), date, detached: true })
  return signature.replaceAll('\r\n', '\n')
}

/** One stanza of an index. */
export function stanza(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ Architecture: 'amd64', ...fields }).map(([name, value]) => `${name}: ${value}\n`)
  return `${lines.join('')}\n`
}

function indexPath(place: string): string {
  if (place === '') return 'Packages'

  const slash = place.lastIndexOf('/')
  return `${place.slice(0, slash)}/binary-${place.slice(slash + 1)}/Packages`
}

function hashPath(path: string, bytes: Uint8Array): string {
  return `${path.slice(0, path.lastIndexOf('/') + 1)}by-hash/SHA256/${hashOf(bytes)}`
}

async function pack(packing: Packing, bytes: Uint8Array): Promise<Uint8Array> {
  switch (packing) {
    case 'gz':
      return gzipSync(bytes)
    case 'zst':
      return zstdCompressSync(bytes)
    case 'xz': {
      const { xz } = await import('@napi-rs/lzma')
      return xz.compress(bytes)
    }
    case 'plain':
      return bytes
    default:
      return packing satisfies never
  }
}

const ALGORITHMS = { MD5Sum: 'md5', SHA1: 'sha1', SHA256: 'sha256', SHA512: 'sha512' } as const

function writeRelease(options: ArchiveOptions, promised: readonly { path: string; bytes: Uint8Array }[]): string {
  const components = new Set(Object.keys(options.indexes).map((place) => place.slice(0, place.lastIndexOf('/'))))
  const lines = [
    'Origin: Made-up',
    'Label: Made-up',
    `Suite: ${options.suite ?? 'stable'}`,
    `Codename: ${options.codename ?? 'bookworm'}`,
    ...(options.date === null ? [] : [`Date: ${(options.date ?? new Date('2026-02-01T00:00:00Z')).toUTCString()}`]),
    ...(options.validUntil ? [`Valid-Until: ${options.validUntil.toUTCString()}`] : []),
    ...(options.byHash === true ? ['Acquire-By-Hash: yes'] : []),
    `Architectures: ${(options.architectures ?? ['amd64']).join(' ')}`,
    `Components: ${[...components].join(' ')}`,
  ]
  const sections = (options.hashes ?? ['SHA256']).map((name) => {
    const entries = promised.map(({ path, bytes }) => {
      const hash = createHash(ALGORITHMS[name]).update(bytes).digest('hex')
      return ` ${hash} ${bytes.length} ${path}\n`
    })
    return `${name}:\n${entries.join('')}`
  })
  return `${lines.join('\n')}\n${options.extraFields ?? ''}${sections.join('')}`
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
