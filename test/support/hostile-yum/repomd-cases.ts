import { enums } from 'openpgp'

import { signDetached } from '../hostile-repositories/signing.ts'
import { MODULES, PRIMARY, type YumPlan } from './repository.ts'
import { FAILED, hostile, type Verdict, type YumCase } from './yum-case.ts'

const MIB = 1_048_576
const HEAVY = { isHeavy: true, dnfNotAsked: 'the real dnf is busy with it for long' }
const DAY_MS = 86_400_000

function edit(
  name: string,
  demanded: readonly Verdict[],
  change: (repomd: string) => string,
  more: YumPlan = {},
  heavy: Partial<YumCase> = {},
): YumCase {
  return hostile(`says-${name}`, demanded, { ...more, edit: change }, heavy)
}

/** What repomd.xml may say that it must not, each time signed well. */
export function repomdCases(canary: string): YumCase[] {
  return [
    edit('good', ['accepted'], (text) => text),
    edit('html', FAILED, () => '<html><body>Please accept the terms.</body></html>'),
    edit('other-root', FAILED, (text) => text.replaceAll('repomd', 'metadata')),
    edit('empty-root', FAILED, () => '<repomd xmlns="http://linux.duke.edu/metadata/repo"/>'),
    edit('nothing', FAILED, () => ''),
    edit('two-roots', FAILED, (text) => `${text}${text.slice(text.indexOf('<repomd'))}`),
    edit('cut', FAILED, (text) => text.slice(0, text.length >> 1)),
    edit('text-behind', FAILED, (text) => `${text}and more`),
    edit('bare-ampersand', FAILED, (text) => text.replace('<revision>', '<revision>a & b')),
    edit('doctype', FAILED, (text) => text.replace('<repomd', '<!DOCTYPE repomd>\n<repomd')),
    edit('entity-bomb', FAILED, (text) =>
      text.replace('<repomd', `${BILLION_LAUGHS}\n<repomd`).replace('<revision>', '<revision>&i;'),
    ),
    edit('external-entity', FAILED, (text) =>
      text
        .replace('<repomd', `<!DOCTYPE r [<!ENTITY e SYSTEM "${canary}/e">]>\n<repomd`)
        .replace('<revision>', '<revision>&e;'),
    ),
    edit('no-primary', FAILED, (text) => text.replace('type="primary"', 'type="other"')),
    edit('two-primaries', FAILED, (text) => text.replace(/<data type="primary">[^]*?<\/data>/, '$&$&')),
    edit('no-checksum', FAILED, (text) => text.replace(/ {2}<checksum.*\n/, '')),
    edit('empty-checksum', FAILED, (text) => text.replace(/(<checksum type="sha256">)[0-9a-f]+/, '$1')),
    edit('wrong-checksum', FAILED, (text) => text.replace(/(<checksum type="sha256">)[0-9a-f]{8}/, '$100000000')),
    edit('checksum-of-unknown-kind', FAILED, (text) => text.replace('checksum type="sha256"', 'checksum type="crc32"')),
    edit('checksum-md5', FAILED, (text) => text, { hash: 'md5' }),
    edit('checksum-sha1', FAILED, (text) => text, { hash: 'sha1' }),
    edit('checksum-sha512', ['accepted'], (text) => text, { hash: 'sha512' }),
    edit('wrong-open-checksum', FAILED, (text) =>
      text.replace(/(open-checksum type="sha256">)[0-9a-f]{8}/, '$100000000'),
    ),
    edit('wrong-size', FAILED, (text) => text.replace(/<size>(\d+)/, '<size>1$1')),
    edit('smaller-size', FAILED, (text) => text.replace(/<size>\d+/, '<size>10')),
    edit('wrong-open-size', FAILED, (text) => text.replace(/<open-size>(\d+)/, '<open-size>1$1')),
    edit('smaller-open-size', FAILED, (text) => text.replace(/<open-size>\d+/, '<open-size>10')),
    edit('negative-size', FAILED, (text) => text.replace(/<size>\d+/, '<size>-1')),
    edit('size-of-words', FAILED, (text) => text.replace(/<size>\d+/, '<size>much')),
    edit('size-10-tib', FAILED, (text) => text.replace(/<size>\d+/, '<size>10995116277760')),
    edit('open-size-10-tib', FAILED, (text) => text.replace(/<open-size>\d+/, '<open-size>10995116277760')),
    edit(
      'million-data',
      FAILED,
      (text) => text.replace('</repomd>', `${'<data type="x"/>'.repeat(1_000_000)}</repomd>`),
      {},
      HEAVY,
    ),
    edit(
      'comment-of-64-mib',
      FAILED,
      (text) => text.replace('</repomd>', `<!--${'x'.repeat(64 * MIB)}--></repomd>`),
      {},
      HEAVY,
    ),
    edit('deep', FAILED, (text) =>
      text.replace('</repomd>', `${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</repomd>`),
    ),
    edit(
      'attribute-8-mib',
      FAILED,
      (text) => text.replace('<revision', `<revision x="${'x'.repeat(8 * MIB)}"`),
      {},
      HEAVY,
    ),
    edit('bytes-that-are-no-text', FAILED, (text) => text.replace('<revision>', '<revision>\u0001')),
    edit('revision-of-words', ['accepted'], (text) => text.replace(/<revision>\d+/, '<revision>9.4 final')),
    edit('unknown-data', ['accepted'], (text) =>
      text.replace(
        '<data',
        `<data type="oddities"><checksum type="sha256">${'0'.repeat(64)}</checksum><location href="repodata/x"/></data>\n<data`,
      ),
    ),
    edit('comments-and-cdata', ['accepted'], (text) =>
      text.replace(/<revision>(\d+)/, '<!-- c --><revision><![CDATA[$1]]>'),
    ),
    ...hrefCases(canary),
    ...signatureCases(),
  ]
}

const BILLION_LAUGHS = `<!DOCTYPE r [<!ENTITY a "lol">${Array.from('bcdefghi')
  .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefgh'[index]};`.repeat(10)}">`)
  .join('')}]>`

function href(name: string, to: string): YumCase {
  return edit(`href-${name}`, FAILED, (text) => text.replace(`href="${PRIMARY}"`, `href="${to}"`))
}

function hrefCases(canary: string): YumCase[] {
  const canaryHost = canary.slice('http:'.length)
  return [
    href('up', '../../../../etc/passwd'),
    href('up-in-the-middle', 'repodata/../../../x'),
    href('up-encoded', '%2e%2e/%2e%2e/primary.xml.gz'),
    href('up-backslash', '..\\..\\primary.xml.gz'),
    href('absolute', '/etc/passwd'),
    href('host', `${canary}/primary.xml.gz`),
    href('host-without-scheme', `${canaryHost}/primary.xml.gz`),
    href('file', 'file:///etc/passwd'),
    href('ftp', 'ftp://mirror.example.org/primary.xml.gz'),
    href('metadata', 'http://169.254.169.254/latest/meta-data/'),
    href('metadata-by-number', 'http://2852039166/latest/'),
    href('loopback-v6', 'http://[::1]/primary.xml.gz'),
    href('user', 'http://user:secret@mirror.example.org/primary.xml.gz'),
    href('empty', ''),
    href('only-spaces', '   '),
    href('query', 'repodata/primary.xml.gz?x=1'),
    href('line-break', 'repodata/a&#10;b'),
    href('nul', 'repodata/%00primary.xml.gz'),
    href('64-kib', `repodata/${'x'.repeat(65_536)}`),
    edit('no-location', FAILED, (text) => text.replace(/ {2}<location.*\n/, '')),
    edit('no-href', FAILED, (text) => text.replace(/ href="[^"]*"/, '')),
    edit('base-canary', FAILED, (text) => text.replace('<location ', `<location xml:base="${canary}/" `)),
    edit('base-metadata', FAILED, (text) =>
      text.replace('<location ', '<location xml:base="http://169.254.169.254/" '),
    ),
    edit(
      'modules-canary',
      ['refused', 'unreachable', 'gap'],
      (text) => text.replace(`href="${MODULES}"`, `href="${canary}/m"`),
      {
        modules: Buffer.from('---\n'),
      },
    ),
  ]
}

function signed(name: string, demanded: readonly Verdict[], sign: NonNullable<YumPlan['sign']>): YumCase {
  return hostile(`signature-${name}`, demanded, { sign })
}

function signatureCases(): YumCase[] {
  const weak =
    (hash: enums.hash): NonNullable<YumPlan['sign']> =>
    async (text, keys) =>
      signDetached(text, keys.trusted, hash)
  return [
    signed('none', FAILED, async () => null),
    signed('empty', FAILED, async () => ''),
    signed('garbage', FAILED, async () => 'no signature'),
    signed('other-key', FAILED, async (text, keys) => signDetached(text, keys.other)),
    signed('of-another-text', FAILED, async (text, keys) => signDetached(`${text} `, keys.trusted)),
    signed('cut', FAILED, async (text, keys) => (await signDetached(text, keys.trusted)).slice(0, 200)),
    signed('sha1', FAILED, weak(enums.hash.sha1)),
    signed('md5', FAILED, weak(enums.hash.md5)),
    signed('expired-key', FAILED, async (text, keys) => signDetached(text, keys.expired)),
    signed('two-of-which-one-is-good', ['accepted', 'refused'], async (text, keys) =>
      [await signDetached(text, keys.other), await signDetached(text, keys.trusted)].join('\n'),
    ),
    hostile('signature-none-and-none-wanted', ['marked'], { sign: async () => null }, { isUnsigned: true }),
    // A key that the machine does not know says nothing, for or against.
    hostile(
      'signature-other-key-and-none-wanted',
      ['marked', 'refused'],
      { sign: async (text, keys) => signDetached(text, keys.other) },
      { isUnsigned: true },
    ),
    hostile(
      'signature-of-another-text-and-none-wanted',
      FAILED,
      { sign: async (text, keys) => signDetached(`${text} `, keys.trusted) },
      { isUnsigned: true },
    ),
  ]
}

export const DAY_SECONDS = DAY_MS / 1000
