import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openClearSigned, openDetachedSignature } from '#shared/domain/packaging/refreshing/clear-sign.ts'
import { readKeyring } from '#shared/domain/packaging/refreshing/keyring.ts'
import { verifySignatures } from '#shared/domain/packaging/refreshing/signature.ts'
import { requireTool } from '#test/support/tools.ts'

/** Signatures made by the real gpg, judged by the real gpgv and by us: we may be stricter, never laxer. */
const gpgIsMissing = requireTool('gpg', 'gpgv')
const TEXT = 'Origin: Made-up\nSuite: stable\n- dash\n-dash\ntrailing \t\n\u00e9\n'
const HOUR = 3600

let folder: string

const gpg = (...args: string[]) =>
  execFileSync('gpg', ['--homedir', folder, '--batch', '--quiet', '--no-tty', '--pinentry-mode', 'loopback', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })

/** gpg as it was so many seconds ago. */
const at = (seconds: number) => ['--faked-system-time', `${Math.floor(Date.now() / 1000) + seconds}!`]

beforeAll(() => {
  if (gpgIsMissing !== '') return

  folder = mkdtempSync(join(tmpdir(), 'lazaret-gpg-'))
  writeFileSync(join(folder, 'text'), TEXT)
  const makeKey = (name: string, algorithm: string, expires: string, ago = -24 * HOUR) =>
    gpg(...at(ago), '--passphrase', '', '--quick-gen-key', `${name}@example.org`, algorithm, 'sign', expires)
  makeKey('rsa', 'rsa2048', 'never')
  makeKey('short', 'rsa1024', 'never')
  makeKey('curve', 'ed25519', 'never')
  makeKey('nist', 'nistp256', 'never')
  makeKey('expired', 'ed25519', 'seconds=7200')
  makeKey('stranger', 'ed25519', 'never')
  writeFileSync(join(folder, 'keyring'), gpg('--export', 'rsa', 'short', 'curve', 'nist', 'expired'))
})
afterAll(() => {
  if (gpgIsMissing !== '') return

  spawnSync('gpgconf', ['--homedir', folder, '--kill', 'all'])
  rmSync(folder, { recursive: true, force: true })
})

interface Case {
  readonly name: string
  readonly by: readonly string[]
  readonly options?: readonly string[]
  readonly secondsFromNow?: number
  readonly change?: (text: string) => string
  /** What apt makes of it; `stricter`: gpgv takes it, we do not. */
  readonly expected: 'good' | 'refused' | 'stricter'
}

const CASES: readonly Case[] = [
  { name: 'RSA', by: ['rsa'], expected: 'good' },
  { name: 'Ed25519', by: ['curve'], expected: 'good' },
  { name: 'NIST P-256', by: ['nist'], expected: 'good' },
  { name: 'SHA-512', by: ['rsa'], options: ['--digest-algo', 'SHA512'], expected: 'good' },
  { name: 'SHA-224', by: ['rsa'], options: ['--digest-algo', 'SHA224'], expected: 'good' },
  { name: 'two keys', by: ['rsa', 'curve'], expected: 'good' },
  { name: 'a trusted key beside a stranger', by: ['stranger', 'curve'], expected: 'good' },
  { name: 'a stranger', by: ['stranger'], expected: 'refused' },
  { name: 'a key that has expired since', by: ['expired'], secondsFromNow: -23 * HOUR, expected: 'refused' },
  {
    name: 'a signature that has expired',
    by: ['rsa'],
    options: ['--default-sig-expire', 'seconds=60'],
    secondsFromNow: -HOUR,
    expected: 'refused',
  },
  { name: 'an altered text', by: ['rsa'], change: (text) => text.replace('stable', 'stabel'), expected: 'refused' },
  { name: 'a line more', by: ['rsa'], change: (text) => text.replace('Suite', 'X: y\nSuite'), expected: 'refused' },
  { name: 'RSA of 1024 bits', by: ['short'], expected: 'stricter' },
  { name: 'SHA-1', by: ['rsa'], options: ['--digest-algo', 'SHA1', '--allow-weak-digest-algos'], expected: 'stricter' },
]

describe.skipIf(gpgIsMissing !== '')(`signatures by gpg${gpgIsMissing}`, () => {
  it.each(CASES)('$name, clear-signed: $expected', async (one) => {
    const file = Buffer.from((one.change ?? String)(signed(one, '--clearsign').toString('latin1')), 'latin1')

    const opened = openClearSigned(file, 'InRelease')
    expect(await verdicts(one, opened.signed, opened.armor, file)).toEqual(expectedOf(one))
  })

  it.each(CASES)('$name, detached: $expected', async (one) => {
    const armor = signed(one, '--armor', '--detach-sign')
    const text = Buffer.from((one.change ?? String)(TEXT))
    writeFileSync(join(folder, 'changed'), text)

    const opened = openDetachedSignature(armor, 'Release.gpg')
    expect(await verdicts(one, text, opened, armor, join(folder, 'changed'))).toEqual(expectedOf(one))
  })
})

function signed(one: Case, ...how: string[]): Buffer {
  const users = one.by.flatMap((name) => ['--local-user', name])
  return gpg(
    ...at(one.secondsFromNow ?? -HOUR),
    ...(one.options ?? []),
    ...users,
    '--output',
    '-',
    ...how,
    join(folder, 'text'),
  )
}

function expectedOf(one: Case): { gpgv: boolean; ours: boolean } {
  return { gpgv: one.expected !== 'refused', ours: one.expected === 'good' }
}

/** apt takes a file when gpgv names a good signature and no bad one. */
async function verdicts(one: Case, text: Uint8Array, armor: string, file: Uint8Array, ...more: string[]) {
  const signatureFile = join(folder, 'signature')
  writeFileSync(signatureFile, file)
  const { stdout } = spawnSync('gpgv', [
    '--status-fd',
    '1',
    '--keyring',
    join(folder, 'keyring'),
    signatureFile,
    ...more,
  ])
  const status = stdout.toString()

  const keys = await readKeyring(`oracle ${folder}`, readFileSync(join(folder, 'keyring')))
  const ours = await verifySignatures(text, armor, { keys, fingerprints: [] }, new Date())
  return { gpgv: status.includes(' GOODSIG ') && !status.includes(' BADSIG '), ours: ours.status === 'good' }
}
