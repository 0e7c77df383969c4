import { createHash } from 'node:crypto'
import { generateKey } from 'openpgp'
import type { ArchiveKey } from '#test/support/signed-archive.ts'

/** A fresh key of yesterday, of the kind that every apt can check. */
export async function makeKey(): Promise<ArchiveKey> {
  const { privateKey } = await generateKey({
    type: 'ecc',
    curve: 'ed25519Legacy',
    userIDs: [{ name: 'Measured archive' }],
    date: new Date(Date.now() - 86_400_000),
    format: 'object',
  })
  const keyring = privateKey.toPublic().write()
  const sha256 = createHash('sha256').update(keyring).digest('hex')
  return { secret: privateKey, keyring, sha256, fingerprint: privateKey.getFingerprint().toUpperCase() }
}
