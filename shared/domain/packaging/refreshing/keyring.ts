import type { PublicKey } from 'openpgp'

const MAX_KEYRING_BYTES = 8 * 1024 * 1024
const MAX_BLOCKS = 200
const MAX_KEYS = 2000
const MAX_CACHED = 500

const BEGIN_KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----'
const parsed = new Map<string, Promise<readonly PublicKey[]>>()

/**
 * The public keys in a keyring file: binary or armoured (several blocks too), as apt takes them. What is not a key is left out.
 * Empty where nothing can be read. Parsed once per content.
 * @param sha256 hex, names the content
 */
export function readKeyring(sha256: string, bytes: Uint8Array): Promise<readonly PublicKey[]> {
  const known = parsed.get(sha256)
  if (known !== undefined) return known

  if (parsed.size >= MAX_CACHED) parsed.clear()
  const reading = parseKeyring(bytes)
  parsed.set(sha256, reading)
  return reading
}

async function parseKeyring(bytes: Uint8Array): Promise<readonly PublicKey[]> {
  if (bytes.length === 0 || bytes.length > MAX_KEYRING_BYTES) return []

  const { readKeys } = await import('openpgp')
  const config = { ignoreMalformedPackets: true, ignoreUnsupportedPackets: true }
  const blocks = armouredBlocks(bytes)
  const read =
    blocks === null
      ? [readKeys({ binaryKeys: bytes, config })]
      : blocks.map((armoredKeys) => readKeys({ armoredKeys, config }))

  const keys: PublicKey[] = []
  for (const outcome of await Promise.allSettled(read)) {
    if (outcome.status === 'fulfilled')
      keys.push(...outcome.value.map((key) => (key.isPrivate() ? key.toPublic() : key)))
  }
  return keys.slice(0, MAX_KEYS)
}

/** null: the file is binary. */
function armouredBlocks(bytes: Uint8Array): string[] | null {
  if (((bytes[0] ?? 0) & 0x80) !== 0) return null

  const text = new TextDecoder('latin1').decode(bytes)
  return text
    .split(BEGIN_KEY)
    .slice(1, MAX_BLOCKS + 1)
    .map((block) => BEGIN_KEY + block)
}
