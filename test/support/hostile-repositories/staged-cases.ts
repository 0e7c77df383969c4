import type { ArchivePlan } from './archive.ts'
import { describePackage, PACKAGES } from './archive.ts'
import { FAILED, NOT_CLEAN, type HostileCase, type Verdict } from './hostile-case.ts'
import { clearSign, signDetached } from './signing.ts'

const DAY_MS = 86_400_000

/** Attacks on a machine that has looked before: an honest archive first, then the attack in its place. */
export function stagedCases(now: Date): HostileCase[] {
  const daysAgo = (days: number): Date => new Date(now.getTime() - days * DAY_MS)
  const first: ArchivePlan = { version: '1.0', date: daysAgo(2) }
  const then = (name: string, demanded: readonly Verdict[], plan: ArchivePlan): HostileCase => ({
    name: `staged-${name}`,
    demanded,
    stages: [first, plan],
  })
  const edit = (name: string, demanded: readonly Verdict[], from: string | RegExp, to: string): HostileCase =>
    then(name, demanded, { edit: (text) => text.replace(from, to) })
  return [
    then('honest', ['accepted'], {}),
    then('rollback', FAILED, { date: daysAgo(3) }),
    then('rollback-by-a-second', FAILED, { date: new Date(daysAgo(2).getTime() - 1000) }),
    then('other-key', FAILED, { sign: async (text, keys) => ({ InRelease: await clearSign(text, keys.other) }) }),
    then('signature-gone', FAILED, { sign: async (text) => ({ Release: text }) }),
    then('detached-signature', ['accepted'], {
      sign: async (text, keys) => ({ Release: text, 'Release.gpg': await signDetached(text, keys.trusted) }),
    }),
    then('gone', FAILED, { sign: async () => ({}) }),
    then('html', FAILED, { behave: () => ({ InRelease: { kind: 'status', status: 200, body: '<html></html>' } }) }),
    then('fast-forward', FAILED, { date: new Date(now.getTime() + 30 * DAY_MS) }),
    then('mix-and-match', FAILED, {
      behave: () => {
        const body = Buffer.from(describePackage({ Version: '1.0' }))
        return { [PACKAGES]: { kind: 'serve', body }, [`${PACKAGES}.gz`]: { kind: 'status', status: 404 } }
      },
    }),
    then('emptied', ['gap'], { packages: Buffer.from('') }),
    then('list-gone', FAILED, {
      behave: () => ({
        [PACKAGES]: { kind: 'status', status: 404 },
        [`${PACKAGES}.gz`]: { kind: 'status', status: 404 },
      }),
    }),
    edit('expired', FAILED, /^Valid-Until: .*$/m, `Valid-Until: ${daysAgo(1).toUTCString()}`),
    ...['Codename', 'Origin', 'Label'].map((field) =>
      edit(`other-${field.toLowerCase()}`, FAILED, new RegExp(`^${field}: .*$`, 'm'), `${field}: evil`),
    ),
    edit('other-suite', ['marked', 'gap'], 'Suite: stable', 'Suite: evil'),
    edit('list-no-longer-named', NOT_CLEAN, /^ .*\n/gm, ''),
  ]
}
