import { spawnSync } from 'node:child_process'
import { gzipSync, zstdCompressSync } from 'node:zlib'

import { describePackage, type PackageText, writePrimary, type YumPlan } from './repository.ts'
import { FAILED, hostile, NOT_CLEAN, type Verdict, type YumCase } from './yum-case.ts'

const MIB = 1_048_576
const HEAVY = { isHeavy: true, dnfNotAsked: 'the real dnf is busy with it for minutes' }
const GOOD = describePackage({})

function xml(name: string, demanded: readonly Verdict[], text: string, more: Partial<YumCase> = {}): YumCase {
  return hostile(`primary-${name}`, demanded, { primary: Buffer.from(text) }, more)
}

function pack(
  name: string,
  demanded: readonly Verdict[],
  ending: string,
  make: (list: Uint8Array) => Uint8Array,
): YumCase {
  return hostile(`packed-${name}`, demanded, { pack: { ending, make } })
}

function one(name: string, demanded: readonly Verdict[], text: PackageText): YumCase {
  return xml(`package-${name}`, demanded, writePrimary([GOOD, describePackage({ name: 'second', ...text })]))
}

/** Package lists with right checksums and wrong contents. */
export function primaryCases(canary: string): YumCase[] {
  return [
    xml('html', FAILED, '<html><body>Welcome</body></html>'),
    xml('other-root', FAILED, writePrimary([GOOD]).replaceAll('metadata', 'otherdata')),
    xml('nothing', FAILED, ''),
    xml('cut', FAILED, writePrimary([GOOD]).slice(0, -30)),
    xml('text-behind', FAILED, `${writePrimary([GOOD])}<metadata/>`),
    xml('doctype', FAILED, writePrimary([GOOD]).replace('<metadata', '<!DOCTYPE m>\n<metadata')),
    xml(
      'external',
      FAILED,
      writePrimary([describePackage({ name: '&e;' })]).replace(
        '<metadata',
        `<!DOCTYPE m [<!ENTITY e SYSTEM "${canary}/e">]>\n<metadata`,
      ),
    ),
    xml('unknown-entity', FAILED, writePrimary([GOOD, describePackage({ name: 'a&nope;' })])),
    xml('fewer-than-promised', FAILED, writePrimary([GOOD], 2)),
    xml('more-than-promised', FAILED, writePrimary([GOOD, describePackage({ name: 'other' })], 1)),
    xml('count-of-words', FAILED, writePrimary([GOOD], 'many')),
    xml('count-negative', FAILED, writePrimary([GOOD], -1)),
    xml('empty', ['marked', 'gap'], writePrimary([])),
    xml('deep', FAILED, writePrimary([GOOD, `${'<a>'.repeat(200_000)}${'</a>'.repeat(200_000)}`], 1)),
    xml(
      '300k-attributes',
      FAILED,
      writePrimary([`<package type="rpm" ${attributes(300_000)}>`, '</package>'], 1),
      HEAVY,
    ),
    xml('attribute-100-mib', FAILED, writePrimary([describePackage({ version: 'x'.repeat(100 * MIB) })]), HEAVY),
    xml('name-10-mib', FAILED, writePrimary([describePackage({ name: 'x'.repeat(10 * MIB) })]), HEAVY),
    xml(
      '300k-requires',
      ['refused', 'accepted'],
      writePrimary([describePackage({ format: requires(300_000) })]),
      HEAVY,
    ),
    xml(
      'comment-and-cdata',
      ['accepted'],
      writePrimary([`<!-- <package> -->${GOOD.replace('<summary>probe', '<summary><![CDATA[<package>]]>')}`], 1),
    ),
    // What is inside a package and is none of its elements counts for nothing, here as in dnf.
    xml('nested-package', ['accepted', 'refused'], writePrimary([GOOD.replace('<summary>', `${GOOD}<summary>`)], 1)),
    one('without-name', FAILED, { name: '' }),
    one('without-architecture', FAILED, { architecture: '' }),
    one('without-version', FAILED, { versionElement: '' }),
    one('of-empty-version', FAILED, { version: '' }),
    one('with-epoch-of-words', FAILED, { epoch: 'first' }),
    one('with-epoch-too-large', FAILED, { epoch: '99999999999999999999' }),
    one('with-line-break-in-name', NOT_CLEAN, { name: 'a\nb' }),
    one('with-slash-in-name', ['refused', 'accepted'], { name: '../../etc/passwd' }),
    one('of-prototype-name', ['accepted'], { name: '__proto__' }),
    one('of-source', ['accepted'], { architecture: 'src' }),
    hostile('primary-bytes-that-are-no-text', NOT_CLEAN, {
      primary: Buffer.from(writePrimary([GOOD]).replace('<summary>probe', '<summary>\u00ff'), 'latin1'),
    }),
    hostile('primary-utf-16', NOT_CLEAN, { primary: Buffer.from(writePrimary([GOOD]), 'utf16le') }),
    ...packedCases(),
  ]
}

function attributes(count: number): string {
  return Array.from({ length: count }, (_, index) => `a${index}=""`).join(' ')
}

function requires(count: number): string {
  return `<rpm:requires>${'<rpm:entry name="x"/>'.repeat(count)}</rpm:requires>`
}

function packedCases(): YumCase[] {
  const bomb = Buffer.concat(Array.from({ length: 160 }, () => SPACES))
  return [
    pack('gz-good', ['accepted'], '.gz', gzipSync),
    pack('gz-in-two-members', ['accepted'], '.gz', (list) =>
      Buffer.concat([gzipSync(list.subarray(0, 100)), gzipSync(list.subarray(100))]),
    ),
    pack('plain-good', ['accepted'], '', (list) => list),
    pack('xz-good', ['accepted'], '.xz', (list) => tool('xz', list)),
    pack('bz2-good', ['accepted'], '.bz2', (list) => tool('bzip2', list)),
    pack('zst-good', ['accepted'], '.zst', zstdCompressSync),
    pack('gz-cut', FAILED, '.gz', (list) => gzipSync(list).subarray(0, -10)),
    pack('xz-cut', FAILED, '.xz', (list) => tool('xz', list).subarray(0, -10)),
    pack('bz2-cut', FAILED, '.bz2', (list) => tool('bzip2', list).subarray(0, -10)),
    pack('zst-cut', FAILED, '.zst', (list) => zstdCompressSync(list).subarray(0, -10)),
    pack('gz-garbage-behind', FAILED, '.gz', (list) => Buffer.concat([gzipSync(list), Buffer.alloc(100, 'x')])),
    pack('gz-of-another-list', FAILED, '.gz', () => gzipSync(writePrimary([describePackage({ version: '9.0' })]))),
    pack('gz-of-nothing', FAILED, '.gz', () => gzipSync('')),
    pack('garbage', FAILED, '.gz', () => Buffer.alloc(1000, 'x')),
    pack('of-unknown-kind', FAILED, '.lz4', () => Buffer.from('04224d186440a7', 'hex')),
    bombCase('gz-bomb-that-hides', bomb, (text) => text),
    bombCase('gz-bomb-that-is-promised', bomb, (text) =>
      text.replace(/<open-size>\d+/, `<open-size>${160 * 64 * MIB}`).replace(/ {2}<open-checksum.*\n/, ''),
    ),
    bombCase('gz-bomb-of-unknown-size', bomb, (text) =>
      text.replace(/ {2}<open-size>.*\n/, '').replace(/ {2}<open-checksum.*\n/, ''),
    ),
    hostile('packed-xz-of-a-huge-dictionary', FAILED, {
      pack: { ending: '.xz', make: (list) => tool('xz', list, '--lzma2=dict=1536MiB') },
    }),
  ]
}

function bombCase(name: string, bomb: Uint8Array, edit: NonNullable<YumPlan['edit']>): YumCase {
  return hostile(`packed-${name}`, FAILED, { pack: { ending: '.gz', make: () => bomb }, edit }, HEAVY)
}

const SPACES = gzipSync(Buffer.alloc(64 * MIB, ' '))

function tool(program: string, input: Uint8Array, ...args: readonly string[]): Buffer {
  const { stdout, status, stderr } = spawnSync(program, ['-c', ...args], { input, maxBuffer: 64 * MIB })
  if (status !== 0) throw new Error(`${program}: ${stderr.toString()}`)
  return stdout
}
