import * as openpgp from 'openpgp'

/** Keys of a hostile world: the one that the machine trusts, another one, and one whose time is over. */
export interface TestKeys {
  readonly trusted: openpgp.PrivateKey
  readonly other: openpgp.PrivateKey
  readonly expired: openpgp.PrivateKey
  /** Binary: what the machine's `signed-by` file holds, the expired one included. */
  readonly keyring: Uint8Array
}

const DAY_MS = 86_400_000

/** Makes the keys. RSA, so that every hash may be asked for. */
export async function makeTestKeys(now: Date): Promise<TestKeys> {
  const born = new Date(now.getTime() - 400 * DAY_MS)
  const [trusted, other, expired] = await Promise.all([
    makeKey('trusted', born, 0),
    makeKey('other', born, 0),
    makeKey('expired', born, 30 * 86_400),
  ])
  return { trusted, other, expired, keyring: Buffer.concat([trusted, expired].map((key) => key.toPublic().write())) }
}

async function makeKey(name: string, date: Date, keyExpirationTime: number): Promise<openpgp.PrivateKey> {
  const { privateKey } = await openpgp.generateKey({
    type: 'rsa',
    rsaBits: 2048,
    userIDs: [{ name, email: `${name}@example.org` }],
    date,
    keyExpirationTime,
    format: 'object',
  })
  return privateKey
}

/** A clear-signed text, as InRelease is. */
export async function clearSign(text: string, key: openpgp.PrivateKey, date = new Date()): Promise<string> {
  const message = await openpgp.createCleartextMessage({ text })
  const signed = await openpgp.sign({ message, signingKeys: key, date })
  return signed.replaceAll('\r\n', '\n')
}

/** A signature in a file of its own, as Release.gpg is, over any hash: also those that no sound program signs with any more. */
export async function signDetached(
  text: string,
  key: openpgp.PrivateKey,
  hash: openpgp.enums.hash = openpgp.enums.hash.sha512,
): Promise<string> {
  const [data] = (await openpgp.createMessage({ binary: Buffer.from(text) })).packets
  if (!(data instanceof openpgp.LiteralDataPacket)) throw new Error('a message holds its text')

  const signature = new openpgp.SignaturePacket()
  Object.assign(signature, {
    signatureType: openpgp.enums.signature.binary,
    publicKeyAlgorithm: key.keyPacket.algorithm,
    hashAlgorithm: hash,
  })
  // The salt that the library adds is not made for weak hashes.
  const config = { ...openpgp.config, nonDeterministicSignaturesViaNotation: false }
  await (signature as unknown as PacketSigner).sign(key.keyPacket, data, new Date(), true, config)
  const packets = new openpgp.PacketList()
  packets.push(signature)
  return openpgp.armor(openpgp.enums.armor.signature, packets.write())
}

/** The packet's method as it is; the library's types know another. */
interface PacketSigner {
  sign(key: unknown, data: unknown, date: Date, isDetached: boolean, config: unknown): Promise<void>
}
