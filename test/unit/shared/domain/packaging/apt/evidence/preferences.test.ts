import { describe, expect, it } from 'vitest'
import { readConfiguration } from '#shared/domain/packaging/apt/evidence/read-configuration.ts'
import { NEVER_PRIORITY, readPreferences } from '#shared/domain/packaging/apt/evidence/preferences.ts'
import { readPolicy } from '#shared/domain/packaging/apt/evidence/read-policy.ts'
import { evidenceOf } from '#test/support/apt-evidence.ts'

function record(fields: Readonly<Record<string, string>>): string {
  const all = { Package: '*', Pin: 'release a=stable', 'Pin-Priority': '500', ...fields }
  return `${Object.entries(all)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}\n`
}

function policy(files: Readonly<Record<string, string>>) {
  const evidence = evidenceOf(files)
  return readPolicy(evidence, readConfiguration(evidence).config, '2.6.1')
}

describe('apt preferences', () => {
  it('reads records of every type with their places', () => {
    const text = [
      'Explanation: why\nPackage: a b:i386 src:c /^d/ e*\nPin: release n=bookworm, o=Debian\nPin-Priority: 990\n\n',
      '# note\n',
      record({ Pin: 'origin "mirror.example.org"', 'Pin-Priority': '-1' }),
      record({ Package: 'x', Pin: 'version 1.2*', 'Pin-Priority': '1001' }),
      record({ Package: 'x', Pin: 'source-version 1.2*', 'Pin-Priority': '12abc' }),
    ].join('')

    expect(readPreferences('p', text).pins).toEqual([
      {
        packages: ['a', 'b:i386', 'src:c', '/^d/', 'e*'],
        type: 'release',
        value: 'n=bookworm, o=Debian',
        priority: 990,
        place: 'p:1',
      },
      { packages: ['*'], type: 'origin', value: '"mirror.example.org"', priority: -1, place: 'p:7' },
      { packages: ['x'], type: 'version', value: '1.2*', priority: 1001, place: 'p:11' },
      { packages: ['x'], type: 'source-version', value: '1.2*', priority: 12, place: 'p:15' },
    ])
  })

  it.each([
    [record({ Pin: '' }), 'a record without a Pin field has no effect'],
    [record({ Pin: 'bogus x' }), 'a type that apt does not know here, "bogus"'],
    [record({ Pin: 'version 1' }), 'a type that apt does not know here, "version"'],
  ])('passes over what apt passes over: %j', (text, warning) => {
    const read = readPreferences('p', text + record({ Package: 'later' }))
    expect(read.warnings.join()).toContain(warning)
    expect(read.pins.map(({ packages }) => packages)).toEqual([['later']])
  })

  it.each([
    [record({ Package: '' }), 'p:1: a record without a Package field.'],
    [record({ 'Pin-Priority': '' }), 'p:1: a pin without a priority, or with priority zero.'],
    [record({ 'Pin-Priority': '0' }), 'p:1: a pin without a priority, or with priority zero.'],
    [record({ 'Pin-Priority': '40000' }), 'p:1: a priority beyond -32768 to 32767.'],
    [record({ Package: 'a', 'Pin-Priority': 'never' }), 'p:1: Pin-Priority: never is only for Package: *.'],
    ['garbage\n', 'p:1: a line that is no field.'],
  ])('finds what makes apt refuse %j', (text, problem) => {
    expect(readPreferences('p', text).problems).toEqual([problem])
  })

  it('keeps "never" apart from every number', () => {
    const text = record({ 'Pin-Priority': 'never' }) + record({ 'Pin-Priority': '-32768' })
    expect(readPreferences('p', text).pins.map(({ priority }) => priority)).toEqual([NEVER_PRIORITY, -32_767])
  })

  it('refuses more patterns than can be tried against every package', () => {
    const evidence = evidenceOf({ 'etc/apt/preferences': record({ Package: 'a* '.repeat(6000) }) })
    expect(() => readPolicy(evidence, readConfiguration(evidence).config, null)).toThrow(
      expect.objectContaining({ code: 'quota_exceeded' }),
    )
  })
})

describe('the policy of a machine', () => {
  it('reads preferences, then preferences.d in byte order by its name rules', () => {
    const { pins } = policy({
      'etc/apt/preferences.d/20b.pref': record({ Package: 'c' }),
      'etc/apt/preferences.d/10a': record({ Package: 'b' }),
      'etc/apt/preferences.d/30.disabled': record({ Package: 'no' }),
      'etc/apt/preferences': record({ Package: 'a' }),
    }).policy
    expect(pins.map(({ packages }) => packages.join())).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['', 'machine'],
    ['APT::Get::Always-Include-Phased-Updates "1";', 'always'],
    ['Update-Manager::Always-Include-Phased-Updates "true";', 'always'],
    ['APT::Get::Never-Include-Phased-Updates "yes";', 'never'],
    ['APT::Get::Never-Include-Phased-Updates "yes"; Update-Manager::Always-Include-Phased-Updates "1";', 'always'],
    ['APT::Get::Always-Include-Phased-Updates "no"; Update-Manager::Always-Include-Phased-Updates "1";', 'machine'],
  ])('reads the choice on phased updates from %j', (text, phasing) => {
    expect(policy({ 'etc/apt/apt.conf': text }).policy.phasing).toBe(phasing)
  })

  it('calls preferences that were moved out of the evidence a problem', () => {
    const read = policy({
      'etc/apt/apt.conf': 'Dir::Etc::preferences "/srv/p"; Dir::Etc::preferencesparts "/dev/null";',
    })
    expect(read.problems).toEqual([
      'etc/apt: the configuration moves the preferences to /srv/p, which is not part of the evidence.',
    ])
  })
})
