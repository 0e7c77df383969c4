import { describe, expect, it } from 'vitest'
import { armor as writeArmor, enums } from 'openpgp'
import { openDetachedSignature } from '#shared/domain/packaging/refreshing/clear-sign.ts'
import { readKeyring } from '#shared/domain/packaging/refreshing/keyring.ts'
import { verifySignatures } from '#shared/domain/packaging/refreshing/signature.ts'
import { makeArchiveKey, signDetached, type ArchiveKey, type KeyOptions } from '#test/support/signed-archive.ts'

const NOW = new Date('2026-02-02T00:00:00Z')
const TEXT = 'Origin: Made-up\n'

async function setup(options: KeyOptions = {}) {
  const key = await makeArchiveKey(options)
  const keys = await readKeyring(key.sha256, key.keyring)
  return {
    key,
    keys,
    verify: (armor: string, text = TEXT, now = NOW) => verifyBy(armor, text, { keys, fingerprints: [] }, now),
  }
}

function verifyBy(armor: string, text: string, trusted: Parameters<typeof verifySignatures>[2], now = NOW) {
  return verifySignatures(Buffer.from(text), openDetachedSignature(Buffer.from(armor), 'Release.gpg'), trusted, now)
}

describe('a signature', () => {
  it('is good over the same bytes, bad over others', async () => {
    const { key, verify } = await setup()
    const armor = await signDetached(TEXT, [key])

    expect(await verify(armor)).toEqual({ status: 'good', signedBy: [key.fingerprint], trustedUntil: null })
    expect(await verify(armor, `${TEXT}more\n`)).toMatchObject({
      status: 'bad',
      reason: expect.stringContaining('does not fit'),
    })
  })

  it('by a key that is not at hand is unknown', async () => {
    const { verify } = await setup()
    const stranger = await makeArchiveKey()

    expect(await verify(await signDetached(TEXT, [stranger]))).toMatchObject({ status: 'unknown' })
  })

  it('that is wrong spoils a good one beside it, as in apt', async () => {
    const [one, two] = [await makeArchiveKey(), await makeArchiveKey()]
    const keys = [...(await readKeyring(one.sha256, one.keyring)), ...(await readKeyring(two.sha256, two.keyring))]
    const { readSignature, PacketList, Signature } = await import('openpgp')
    const right = await readSignature({ armoredSignature: await signDetached(TEXT, [one]) })
    const wrong = await readSignature({ armoredSignature: await signDetached('else\n', [two]) })
    const both = new PacketList<(typeof right.packets)[number]>()
    both.push(...right.packets, ...wrong.packets)
    const armor = new Signature(both).armor().replaceAll('\r\n', '\n')

    expect(await verifyBy(armor, TEXT, { keys, fingerprints: [] })).toMatchObject({ status: 'bad' })
  })

  it('by a key that has expired by now is bad, though it was valid when it signed', async () => {
    const { key, verify } = await setup({ lifeSeconds: 40 * 86_400 })
    const armor = await signDetached(TEXT, [key])

    expect(await verify(armor)).toMatchObject({ status: 'good', trustedUntil: '2026-02-10T00:00:00.000Z' })
    expect(await verify(armor, TEXT, new Date('2026-02-11T00:00:00Z'))).toMatchObject({
      status: 'bad',
      reason: expect.stringContaining('expired'),
    })
  })

  it('from the future is bad', async () => {
    const { key, verify } = await setup()

    expect(await verify(await signDetached(TEXT, [key], new Date('2026-02-03T00:00:00Z')))).toMatchObject({
      status: 'bad',
      reason: expect.stringContaining('in the future'),
    })
  })

  it.each(['sha1', 'ripemd', 'md5'] as const)('with %s does not count', async (hash) => {
    const { key, verify } = await setup({})
    const armor = await weakSignature(key, enums.hash[hash])

    expect(await verify(armor)).toMatchObject({ status: 'bad', reason: expect.stringContaining('weak hash') })
  })

  it('counts by the fingerprint that the machine names', async () => {
    const { key, keys } = await setup()
    const armor = await signDetached(TEXT, [key])
    const by = async (...fingerprints: string[]) => (await verifyBy(armor, TEXT, { keys, fingerprints })).status

    expect(await by(key.fingerprint)).toBe('good')
    expect(await by(`${key.fingerprint}!`)).toBe('good')
    expect(await by('0'.repeat(40), key.fingerprint)).toBe('good')
    expect(await by('0'.repeat(40))).not.toBe('good')
  })

  it('that cannot be read is bad', async () => {
    const { verify } = await setup()

    expect(await verify('-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n')).toMatchObject({
      status: 'bad',
    })
  })
})

describe('a keyring', () => {
  it('is read armoured or binary, with several keys', async () => {
    const [one, two] = [await makeArchiveKey(), await makeArchiveKey()]
    const armored = Buffer.from(`${one.secret.toPublic().armor()}\n${two.secret.toPublic().armor()}`)
    const binary = Buffer.concat([one.keyring, two.keyring])

    expect(await readKeyring('armored', armored)).toHaveLength(2)
    expect(await readKeyring('binary', binary)).toHaveLength(2)
  })

  it('without keys is empty', async () => {
    expect(await readKeyring('nothing', new Uint8Array(0))).toEqual([])
    expect(await readKeyring('text', Buffer.from('hello'))).toEqual([])
    expect(await readKeyring('noise', Buffer.from([0x99, 1, 2, 3]))).toEqual([])
  })
})

/** A right signature whose hash is renamed: that alone must be enough. The oracle has really weak ones. */
async function weakSignature(key: ArchiveKey, hash: number): Promise<string> {
  const { readSignature } = await import('openpgp')
  const bytes = Buffer.from(
    (await readSignature({ armoredSignature: await signDetached(TEXT, [key]) })).write() as Uint8Array,
  )
  // Tag, one byte of length, then version, type, key algorithm and hash algorithm (RFC 9580, 5.2.3).
  expect([bytes[0], bytes[2]]).toEqual([0xc2, 4])
  bytes[5] = hash
  return writeArmor(enums.armor.signature, bytes).replaceAll('\r\n', '\n')
}
