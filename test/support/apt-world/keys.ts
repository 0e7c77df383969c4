import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import type { KeyName } from './archives.ts'
import { run, runOrThrow } from './run.ts'

/** Throw-away signing keys in a GnuPG home of their own. */
export interface Keys {
  sign(key: KeyName, args: readonly string[]): Promise<void>
  binary(key: KeyName): Uint8Array
  armoured(key: KeyName): string
  fingerprint(key: KeyName): string
  close(): Promise<void>
}

const NAMES = ['north', 'south'] as const

/** Makes one RSA and one Ed25519 key below `folder`. */
export async function makeKeys(folder: string): Promise<Keys> {
  const home = join(folder, 'gnupg')
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const gpg = (...args: readonly string[]) =>
    runOrThrow('gpg', ['--homedir', home, '--batch', '--yes', '--quiet', ...args])
  const open = ['--pinentry-mode', 'loopback', '--passphrase', '']
  await gpg(...open, '--quick-generate-key', 'north <north@example.org>', 'rsa2048', 'sign', 'never')
  await gpg(...open, '--quick-generate-key', 'south <south@example.org>', 'ed25519', 'sign', 'never')

  const armoured = new Map<string, string>()
  const fingerprints = new Map<string, string>()
  for (const name of NAMES) {
    armoured.set(name, await gpg('--armor', '--export', `<${name}@example.org>`))
    const listing = await gpg('--with-colons', '--list-keys', `<${name}@example.org>`)
    fingerprints.set(name, /^fpr:+([0-9A-F]+):/m.exec(listing)?.[1] ?? '')
  }
  return {
    sign: async (key, args) => void (await gpg(...open, '--local-user', `<${key}@example.org>`, ...args)),
    binary: (key) => dearmour(armoured.get(key) ?? ''),
    armoured: (key) => armoured.get(key) ?? '',
    fingerprint: (key) => fingerprints.get(key) ?? '',
    close: async () => void (await run('gpgconf', ['--homedir', home, '--kill', 'all'])),
  }
}

function dearmour(text: string): Uint8Array {
  const body = text.split('\n\n')[1] ?? ''
  return Buffer.from(
    body
      .split('\n')
      .filter((line) => !/^[=-]/.test(line))
      .join(''),
    'base64',
  )
}
