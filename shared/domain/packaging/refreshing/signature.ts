import type { PublicKey, SignaturePacket, Subkey } from 'openpgp'

/** Which keys count. Fingerprints narrow the keys down; a trailing `!` means that very (sub)key; none: any of the keys. */
export interface TrustedKeys {
  readonly keys: readonly PublicKey[]
  readonly fingerprints: readonly string[]
}

export type Verification =
  /** Fingerprints of the signing keys, and until when the latest of them holds (ISO UTC; null: for ever). */
  | { readonly status: 'good'; readonly signedBy: readonly string[]; readonly trustedUntil: string | null }
  /** `unknown`: no signature by a key at hand. `bad`: a signature that is wrong, expired, weak or by a key that no longer counts. */
  | { readonly status: 'unknown' | 'bad'; readonly reason: string }

const MAX_SIGNATURES = 64
// A signature may be so much ahead of this clock.
const CLOCK_SLACK_MS = 10_000

/**
 * Judges the signatures over `signed` as apt does with gpgv: good when at least one of them is right and by a trusted key that is valid
 * now, and none by a key at hand is wrong. Keys and signatures that have expired, MD5, SHA-1 and RIPEMD-160 do not count.
 * Sources: apt's methods/gpgv, RFC 9580.
 */
export async function verifySignatures(
  signed: Uint8Array,
  armor: string,
  trusted: TrustedKeys,
  now: Date,
): Promise<Verification> {
  const packets = await readPackets(armor)
  if (packets === null) return { status: 'bad', reason: 'the signature cannot be read' }
  if (packets.length > MAX_SIGNATURES) return { status: 'bad', reason: `more than ${MAX_SIGNATURES} signatures` }

  const judged: Judgement[] = []
  for (const packet of packets) judged.push(await judge(packet, signed, trusted.keys, now))

  const wrong = judged.find((one) => one.status === 'wrong')
  if (wrong !== undefined) return { status: 'bad', reason: describe(wrong) }

  const good = judged.filter((one) => one.status === 'good').filter((one) => counts(one, trusted.fingerprints))
  if (good.length > 0) {
    const until = Math.max(...good.map((one) => one.until))
    return {
      status: 'good',
      signedBy: [...new Set(good.map((one) => one.fingerprint))].toSorted(),
      trustedUntil: Number.isFinite(until) ? new Date(until).toISOString() : null,
    }
  }
  const reason = judged.length === 0 ? 'there is no signature' : judged.map(describe).join('; ')
  return { status: judged.some((one) => one.status === 'worthless') ? 'bad' : 'unknown', reason }
}

type Judgement =
  | { status: 'good'; fingerprint: string; primary: string; until: number }
  | { status: 'unknown'; keyId: string }
  | { status: 'wrong' | 'worthless'; keyId: string; reason: string }

async function readPackets(armor: string): Promise<readonly SignaturePacket[] | null> {
  const { readSignature } = await import('openpgp')
  try {
    return [...(await readSignature({ armoredSignature: armor })).packets]
  } catch {
    return null
  }
}

async function judge(
  packet: SignaturePacket,
  signed: Uint8Array,
  keys: readonly PublicKey[],
  now: Date,
): Promise<Judgement> {
  const { enums } = await import('openpgp')
  const keyId = packet.issuerKeyID?.toHex().toUpperCase() ?? ''
  const worthless = (reason: string): Judgement => ({ status: 'worthless', keyId, reason })

  const candidates = keys.flatMap((key) => key.getKeys(packet.issuerKeyID).map((signer) => ({ key, signer })))
  if (candidates.length === 0) return { status: 'unknown', keyId }

  const { binary, text } = enums.signature
  if (packet.signatureType !== binary && packet.signatureType !== text) return worthless('is not over a document')

  const { md5, sha1, ripemd } = enums.hash
  const weak = packet.hashAlgorithm === md5 || packet.hashAlgorithm === sha1 || packet.hashAlgorithm === ripemd
  if (weak) return worthless('uses a weak hash (MD5, SHA-1 or RIPEMD-160)')

  const created = packet.created?.getTime() ?? Number.NaN
  if (!(created <= now.getTime() + CLOCK_SLACK_MS)) return worthless('was made in the future')
  if (+packet.getExpirationTime() <= now.getTime()) return worthless('has expired')

  let failure: string | null = null
  for (const { key, signer } of candidates) {
    if (!(await isRight(packet, signed, signer))) continue

    failure = await whyInvalid(key, signer, created, now)
    if (failure === null) return goodBy(packet, key, signer)
  }
  return failure === null ? { status: 'wrong', keyId, reason: 'does not fit the text' } : worthless(failure)
}

/** Arithmetic only: is it by that key and over these bytes? */
async function isRight(packet: SignaturePacket, signed: Uint8Array, signer: PublicKey | Subkey): Promise<boolean> {
  const { config, createMessage, enums } = await import('openpgp')
  const message = await createMessage({ binary: signed })
  const [literal] = message.packets.filterByTag(enums.packet.literalData)
  if (literal === undefined || packet.signatureType === null) return false

  try {
    // Times are judged by the caller, who knows the moment; null leaves them out here.
    await packet.verify(signer.keyPacket, packet.signatureType, literal, NO_DATE, true, config)
    return true
  } catch {
    return false
  }
}

// The library takes null for "whenever" though its types do not say so.
const NO_DATE = null as unknown as Date

/** Why the key does not count now (expired, revoked, not for signing, too short); null: it counts. */
async function whyInvalid(
  key: PublicKey,
  signer: PublicKey | Subkey,
  created: number,
  now: Date,
): Promise<string | null> {
  if (signer.getCreationTime().getTime() > created) return 'is older than its key'

  try {
    await key.getSigningKey(signer.getKeyID(), now)
    return null
  } catch (error) {
    const expires = await key.getExpirationTime().catch(() => null)
    if (expires !== null && +expires <= now.getTime()) return 'is by a key that has expired'

    return `is by a key that does not count: ${error instanceof Error ? error.message : 'unusable'}`
  }
}

async function goodBy(packet: SignaturePacket, key: PublicKey, signer: PublicKey | Subkey): Promise<Judgement> {
  const ends = [packet.getExpirationTime(), await key.getExpirationTime(), await signer.getExpirationTime()]
  return {
    status: 'good',
    fingerprint: signer.getFingerprint().toUpperCase(),
    primary: key.getFingerprint().toUpperCase(),
    until: Math.min(...ends.map((end) => (end === null ? Infinity : +end))),
  }
}

function counts(good: { fingerprint: string; primary: string }, wanted: readonly string[]): boolean {
  if (wanted.length === 0) return true

  return wanted.some((fingerprint) =>
    fingerprint.endsWith('!')
      ? fingerprint.slice(0, -1) === good.fingerprint
      : fingerprint === good.fingerprint || fingerprint === good.primary,
  )
}

function describe(one: Judgement): string {
  switch (one.status) {
    case 'good':
      return `the signature by ${one.fingerprint} is right, but the machine does not name that key`
    case 'unknown':
      return `the key ${one.keyId} is not among the trusted ones`
    case 'wrong':
    case 'worthless':
      return `the signature by ${one.keyId} ${one.reason}`
    default:
      return one satisfies never
  }
}
