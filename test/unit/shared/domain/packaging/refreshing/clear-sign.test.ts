import { beforeAll, describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { openClearSigned, openDetachedSignature } from '#shared/domain/packaging/refreshing/clear-sign.ts'
import { isFault } from '#shared/domain/fault.ts'
import { readKeyring } from '#shared/domain/packaging/refreshing/keyring.ts'
import { verifySignatures } from '#shared/domain/packaging/refreshing/signature.ts'
import { clearSign, makeArchiveKey, type ArchiveKey } from '#test/support/signed-archive.ts'

const RUNS = process.env['CI'] ? 10_000 : 1000
const NOW = new Date('2026-02-02T00:00:00Z')
const TEXT = 'Origin: Made-up\nSuite: stable\nSHA256:\n - 1 x\n-dash\n'
const EVIL = 'Version: 99-evil'

let key: ArchiveKey
let signed: string

beforeAll(async () => {
  key = await makeArchiveKey()
  signed = await clearSign(TEXT, [key])
})

/** The text that a caller would use: what was taken apart, if its signature is good. */
async function usedText(file: string | Uint8Array): Promise<string | null> {
  const opened = openClearSigned(typeof file === 'string' ? Buffer.from(file) : file, 'InRelease')
  const keys = await readKeyring(key.sha256, key.keyring)
  const verified = await verifySignatures(opened.signed, opened.armor, { keys, fingerprints: [] }, NOW)
  return verified.status === 'good' ? Buffer.from(opened.signed).toString() : null
}

/** What each trick makes of a rightly signed file. None may get its line into the text that is used. */
const TRICKS: Record<string, (file: string) => string> = {
  'text before the message': (file) => `${EVIL}\n\n${file}`,
  'text after the signature': (file) => `${file}${EVIL}\n`,
  'a second message after it': (file) => file + file,
  'a message inside the message': (file) =>
    file.replace('Origin', `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${EVIL}\nOrigin`),
  'text in a header': (file) => file.replace('Hash: SHA512\n', `Hash: SHA512\n${EVIL}\n`),
  'a header that takes back the escaping': (file) =>
    file.replace('Hash: SHA512\n', 'Hash: SHA512\nNotDashEscaped: You need GnuPG\n'),
  'a blank line that is not empty, so that headers and text differ': (file) =>
    file.replace('SHA512\n\n', `SHA512\n \n${EVIL}\n\n`),
  'a form feed for a line end': (file) => file.replace('Origin', `${EVIL}\fOrigin`),
  'a carriage return for a line end': (file) => file.replace('Origin', `${EVIL}\rOrigin`),
  'a line of dashes with space after it': (file) =>
    file.replace(
      '-----BEGIN PGP SIGNATURE-----',
      `-----BEGIN PGP SIGNATURE----- \n${EVIL}\n-----BEGIN PGP SIGNATURE-----`,
    ),
  'text among the signature': (file) =>
    file.replace('-----BEGIN PGP SIGNATURE-----\n', `-----BEGIN PGP SIGNATURE-----\n${EVIL} \u00e9\n`),
  'a NUL byte': (file) => file.replace('Origin', `${EVIL}\0\nOrigin`),
  'another line in the text': (file) => file.replace('Origin', `${EVIL}\nOrigin`),
}

describe('a clear-signed file', () => {
  it('gives the signed text with its dashes unescaped', async () => {
    expect(signed).toContain('\n- -dash')
    expect(await usedText(signed)).toBe(TEXT.replace(/\n$/, '').replaceAll('\n', '\r\n'))
  })

  it('may have white space at its end and at the ends of lines, which is not signed', async () => {
    expect(await usedText(`${signed.replace('stable\n', 'stable \t\n')}\n  \n`)).toContain('Suite: stable\r\n')
  })

  it.each(Object.entries(TRICKS))('with %s is never used', async (_, trick) => {
    const file = trick(signed)
    expect(file).not.toBe(signed)

    const outcome: unknown = await usedText(file).catch((error: unknown) => error)
    expect(outcome === null || isFault(outcome, 'repository_refused')).toBe(true)
  })

  it.each([
    ['Suite: x\n-dash', 5, 'not escaped'],
    ['-----BEGIN PGP SIGNED MESSAGE-----', 4, 'not escaped'],
    ['Suite: x\u0000', 4, 'control character'],
    ['Suite: x\r', 4, 'control character'],
    ['Suite: x\f', 4, 'control character'],
  ])('is refused for its form before any signature is looked at (%#)', (body, line, message) => {
    const file = Buffer.from(signed.replace(/\n\n[^]*?\n-----BEGIN PGP SIG/, `\n\n${body}\n-----BEGIN PGP SIG`))
    const open = () => openClearSigned(file, 'InRelease')

    expect(open).toThrow(message)
    expect(open).toThrow(expect.objectContaining({ place: { file: 'InRelease', line } }))
  })

  it('that is a web page is called one', () => {
    expect(() => openClearSigned(Buffer.from('\n<html>'), 'http://mirror.example.org/InRelease')).toThrow('web page')
  })

  it('with any of its bytes changed is refused or gives the same text', async () => {
    const original = Buffer.from(signed)
    const right = await usedText(signed)
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(original)
        changed[at] = (changed[at] ?? 0) ^ flip
        const outcome: unknown = await usedText(changed).catch((error: unknown) => error)
        expect(outcome === null || outcome === right || isFault(outcome, 'repository_refused')).toBe(true)
      }),
      { numRuns: RUNS },
    )
  }, 120_000)
})

describe('a detached signature', () => {
  it('is one armoured block and nothing else', () => {
    const armor = signed.slice(signed.indexOf('-----BEGIN PGP SIGNATURE-----'))
    expect(openDetachedSignature(Buffer.from(armor), 'Release.gpg')).toBe(armor.endsWith('\n') ? armor : `${armor}\n`)
    expect(() => openDetachedSignature(Buffer.from(`x\n${armor}`), 'Release.gpg')).toThrow('not an armoured signature')
    expect(() => openDetachedSignature(Buffer.from(`${armor}${armor}`), 'Release.gpg')).toThrow('follows')
  })
})
