import { signDetached } from '../hostile-repositories/signing.ts'
import { describePackage, PRIMARY, REPOMD, writePrimary, type YumPlan } from './repository.ts'
import { FAILED, NOT_CLEAN, type Verdict, type YumCase } from './yum-case.ts'

const DAY = 86_400

/** Attacks on a machine that has looked before: an honest repository first, then the attack in its place. */
export function stagedYumCases(now: Date): YumCase[] {
  const daysAgo = (days: number): number => Math.floor(now.getTime() / 1000) - days * DAY
  const first: YumPlan = { version: '1.0', timestamp: daysAgo(2) }
  const then = (name: string, demanded: readonly Verdict[], plan: YumPlan, more: Partial<YumCase> = {}): YumCase => ({
    name: `staged-${name}`,
    demanded,
    stages: [first, plan],
    ...more,
  })
  return [
    then('honest', ['accepted'], {}),
    then('rollback', FAILED, { timestamp: daysAgo(3) }),
    then('rollback-of-the-revision', FAILED, { timestamp: daysAgo(1), revision: String(daysAgo(3)) }),
    then('rollback-of-the-timestamp', FAILED, { timestamp: daysAgo(3), revision: String(daysAgo(1)) }),
    then('rollback-unsigned', FAILED, { timestamp: daysAgo(3), sign: async () => null }, { isUnsigned: true }),
    then('signature-gone', FAILED, { sign: async () => null }),
    then('signature-gone-and-none-wanted', FAILED, { sign: async () => null }, { isUnsigned: true }),
    then('other-key', FAILED, { sign: async (text, keys) => signDetached(text, keys.other) }),
    then('gone', FAILED, { behave: () => ({ [REPOMD]: { kind: 'status', status: 404 } }) }),
    then('html', FAILED, { behave: () => ({ [REPOMD]: { kind: 'status', status: 200, body: '<html></html>' } }) }),
    then('emptied', NOT_CLEAN, { primary: Buffer.from(writePrimary([])) }),
    then('primary-gone', FAILED, { behave: () => ({ [PRIMARY]: { kind: 'status', status: 404 } }) }),
    then('mix-and-match', FAILED, {
      behave: () => ({
        [PRIMARY]: { kind: 'serve', body: Buffer.from(writePrimary([describePackage({ version: '1.0' })])) },
      }),
    }),
    then('cut', FAILED, { behave: (served) => ({ [REPOMD]: cut(served.get(REPOMD)) }) }),
    then('silent', FAILED, { behave: () => ({ [REPOMD]: { kind: 'silent' } }) }, { isSlow: true }),
  ]
}

function cut(body: Uint8Array = new Uint8Array()) {
  return { kind: 'cut', body, after: body.length >> 1 } as const
}
