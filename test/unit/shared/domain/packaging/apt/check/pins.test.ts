import { describe, expect, it } from 'vitest'

import { checkSmall, pin, tellUpdates } from '#test/support/small-machine.ts'
import type { SmallMachine } from '#test/support/small-machine.ts'

const machine: SmallMachine = {
  installed: [{ name: 'foo', version: '1.0', source: 'foosrc' }],
  repositories: [
    { suite: 'stable', offers: [{ name: 'foo', version: '2.0', source: 'foosrc' }] },
    {
      suite: 'testing',
      uri: 'http://other.example.org:8080/debian/',
      release: { origin: 'Other', label: 'Other Label', codename: 'next', version: '13.1' },
      offers: [{ name: 'foo', version: '3.0', source: 'foosrc', sourceVersion: '3.0-src' }],
    },
  ],
}

function candidateUnder(...pins: [string, string, number][]): string {
  const outcome = checkSmall({ ...machine, policy: { aptVersion: '3.0.3', pins: pins.map((p) => pin(...p)) } })
  expect(outcome.unknowns).toEqual([])
  return outcome.updates[0]?.candidate ?? 'none'
}

function backports(version: string, butAutomaticUpgrades: boolean): string[] {
  return tellUpdates(
    checkSmall({
      installed: [{ name: 'foo', version: '1.0' }],
      repositories: [{ release: { notAutomatic: true, butAutomaticUpgrades }, offers: [{ name: 'foo', version }] }],
    }),
  )
}

function unknownsUnder(packages: string, value: string): readonly string[] {
  return checkSmall({ ...machine, policy: { pins: [pin(packages, value, -1)] } }).unknowns
}

function withLists(aptVersion: string, lists: { include?: string[]; exclude?: string[] }): string[] {
  return tellUpdates(
    checkSmall({
      installed: [{ name: 'foo', version: '1.0' }],
      repositories: [{ ...lists, offers: [{ name: 'foo', version: '2.0' }] }],
      policy: { aptVersion },
    }),
  )
}

describe('the candidate under pins', () => {
  it('is the newest where nothing is pinned', () => {
    expect(candidateUnder()).toBe('3.0')
  })

  it.each([
    'release a=testing',
    'release n=next',
    'release o=Other',
    'release l=other label',
    'release v=13.1',
    'release v=13*',
    'release 13.1',
    'release testing',
    'release n*',
    'release a=testing, c=main',
    'release A=test*,b=amd64',
    'release a=/^test/',
    'release a=/^(testing|unstable)$/',
    'origin other.example.org',
    'origin "other.example.org"',
    'origin *.example.org',
  ])('loses what a general pin on %s lowers', (value) => {
    const lowered = candidateUnder(['*', value, 400])

    // The glob over hosts means both repositories: the newer wins again.
    expect(lowered).toBe(value === 'origin *.example.org' ? '3.0' : '2.0')
  })

  it.each([
    'release a=unstable',
    'release a=',
    'release x=testing',
    'origin ""',
    'release a=testing,o=Debian',
    'origin 8080',
  ])('is not moved by a pin that matches nothing: %s', (value) => {
    expect(candidateUnder(['*', value, 400])).toBe('3.0')
  })

  it('takes the first general pin that matches a list, not the highest', () => {
    expect(candidateUnder(['*', 'release a=testing', 400], ['*', 'release n=next', 900])).toBe('2.0')
  })

  it('takes the first specific pin that matches a version', () => {
    expect(candidateUnder(['foo', 'release a=testing', 400], ['foo', 'version 3.*', 900])).toBe('2.0')
  })

  it('lets a specific pin replace the priority of the list', () => {
    expect(candidateUnder(['*', 'release a=testing', -1], ['foo', 'version 3.0', 600])).toBe('3.0')
  })

  it.each([
    'foo',
    'f*',
    'fo?',
    '[a-f]oo',
    '/^f/',
    'src:foosrc',
    'src:f*',
    'foo:any',
    'foo:amd64',
    'foo:linux-any',
    'bar foo',
  ])('is moved by a pin for the package %s', (packages) => {
    expect(candidateUnder([packages, 'release a=testing', -1])).toBe('2.0')
  })

  it.each(['fo', 'foosrc', 'foo:i386', 'src:foo', '/^oo/', '[!f]oo', 'foo:all'])(
    'is not moved by a pin for the package %s',
    (packages) => {
      expect(candidateUnder([packages, 'release a=testing', -1])).toBe('3.0')
    },
  )

  it('knows source versions, and skips them with a warning for an apt that does not', () => {
    const pins = [pin('foo', 'source-version 3.0-src', -1)]

    expect(candidateUnder(['foo', 'source-version 3.0-src', -1])).toBe('2.0')
    const old = checkSmall({ ...machine, policy: { aptVersion: '2.6.1', pins } })
    expect(tellUpdates(old)).toEqual(['foo 1.0 -> 3.0'])
    expect(old.warnings.join()).toContain('etc/apt/preferences:1')
  })

  it('is none when a pin forbids every version, the installed one too', () => {
    expect(candidateUnder(['foo', 'release *', -1])).toBe('none')
  })

  it('upgrades at priority 100, which equals the installed version, and not at 99', () => {
    expect(candidateUnder(['*', 'release o=*', 100])).toBe('3.0')
    expect(candidateUnder(['*', 'release o=*', 99])).toBe('none')
  })

  it('prefers Default-Release before every pin', () => {
    const policy = { defaultRelease: 'stable', pins: [pin('*', 'release a=stable', 100)] }

    expect(tellUpdates(checkSmall({ ...machine, policy }))).toEqual(['foo 1.0 -> 2.0'])
  })

  it('says unknown when Default-Release names nothing in the sources, as apt then refuses to work', () => {
    const outcome = checkSmall({ ...machine, policy: { defaultRelease: 'woody' } })

    expect(outcome.unknowns.join()).toContain('woody')
  })

  it('leaves NotAutomatic releases alone, and upgrades within them where they allow it', () => {
    expect(backports('2.0', true)).toEqual(['foo 1.0 -> 2.0'])
    expect(backports('2.0', false)).toEqual([])
  })

  it('does not show a downgrade as an update, and lets one of priority 1000 beat a newer version', () => {
    const repositories = [
      { suite: 'old', offers: [{ name: 'foo', version: '0.9' }] },
      { suite: 'new', offers: [{ name: 'foo', version: '2.0' }] },
    ]
    const run = (priority: number) =>
      tellUpdates(
        checkSmall({
          installed: [{ name: 'foo', version: '1.0' }],
          repositories,
          policy: { pins: [pin('*', 'release a=old', priority)] },
        }),
      )

    expect(run(999)).toEqual(['foo 1.0 -> 2.0'])
    expect(run(1000)).toEqual([])
  })

  it('never lifts a list that a pin of never has buried', () => {
    expect(candidateUnder(['*', 'release a=testing', -32_768], ['foo', 'version 3.0', 900])).toBe('2.0')
  })

  it('says unknown for a pattern that it cannot carry out', () => {
    expect(unknownsUnder('/(a)\\1/', 'release *').join()).toContain('etc/apt/preferences:1')
    expect(unknownsUnder('foo', 'release a=/\\w+/').join()).toContain('etc/apt/preferences:1')
    expect(unknownsUnder('*', 'release n=[[.a.]]*').join()).toContain('etc/apt/preferences:1')
  })

  it('honours Include and Exclude of a source from apt 3.1 on', () => {
    expect(withLists('3.1.5', { include: ['bar'] })).toEqual([])
    expect(withLists('3.1.5', { exclude: ['foo'] })).toEqual([])
    expect(withLists('3.1.5', { include: ['foo'] })).toEqual(['foo 1.0 -> 2.0'])
    expect(withLists('3.0.3', { exclude: ['foo'] })).toEqual(['foo 1.0 -> 2.0'])
  })

  it('means the native architecture only, where a pin names none', () => {
    const run = (packages: string) =>
      tellUpdates(
        checkSmall({
          installed: [{ name: 'foo', version: '1.0', architecture: 'i386' }],
          repositories: [{ offers: [{ name: 'foo', version: '2.0', architecture: 'i386' }] }],
          foreign: ['i386'],
          policy: { pins: [pin(packages, 'release *', -1)] },
        }),
      )

    expect([run('foo'), run('foo:i386'), run('foo:any')]).toEqual([['foo:i386 1.0 -> 2.0'], [], []])
  })

  it.each([
    ['release l=*', { label: '' }, ['foo 1.0 -> 2.0']],
    ['release a=stable', null, ['foo 1.0 -> 2.0']],
    ['release o=Debian', null, ['foo 1.0 -> 2.0']],
    ['origin other.example.org', null, ['foo 1.0 -> 2.0']],
    ['origin mirror.example.org', null, []],
    ['release *', null, []],
  ])('matches what no Release says with no term of a release: %s', (value, release, expected) => {
    const outcome = checkSmall({
      installed: [{ name: 'foo', version: '1.0' }],
      repositories: [{ release, offers: [{ name: 'foo', version: '2.0' }] }],
      policy: { pins: [pin('*', value, -1)] },
    })

    expect(tellUpdates(outcome)).toEqual(expected)
  })
})
