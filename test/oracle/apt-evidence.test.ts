import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { configText } from '#shared/domain/packaging/apt/evidence/configuration.ts'
import type { AptRepository } from '#shared/domain/packaging/apt/model.ts'
import { NEVER_PRIORITY } from '#shared/domain/packaging/apt/evidence/preferences.ts'
import { readConfiguration } from '#shared/domain/packaging/apt/evidence/read-configuration.ts'
import { readPolicy } from '#shared/domain/packaging/apt/evidence/read-policy.ts'
import { readSources } from '#shared/domain/packaging/apt/evidence/read-sources.ts'
import { readStatus } from '#shared/domain/packaging/apt/evidence/status.ts'
import { evidenceOf, statusEntry } from '#test/support/apt-evidence.ts'
import { isCi, requireTool } from '#test/support/tools.ts'

const CASES = isCi() ? 500 : 100
const lacking = requireTool('apt-get', 'apt-config', 'apt-cache', 'dpkg-query')
const roots: string[] = []
const APT_VERSION =
  lacking === '' ? execFileSync('dpkg-query', ['-W', '-f', '${Version}', 'apt'], { encoding: 'utf8' }) : ''

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true })
})

describe.skipIf(lacking !== '')(`evidence as the real apt reads it${lacking}`, () => {
  it(`reads generated sources as apt does: what is refused, and which indexes are wanted`, () => {
    expect(differences(compareSources)).toEqual([])
  })

  it('reads generated package databases as dpkg does: what is refused, and what is installed', () => {
    expect(differences(compareStatus)).toEqual([])
  })

  it('reads generated configurations as apt does: what is refused, and every value', () => {
    expect(differences(compareConfiguration)).toEqual([])
  })

  it('reads generated preferences as apt does: what is refused, and which priority comes of it', () => {
    expect(differences(comparePreferences)).toEqual([])
  })
})

interface Compared {
  readonly files: Readonly<Record<string, string>>
  readonly apt: unknown
  readonly ours: unknown
}

/** The first cases in which the two differ. That enough cases are accepted at all is part of it, or nothing would be compared. */
function differences(compare: (random: Random) => Compared) {
  const compared = range(CASES).map((seed) => ({ seed, ...compare(seeded(seed)) }))
  expect(compared.filter(({ apt }) => apt !== 'refused').length).toBeGreaterThan(CASES / 5)
  return compared.filter(({ apt, ours }) => JSON.stringify(apt) !== JSON.stringify(ours)).slice(0, 5)
}

function compareSources(random: Random): Compared {
  const part = `etc/apt/sources.list.d/${pick(random, PARTS)}`
  const files = {
    'etc/apt/sources.list': listText(random),
    [part]: part.endsWith('.sources') ? stanzas(random) : listText(random),
  }
  const { run } = layOut(files)
  const said = run('apt-get', ['update', '--print-uris', '-o', 'Acquire::Languages=none'])
  const apt = /^E: /m.test(said)
    ? 'refused'
    : sorted(
        [...said.matchAll(/^'([^']*\/Packages)\.[a-z0-9]+' /gm)].map((found) =>
          (found[1] ?? '').replace('//u:p@', '//'),
        ),
      )
  const { repositories, problems } = readSources({
    evidence: evidenceOf(files),
    config: noConfiguration(),
    aptVersion: APT_VERSION,
    architectures: ['amd64', 'i386'],
  })
  const refused = problems.some((problem) => !problem.includes('no package source'))
  return { files, apt, ours: refused ? 'refused' : sorted(repositories.flatMap(indexesOf)) }
}

/** The indexes that apt would fetch for a repository, as it prints them. */
function indexesOf(repository: AptRepository): string[] {
  const { uri, suite, components, architectures } = repository
  const base = uri.replace(/^cdrom:\[(.*)\]\/$/, 'cdrom://$1/')
  if (components.length === 0) return [`${base}${suite === '/' ? '' : suite}Packages`]

  const wanted = new Set([...architectures, 'all'])
  return components.flatMap((component) =>
    [...wanted].map(
      (architecture) => `${base}dists/${suite.replace(' ', '%20')}/${component}/binary-${architecture}/Packages`,
    ),
  )
}

function compareStatus(random: Random): Compared {
  const files = { 'var/lib/dpkg/status': statusText(random), 'var/lib/dpkg/available': '' }
  const { run, root } = layOut(files)
  const format =
    '${Package}|${Architecture}|${Version}|${db:Status-Status}|${db:Status-Want}|${source:Package}|${source:Version}\\n'
  const said = run('dpkg-query', [`--admindir=${join(root, 'var/lib/dpkg')}`, '-W', '-f', format])
  const rows = said.split('\n').filter((row) => row.includes('|') && !/\|(?:config-files|not-installed)\|/.test(row))
  return {
    files,
    apt: said.includes('dpkg-query: error')
      ? 'refused'
      : rows
          .map((row) => row.replace('|hold|', '|held|').replace(/\|(install|deinstall|purge|unknown)\|/, '|free|'))
          .toSorted(),
    ours: ownRows(files['var/lib/dpkg/status']),
  }
}

function ownRows(text: string): string[] | 'refused' {
  try {
    const { packages } = readStatus(Buffer.from(text), { file: 'var/lib/dpkg/status', statusless: false })
    return packages
      .map(({ name, architecture, version, state, held, source, sourceVersion }) =>
        [name, architecture, version, state, held ? 'held' : 'free', source, sourceVersion].join('|'),
      )
      .toSorted()
  } catch (error) {
    if (isFault(error, 'evidence_malformed')) return 'refused'
    throw error
  }
}

function statusText(random: Random): string {
  return range(1 + Math.floor(random() * 4))
    .map((index) => {
      const status = pick(random, STATUSES)
      const lines = [
        `Package: ${pick(random, ['p', 'Q', 'r+', 's.t'])}${index}`,
        `Status: ${status}`,
        ...(random() < 0.9
          ? ['Priority: optional']
          : [pick(random, ['Conffiles:\n /etc/x 0123', 'X-y : z', 'multi-arch: same'])]),
        'Maintainer: M <m@example.org>',
        'Architecture: amd64',
        ...(random() < 0.5 ? [] : [`Source: ${pick(random, ['src', 'src (2.0)', 'src (1:2.0-1)'])}`]),
        ...(status === 'install ok installed' && random() < 0.04
          ? []
          : [`Version: ${pick(random, ['1.0', '1:2.0-1', '1.0~rc1', '2+b1'])}`]),
        ...(random() < 0.03 ? [pick(random, ['Version: 3', 'garbage', ' ', '\tx', 'Package: z'])] : []),
        'Description: d',
        ...(random() < 0.3 ? [' more', ' .', ' '] : []),
        'Homepage: h',
      ]
      return lines.join('\n')
    })
    .join(pick(random, ['\n\n', '\n\n\n']))
    .concat(random() < 0.05 ? '' : pick(random, ['\n', '\n\n']))
}

const STATUSES = [
  'install ok installed',
  'install ok installed',
  'hold ok installed',
  'deinstall ok config-files',
  'install reinstreq half-installed',
  'install ok unpacked',
  'install ok half-configured',
  'purge ok not-installed',
  'deinstall ok installed',
  'INSTALL OK INSTALLED',
]

function compareConfiguration(random: Random): Compared {
  const files = { 'etc/apt/apt.conf.d/10x': confText(random), 'etc/apt/apt.conf': confText(random) }
  const said = layOut(files).run('apt-config', ['dump', '--no-empty'])
  const values = [...said.matchAll(/^(x[A-Za-z0-9: -]*[A-Za-z0-9]) "(.*)";$/gm)].map((found) => [found[1], found[2]])
  const { config, problems } = readConfiguration(evidenceOf(files))
  return {
    files,
    apt: /^E: /m.test(said) ? 'refused' : values,
    ours: problems.length > 0 ? 'refused' : values.map(([name]) => [name, configText(config, name ?? '')]),
  }
}

function comparePreferences(random: Random): Compared {
  const part = `etc/apt/preferences.d/${pick(random, PREFERENCE_NAMES)}`
  const files = {
    'etc/apt/preferences': preferenceText(random),
    [part]: 'Package: hello\nPin: release *\nPin-Priority: 7\n',
  }
  const said = layOut({ ...files, 'var/lib/dpkg/status': statusEntry({}) }).run('apt-cache', ['policy', 'hello'])
  const { policy, problems } = readPolicy(evidenceOf(files), noConfiguration(), APT_VERSION)
  const generals = policy.pins.filter((pin) => pin.packages.length === 1 && pin.packages[0] === '*')
  const never = generals.find((pin) => pin.priority === NEVER_PRIORITY)
  const own = policy.pins.find((pin) => pin.packages.includes('hello') && pin.type === 'release')
  const winner = never ?? own ?? generals[0]
  return {
    files,
    apt: /^E: /m.test(said) ? 'refused' : Number(/^ \*\*\* \S+ (-?\d+)$/m.exec(said)?.[1]),
    ours: problems.length > 0 ? 'refused' : (winner?.priority ?? 100),
  }
}

function layOut(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), 'lazaret-evidence-'))
  roots.push(root)
  for (const folder of [
    'etc/apt/sources.list.d',
    'etc/apt/preferences.d',
    'var/lib/dpkg',
    'var/lib/apt/lists/partial',
  ]) {
    mkdirSync(join(root, folder), { recursive: true })
  }
  writeFileSync(join(root, 'var/lib/dpkg/status'), '')
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const conf = join(root, 'private.conf')
  const status = join(root, 'var/lib/dpkg/status')
  writeFileSync(
    conf,
    `Dir "${root}"; Dir::State::status "${status}"; APT::Architecture "amd64"; APT::Architectures { "amd64"; "i386"; };\n`,
  )
  const run = (program: string, args: readonly string[]) => {
    const done = spawnSync(program, args, { env: { ...process.env, APT_CONFIG: conf, LC_ALL: 'C' }, encoding: 'utf8' })
    return `${done.stdout}${done.stderr}`
  }
  return { root, run }
}

type Random = () => number

function listText(random: Random): string {
  return range(1 + Math.floor(random() * 3))
    .map(() => {
      const odd = random()
      if (odd < 0.06)
        return pick(random, ['', '   ', '# deb x', 'deb', 'rpm http://h/x s c', ' # y', 'deb http://h/x', 'x'])
      const options =
        random() < 0.5
          ? ''
          : `[${pick(random, ['', ' '])}${range(1 + Math.floor(random() * 2))
              .map(() => pick(random, OPTIONS))
              .join(' ')}${pick(random, ['', ' '])}] `
      const flat = random() < 0.2
      const words = flat
        ? pick(random, ['./', '/', 'a/b/', '$(ARCH)/'])
        : `${pick(random, SUITES)} ${pick(random, ['main', 'main contrib', 'c/d', 'main main', ''])}`
      return `${pick(random, ['deb', 'deb', 'deb', ' deb', 'deb-src', 'deb\t'])} ${options}${pick(random, URIS)} ${words}${pick(random, ['', ' # end', '  ', '\r'])}`
    })
    .join('\n')
    .concat(pick(random, ['', '\n']))
}

function stanzas(random: Random): string {
  return range(1 + Math.floor(random() * 3))
    .map(() => {
      const flat = random() < 0.2
      const lines = [
        `Types: ${pick(random, ['deb', 'deb deb-src', 'deb-src', 'rpm'].slice(0, random() < 0.05 ? 4 : 3))}`,
        `URIs: ${pick(random, ['http://h/x', 'http://h/x http://i/y', '\n http://h/z', 'file:/a//b'])}`,
        `Suites: ${flat ? './' : pick(random, ['s', 's s-updates', '\n s\n t', 's-$(ARCH)'])}`,
        ...(flat !== random() < 0.05
          ? []
          : [`Components: ${pick(random, ['main', 'main contrib', '\n main\n\tnon-free'])}`]),
        pick(random, FIELDS),
        pick(random, FIELDS),
      ]
      return lines.filter((line) => line !== '').join(pick(random, ['\n', '\n', '\r\n']))
    })
    .join(pick(random, ['\n\n', '\n\n\n', '\n# between\n\n', '\n \n', '\r\n\r\n']))
    .concat(pick(random, ['', '\n', '\n\n', '\n#end']))
}

function confText(random: Random): string {
  return range(1 + Math.floor(random() * 5))
    .map(() => pick(random, CONF))
    .join(pick(random, ['\n', ' ', '\n\n']))
}

function preferenceText(random: Random): string {
  return range(1 + Math.floor(random() * 3))
    .map(() =>
      [
        pick(random, [
          'Package: hello',
          'Package: *',
          'Package: hello other',
          'Package: other',
          'Explanation: x\nPackage: hello',
          '# c\nPackage: hello',
          '',
          'package:hello',
        ]),
        pick(random, [
          'Pin: release *',
          'Pin: release *',
          'Pin:release  *',
          'Pin: bogus x',
          'Pin: release *\n# x',
          '',
          'garbage',
        ]),
        pick(random, [
          'Pin-Priority: 500',
          'Pin-Priority: -3',
          'Pin-Priority: 12abc',
          'Pin-Priority: 0',
          'Pin-Priority: 40000',
          'pin-priority: 1001',
          'Pin-Priority: never',
        ]),
      ]
        .filter((line) => line !== '')
        .join('\n'),
    )
    .join(pick(random, ['\n\n', '\n\n\n', '\n#\n\n']))
    .concat(pick(random, ['', '\n']))
}

const URIS = [
  'http://h/x',
  'https://h/x/',
  'http://u:p@h/y',
  'file:///a/b',
  'file:/a/b',
  'http://h/$(ARCH)',
  'http://h/a%20b',
  'cdrom:[A B]/',
  'h/x',
  'http://h:81/x',
  'http://[::1]/x',
  'mirror+file:/etc/apt/m.txt',
  'copy:/a',
]
const SUITES = ['s', 's-updates', 's/updates', 's-$(ARCH)', '"s t"']
const OPTIONS = [
  'arch=amd64',
  'arch=i386,amd64',
  'arch+=arm64',
  'arch-=i386',
  'arch-=amd64',
  'arch=all',
  'trusted=yes',
  'trusted=no',
  'lang=none',
  'fancy=thing',
  'signed-by=/k.gpg',
  'signed-by=zz',
  'a=',
  'abc',
  '=b',
  'by-hash=force',
  'check-valid-until=no',
  'valid-until-max=5',
  'allow-insecure=yes',
  'x#y=z',
  'signed-by=0123456789012345678901234567890123456789!',
  'pdiffs=no',
]
const FIELDS = [
  '',
  '',
  'Enabled: no',
  'Enabled: maybe',
  'Architectures: amd64',
  'Architectures-Add: arm64',
  'Architectures-Remove: i386',
  'Trusted: yes',
  'Signed-By: /k.gpg',
  'Signed-By: /k.gpg, /l.gpg',
  'Signed-By: nonsense',
  'X-Note: y',
  '# comment',
  'garbage',
  'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n -----END PGP PUBLIC KEY BLOCK-----',
]
const CONF = [
  'xa::b "1";',
  'xa { b "2"; c "3"; };',
  'xa::l { "p"; "q"; };',
  'xa::l:: "r";',
  '// x',
  '# x "y";',
  '/* a\n b */',
  '#clear xa;',
  '#clear xa::b;',
  'xb "c d" "e";',
  'xb f;',
  'xb "//n";',
  'xc::d "x;y{}";',
  'xa::b\n "4"\n;',
  'XA::B "5";',
  'xd { e { f "6"; }; g "7"; };',
  'xd::e "8" { h "9"; };',
  'x%20y;',
  '};',
  'xe "1" "2',
  'xf a b;',
  '{ "1"; };',
  'xg { ',
  '#bogus x;',
  'xh::i "1";;',
  'xj "a/*b*/c";',
  'xk /* c */ "1";',
  'xl "";',
  '#clear;',
  'xm { #clear xa; };',
  'fileNames-y "1"; xn "2"; // t',
]

const PARTS = [
  'a.list',
  'b.sources',
  'b.sources',
  'b.sources',
  'c.list.save',
  'd',
  '.e.list',
  'f.g.sources',
  'h~.list',
  'i:j.list',
]
const PREFERENCE_NAMES = ['a', 'b.pref', 'c.list', '.d', 'e.x.pref', 'f~', 'g:h', 'i.']

function noConfiguration() {
  return readConfiguration(evidenceOf({})).config
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].toSorted()
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}

/** mulberry32: small, seedable, good enough to choose test cases. */
function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
