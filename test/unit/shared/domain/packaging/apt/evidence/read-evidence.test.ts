import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readAptEvidence, recognisesApt } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { evidenceBelow, evidenceOf, machineOf, statusEntry } from '#test/support/apt-evidence.ts'

const SAMPLES = join(import.meta.dirname, '../../../../../../../../shared/samples/pkg')
const lacking = existsSync(SAMPLES) ? '' : ' (skipped: the samples are not here)'

describe('evidence of an apt machine', () => {
  it('is recognised by its package database', () => {
    expect(recognisesApt(machineOf())).toBe(true)
    expect(recognisesApt(evidenceOf({ 'var/lib/dpkg/status.d/base': 'x' }))).toBe(true)
    expect(recognisesApt(evidenceOf({ 'etc/apt/sources.list': 'x' }))).toBe(false)
  })

  it('says who the machine is', () => {
    const { system } = readAptEvidence(
      machineOf({ 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'etc/machine-id': '0123abcd\n' }),
    )
    expect(system).toEqual({
      osName: 'debian 12',
      osId: 'debian',
      osVersion: '12',
      machineId: '0123abcd',
      architecture: 'amd64',
      packages: 1,
    })
  })

  it('has the version of the installed apt in its policy', () => {
    const status = statusEntry({}) + statusEntry({ Package: 'apt', Version: '2.6.1' })
    expect(readAptEvidence(machineOf({ 'var/lib/dpkg/status': status })).policy.aptVersion).toBe('2.6.1')
    expect(readAptEvidence(machineOf()).policy.aptVersion).toBeNull()
  })

  it.each([
    ['an empty database', ''],
    ['a database of blank lines', '\n\n\n'],
    ['a database in which nothing is installed', statusEntry({ Status: 'deinstall ok config-files' })],
  ])('refuses %s: an empty inventory is never clean', (_, status) => {
    expect(() => readAptEvidence(machineOf({ 'var/lib/dpkg/status': status }))).toThrow(
      expect.objectContaining({ code: 'evidence_malformed' }),
    )
  })

  it('refuses a package that is installed twice, and lets two architectures be', () => {
    const twice = statusEntry({}) + statusEntry({ Version: '2' })
    expect(() => readAptEvidence(machineOf({ 'var/lib/dpkg/status': twice }))).toThrow('hello:amd64 is installed twice')

    const same = { 'Multi-Arch': 'same' }
    const both = statusEntry(same) + statusEntry({ ...same, Architecture: 'i386' })
    expect(readAptEvidence(machineOf({ 'var/lib/dpkg/status': both })).warnings).toEqual([])
  })

  it('reads an image without dpkg, one file a package', () => {
    const { inventory } = readAptEvidence(
      evidenceOf({
        'var/lib/dpkg/status.d/libc6': statusEntry({ Package: 'libc6', Status: '', Architecture: 'arm64' }),
        'var/lib/dpkg/status.d/base': statusEntry({ Package: 'base-files', Status: '', Architecture: 'arm64' })
          .trimEnd()
          .concat('\n'),
        'var/lib/dpkg/status.d/base.md5sums': 'no entry at all',
      }),
    )
    expect(inventory.architecture).toBe('arm64')
    expect(inventory.packages.map(({ name }) => name)).toEqual(['base-files', 'libc6'])
  })

  it.each([
    [{ 'lazaret/architecture': 'arm64\n', 'var/lib/dpkg/arch': 'amd64\narm64\n' }, 'arm64', ['amd64']],
    [{ 'var/lib/dpkg/arch': 'amd64\ni386\n' }, 'amd64', ['i386']],
    [
      { 'var/lib/dpkg/arch': '', 'var/lib/dpkg/status': statusEntry({ Package: 'dpkg', Architecture: 'riscv64' }) },
      'riscv64',
      [],
    ],
    [{ 'etc/apt/apt.conf': 'APT::Architectures { "amd64"; "armhf"; };' }, 'amd64', ['armhf']],
    [{ 'etc/apt/apt.conf': 'APT::Architecture "i386"; APT::Architectures "i386,amd64";' }, 'i386', ['amd64']],
  ])('learns the architectures from %j', (files, native, foreign) => {
    const { inventory } = readAptEvidence(machineOf(files))
    expect([inventory.architecture, inventory.foreignArchitectures]).toEqual([native, foreign])
  })

  it('refuses evidence in which nothing tells the architecture', () => {
    expect(() => readAptEvidence(machineOf({ 'var/lib/dpkg/arch': '' }))).toThrow('var/lib/dpkg/arch')
  })

  it('names what dpkg had not finished', () => {
    const { warnings } = readAptEvidence(machineOf({ 'var/lib/dpkg/updates/0001': 'x' }))
    expect(warnings.join()).toContain('dpkg was interrupted')
  })

  it('makes a syntax error in the configuration a problem', () => {
    expect(readAptEvidence(machineOf({ 'etc/apt/apt.conf': 'a b c;' })).problems).toEqual([
      'etc/apt/apt.conf:1: more text after the value.',
    ])
  })

  it('bounds how many sentences one machine gets', () => {
    const lines = Array.from({ length: 4000 }, (_, index) => `deb [odd${index}=x] http://h/x s main\n`)
    const { warnings } = readAptEvidence(machineOf({ 'etc/apt/sources.list': lines.join('') }))
    expect(warnings).toHaveLength(51)
    expect(warnings.at(-1)).toMatch(/^and \d+ sentences more like these\.$/)
  })
})

describe('advice on sources', () => {
  const debian = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n' }
  const security = 'deb http://h/s bookworm-security main\n'
  const main = 'deb http://h/d bookworm main\n'

  function warnings(files: Readonly<Record<string, string>>) {
    return readAptEvidence(machineOf({ ...debian, ...files })).warnings
  }

  it('misses the security suite of a distribution that has one', () => {
    expect(warnings({ 'etc/apt/sources.list': main }).join()).toContain('No security suite is enabled')
    expect(warnings({ 'etc/apt/sources.list': main + security })).toEqual([])
    expect(warnings({ 'etc/apt/sources.list': 'deb http://h/s buster/updates main\n' })).toEqual([])
    expect(warnings({ 'etc/apt/sources.list': main, 'etc/os-release': 'ID=debian\n' })).toEqual([])
  })

  it.each([
    ['bookworm', true],
    ['stable', true],
    ['/^bookworm$/', true],
    ['/^bookworm(|-security|-updates)$/', false],
    ['bookworm-security', false],
    ['bookworm*', false],
    ['/(broken/', false],
  ])('warns when Default-Release "%s" makes the security suite lose', (release, loses) => {
    const said = warnings({
      'etc/apt/sources.list': main + security,
      'etc/apt/apt.conf': `APT::Default-Release "${release}";`,
    })
    expect(said.some((warning) => warning.includes('makes the security suite lose'))).toBe(loses)
  })
})

describe.skipIf(lacking !== '')(`sample machines${lacking}`, () => {
  const scenarios = lacking === '' ? readdirSync(join(SAMPLES, 'scenarios-apt')) : []

  it.each(scenarios)('reads %s without a problem, every package and the foreign architectures of it', (name) => {
    const root = join(SAMPLES, 'scenarios-apt', name)
    const scenario: unknown = JSON.parse(readFileSync(join(root, 'scenario.json'), 'utf8'))
    const { inventory, repositories, problems } = readAptEvidence(evidenceBelow(root))
    expect(problems).toEqual([])
    expect(repositories.length).toBeGreaterThan(0)
    expect(scenario).toMatchObject({ architectures: [inventory.architecture, ...inventory.foreignArchitectures] })

    const status = readFileSync(join(root, 'var/lib/dpkg/status'), 'utf8')
    const installed = status.match(/^Status: \S+ \S+ (?!config-files|not-installed)\S+$/gm) ?? []
    expect(inventory.packages).toHaveLength(installed.length)
  })

  it.each(
    lacking === '' ? readdirSync(join(SAMPLES, 'apt-sources')).filter((name) => /\.(?:list|sources)$/.test(name)) : [],
  )('reads the sources %s', (name) => {
    const text = readFileSync(join(SAMPLES, 'apt-sources', name), 'utf8')
    const { repositories, problems } = readAptEvidence(
      machineOf({ 'etc/apt/sources.list': '', [`etc/apt/sources.list.d/${name}`]: text }),
    )
    const enabled = /^(?:deb|Types: deb) ?/m.test(text)
    expect(repositories.length > 0).toBe(enabled)
    expect(problems.length > 0).toBe(!enabled)
    expect(JSON.stringify(repositories)).not.toContain('user:pass')
  })
})

describe('what is not followed', () => {
  const status = 'Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\nDescription: x\n\n'
  const problemsOf = (files: Record<string, string>) => {
    const all = {
      'var/lib/dpkg/status': status,
      'etc/apt/sources.list': 'deb http://a.example.org/ s main\n',
      ...files,
    }
    return readAptEvidence({ files: new Map(Object.entries(all).map(([path, text]) => [path, Buffer.from(text)])) })
      .problems
  }

  it.each([
    [{ 'etc/apt/apt.conf': 'APT::Architecture-Variants { "amd64v3"; };\n' }, /APT::Architecture-Variants/],
    [{ 'etc/apt/apt.conf': '#include "/opt/more.conf";\n' }, /apt\.conf:1: includes \/opt\/more\.conf/],
    [
      { 'etc/apt/sources.list': 'deb [snapshot=20250101T000000Z] http://a.example.org/ s main\n' },
      /sources\.list:1: .*snapshot/,
    ],
  ])('is a problem: %j', (files, sentence) => {
    expect(problemsOf(files).join('\n')).toMatch(sentence)
  })

  it('is none where it changes nothing', () => {
    const files = {
      'etc/apt/sources.list': 'deb [snapshot=enable] http://a.example.org/ s main\n',
      'etc/apt/apt.conf': 'APT::Architecture "amd64";\n',
    }

    expect(problemsOf(files)).toEqual([])
  })
})
