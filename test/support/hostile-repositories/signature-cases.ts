import { enums } from 'openpgp'
import type { ArchivePlan } from './archive.ts'
import { FAILED, hostile, type HostileCase } from './hostile-case.ts'
import { clearSign, signDetached } from './signing.ts'

const DAY_MS = 86_400_000
const END = '-----BEGIN PGP SIGNATURE-----'

/** Signatures that are none, or not by whom the machine trusts, and texts that a signature does not cover. */
export function signatureCases(now: Date): HostileCase[] {
  return [...wrongSignatures(now), ...clearSignTricks()]
}

function sign(name: string, plan: NonNullable<ArchivePlan['sign']>): HostileCase {
  return hostile(`signature-${name}`, FAILED, { sign: plan })
}

function bend(name: string, how: (signed: string) => string): HostileCase {
  return hostile(`clear-sign-${name}`, FAILED, {
    sign: async (text, keys) => ({ InRelease: how(await clearSign(text, keys.trusted)) }),
  })
}

function wrongSignatures(now: Date): HostileCase[] {
  const longAgo = new Date(now.getTime() - 390 * DAY_MS)
  return [
    sign('none', async (text) => ({ InRelease: text })),
    sign('none-at-all', async (text) => ({ Release: text })),
    sign('other-key', async (text, keys) => ({ InRelease: await clearSign(text, keys.other) })),
    sign('other-key-detached', async (text, keys) => ({
      Release: text,
      'Release.gpg': await signDetached(text, keys.other),
    })),
    sign('expired-key', async (text, keys) => ({ InRelease: await clearSign(text, keys.expired, longAgo) })),
    sign('sha1', async (text, keys) => ({
      Release: text,
      'Release.gpg': await signDetached(text, keys.trusted, enums.hash.sha1),
    })),
    sign('md5', async (text, keys) => ({
      Release: text,
      'Release.gpg': await signDetached(text, keys.trusted, enums.hash.md5),
    })),
    sign('of-another-text', async (text, keys) => ({
      Release: text,
      'Release.gpg': await signDetached(`${text}X: y\n`, keys.trusted),
    })),
    sign('empty-detached', async (text) => ({ Release: text, 'Release.gpg': '' })),
    sign('garbage-detached', async (text) => ({ Release: text, 'Release.gpg': 'no signature' })),
    sign('cut', async (text, keys) => {
      const signed = await clearSign(text, keys.trusted)
      return { InRelease: signed.slice(0, signed.indexOf(END) + 100) }
    }),
    sign('removed', async (text, keys) => {
      const signed = await clearSign(text, keys.trusted)
      return { InRelease: signed.slice(0, signed.indexOf(END)) }
    }),
    // apt does not fall back to Release when there is an InRelease that is wrong.
    sign('wrong-inrelease-good-release', async (text, keys) => ({
      InRelease: await clearSign(text, keys.other),
      Release: text,
      'Release.gpg': await signDetached(text, keys.trusted),
    })),
    hostile('signature-detached-good', ['accepted'], {
      sign: async (text, keys) => ({ Release: text, 'Release.gpg': await signDetached(text, keys.trusted) }),
    }),
  ]
}

/** Text outside of what the signature covers, and frames that parsers read in different ways. */
function clearSignTricks(): HostileCase[] {
  const evil = 'Origin: Evil\nSuite: stable\n\n'
  return [
    bend('text-before', (signed) => evil + signed),
    bend('text-after', (signed) => signed + evil),
    bend('text-changed', (signed) => signed.replace('Origin: Test', 'Origin: Evil')),
    bend('line-added', (signed) => signed.replace('Origin: Test', 'Origin: Test\nNotAutomatic: yes')),
    bend('two-messages', (signed) => signed + signed),
    bend('message-in-message', (signed) => signed.replace('Origin: Test', `${signed}\nOrigin: Test`)),
    bend('header-text', (signed) => signed.replace(/^Hash: .*$/m, (hash) => `${hash}\nOrigin: Evil`)),
    bend('header-space', (signed) => signed.replace(/^(Hash: .*)\n\n/m, '$1\n \nOrigin: Evil\n\n')),
    bend('not-dash-escaped', (signed) => signed.replace(/^Hash: .*$/m, (hash) => `${hash}\nNotDashEscaped: yes`)),
    bend('frame-indented', (signed) => ` ${signed}`),
    bend('signature-twice', (signed) => signed + signed.slice(signed.indexOf(END))),
    bend('form-feed', (signed) => signed.replace('Origin: Test', 'Origin: Test\fOrigin: Evil')),
    bend('null-byte', (signed) => signed.replace('Origin: Test', 'Origin: Te\u0000st')),
  ]
}
