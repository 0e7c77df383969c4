import { describePackage, listHashes, PACKAGES } from './archive.ts'
import { FAILED, hostile, NOT_CLEAN, type HostileCase } from './hostile-case.ts'
import { clearSign } from './signing.ts'

const DAY_MS = 86_400_000
type Edit = (release: string) => string

const MARKED = ['marked'] as const
const UNKNOWN = ['gap'] as const

/** Rightly signed Release files that say what must not be believed, and what `trusted=yes` excuses. */
export function releaseCases(now: Date): HostileCase[] {
  return [...fieldCases(now), ...checksumCases(), ...trustedCases(now)]
}

function field(name: string, demanded: HostileCase['demanded'], edit: Edit): HostileCase {
  return hostile(`field-${name}`, demanded, { edit })
}

function set(name: string, value: string): Edit {
  return (text) => text.replace(new RegExp(`^${name}: .*$`, 'm'), `${name}: ${value}`)
}

function drop(name: string): Edit {
  return (text) => text.replace(new RegExp(`^${name}: .*\n`, 'm'), '')
}

function fieldCases(now: Date): HostileCase[] {
  const inDays = (days: number): string => new Date(now.getTime() + days * DAY_MS).toUTCString()
  return [
    field('expired', FAILED, set('Valid-Until', inDays(-1))),
    field('expired-long-ago', FAILED, set('Valid-Until', inDays(-4000))),
    field('valid-until-garbage', FAILED, set('Valid-Until', 'tomorrow')),
    field('date-future', FAILED, set('Date', inDays(1))),
    field('date-far-future', FAILED, set('Date', inDays(36_500))),
    field('date-garbage', MARKED, set('Date', 'some day')),
    field('date-missing', MARKED, drop('Date')),
    field('no-valid-until', ['accepted'], drop('Valid-Until')),
    field('other-suite', UNKNOWN, (text) => set('Codename', 'unstable')(set('Suite', 'unstable')(text))),
    // apt takes the list all the same when there is one.
    field('other-architecture', ['accepted', 'gap'], set('Architectures', 'arm64')),
    field('no-components', ['accepted', 'gap', 'marked'], drop('Components')),
    field('garbage-line', FAILED, (text) => `${text}this is no field\n`),
    field('html', FAILED, () => '<html><body>not a Release</body></html>\n'),
    field('empty', FAILED, () => '\n'),
    field('long-line', [...FAILED, 'accepted'], (text) => `${text}X-Long: ${'x'.repeat(3_000_000)}\n`),
  ]
}

function checksum(name: string, demanded: HostileCase['demanded'], edit: Edit): HostileCase {
  return hostile(`checksum-${name}`, demanded, { edit })
}

/** Only checksums of a kind that nobody should trust any more. */
function only(name: 'MD5Sum' | 'SHA1'): Edit {
  const digits = name === 'MD5Sum' ? 32 : 40
  return (text) =>
    text
      .replace('SHA256:', `${name}:`)
      .replaceAll(/^ ([0-9a-f]{64}) /gm, (_row, hash: string) => ` ${hash.slice(0, digits)} `)
}

function rows(text: string, edit: Edit): string {
  return text.replaceAll(/^ [0-9a-f]{64} .*$/gm, edit)
}

function onlySha512(text: string): string {
  return `${text.slice(0, text.indexOf('SHA256:'))}${listHashes('SHA512', PLAIN).join('\n')}\n`
}

const PLAIN = new Map([[PACKAGES, Buffer.from(describePackage({}))]])

function checksumCases(): HostileCase[] {
  return [
    hostile('checksum-md5-only', NOT_CLEAN, { edit: only('MD5Sum') }),
    hostile('checksum-sha1-only', NOT_CLEAN, { edit: only('SHA1') }),
    hostile('checksum-sha512-only', ['accepted'], { files: () => PLAIN, edit: onlySha512 }),
    checksum('none', NOT_CLEAN, (text) => text.slice(0, text.indexOf('SHA256:'))),
    checksum('of-nothing-here', NOT_CLEAN, (text) => text.replaceAll('main/binary-amd64', 'main/binary-arm64')),
    checksum('wrong-hash', FAILED, (text) => rows(text, (row) => row.replace(/^ [0-9a-f]{8}/, ' 00000000'))),
    checksum('short-hash', NOT_CLEAN, (text) => rows(text, (row) => row.replace(/^ [0-9a-f]{8}/, ' '))),
    checksum('wrong-size', FAILED, (text) =>
      rows(text, (row) => row.replace(/ (\d+) /, (_, size: string) => ` ${Number(size) + 1} `)),
    ),
    checksum('size-zero', NOT_CLEAN, (text) => rows(text, (row) => row.replace(/ \d+ /, ' 0 '))),
    checksum('size-negative', NOT_CLEAN, (text) => rows(text, (row) => row.replace(/ \d+ /, ' -1 '))),
    checksum('size-huge', NOT_CLEAN, (text) => rows(text, (row) => row.replace(/ \d+ /, ' 99999999999999999999 '))),
    checksum('size-garbage', NOT_CLEAN, (text) => rows(text, (row) => row.replace(/ \d+ /, ' many '))),
    checksum('path-climbs', NOT_CLEAN, (text) => text.replaceAll(' main/', ' ../stable/main/')),
    checksum('path-absolute', NOT_CLEAN, (text) => text.replaceAll(' main/', ' /main/')),
  ]
}

const unsigned = async (text: string): Promise<Record<string, string>> => ({ Release: text })

/** What `trusted=yes` excuses: a missing signature, and nothing else. */
function trustedCases(now: Date): HostileCase[] {
  const isTrusted = { isTrusted: true }
  return [
    hostile('trusted-unsigned', MARKED, { sign: unsigned }, isTrusted),
    hostile(
      'trusted-other-key',
      MARKED,
      { sign: async (text, keys) => ({ InRelease: await clearSign(text, keys.other) }) },
      isTrusted,
    ),
    hostile(
      'trusted-expired',
      FAILED,
      {
        sign: unsigned,
        edit: (text) =>
          text.replace(/^Valid-Until: .*$/m, `Valid-Until: ${new Date(now.getTime() - DAY_MS).toUTCString()}`),
      },
      isTrusted,
    ),
    hostile(
      'trusted-wrong-hash',
      FAILED,
      { sign: unsigned, edit: (text) => text.replaceAll(/^ [0-9a-f]{8}/gm, ' 00000000') },
      isTrusted,
    ),
    hostile('trusted-no-release', [...MARKED, 'gap'], { sign: async () => ({}) }, isTrusted),
    hostile(
      'trusted-html',
      FAILED,
      { behave: () => ({ InRelease: { kind: 'status', status: 200, body: '<html></html>' } }) },
      isTrusted,
    ),
  ]
}
