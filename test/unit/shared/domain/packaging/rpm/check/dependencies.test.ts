import { describe, expect, it } from 'vitest'

import type { RpmPolicy } from '#shared/domain/packaging/rpm/model.ts'
import { checkMachine } from '#test/support/rpm-machine.ts'
import type { Described, MachineWords } from '#test/support/rpm-machine.ts'

/** `name candidate` of what a run takes, with a reason of what it does not. */
function run(words: MachineWords): string[] {
  return checkMachine(words).updates.map(({ name, candidate, heldBackBy }) =>
    [name, candidate, ...heldBackBy].join(' '),
  )
}

function runBase(
  installed: readonly Described[],
  base: readonly Described[],
  policy: Partial<RpmPolicy> = {},
): string[] {
  return run({ installed, repositories: { base }, policy })
}

describe('what a candidate needs', () => {
  it('keeps back what needs something that nobody has', () => {
    expect(runBase(['a-1.0-1.x86_64'], ['a-1.1-1.x86_64', ['a-2.0-1.x86_64', { requires: ['absent'] }]])).toEqual([
      'a 2.0-1 dependency',
    ])
  })

  it('is met by what stays, by another update, and by a new package', () => {
    const installed = ['a-1.0-1.x86_64', 'stays-1.0-1.x86_64', 'moves-1.0-1.x86_64']
    const a: Described = ['a-2.0-1.x86_64', { requires: ['stays', 'moves >= 2.0', 'virtual = 3'] }]
    const base = [a, 'moves-2.0-1.x86_64', ['comes-1.0-1.x86_64', { provides: ['virtual = 3'] }] as const]

    expect(runBase(installed, base)).toEqual(['a 2.0-1', 'moves 2.0-1'])
  })

  it('is not met by a new package that itself lacks something, is too old, or is hidden', () => {
    const a: Described = ['a-2.0-1.x86_64', { requires: ['virtual >= 3'] }]
    const offer = (details: { provides: string[]; requires?: string[] }): Described => ['comes-1.0-1.x86_64', details]

    expect(runBase(['a-1.0-1.x86_64'], [a, offer({ provides: ['virtual = 3'], requires: ['absent'] })])).toEqual([
      'a 2.0-1 dependency',
    ])
    expect(runBase(['a-1.0-1.x86_64'], [a, offer({ provides: ['virtual = 2'] })])).toEqual(['a 2.0-1 dependency'])
    expect(runBase(['a-1.0-1.x86_64'], [a, offer({ provides: ['virtual = 3'] })], { excludes: ['comes'] })).toEqual([
      'a 2.0-1 dependency',
    ])
  })

  it('is met by new packages that need each other in a ring', () => {
    const base: Described[] = [
      ['a-2.0-1.x86_64', { requires: ['one'] }],
      ['one-1.0-1.x86_64', { requires: ['two'] }],
      ['two-1.0-1.x86_64', { requires: ['one', 'a = 2.0'] }],
    ]

    expect(runBase(['a-1.0-1.x86_64'], base)).toEqual(['a 2.0-1'])
  })

  it('takes back a whole chain when its end is not possible', () => {
    const names = ['a', 'b', 'c', 'd']
    const base = names.map((name, index): Described => [
      `${name}-2.0-1.x86_64`,
      { requires: [`${names[index + 1] ?? 'absent'} >= 2.0`] },
    ])

    expect(
      runBase([...names.map((name) => `${name}-1.0-1.x86_64`), 'e-1.0-1.x86_64'], [...base, 'e-2.0-1.x86_64']),
    ).toEqual(['a 2.0-1 dependency', 'b 2.0-1 dependency', 'c 2.0-1 dependency', 'd 2.0-1 dependency', 'e 2.0-1'])
  })

  it('does not blame an update for what its installed version lacks as well', () => {
    const details = { requires: ['absent'] }

    expect(runBase([['a-1.0-1.x86_64', details]], [['a-2.0-1.x86_64', details]])).toEqual(['a 2.0-1'])
  })

  it('takes a need for a file as met', () => {
    expect(runBase(['a-1.0-1.x86_64'], [['a-2.0-1.x86_64', { requires: ['/usr/bin/anything'] }]])).toEqual(['a 2.0-1'])
  })

  it('does not go back to an older version of an installed package for it', () => {
    const base: Described[] = [['a-2.0-1.x86_64', { requires: ['b = 1.0'] }], 'b-1.0-1.x86_64']

    expect(runBase(['a-1.0-1.x86_64', 'b-2.0-1.x86_64'], base)).toEqual(['a 2.0-1 dependency'])
  })
})

describe('what stays needs', () => {
  it('keeps back an update that takes away what an installed package needs', () => {
    const installed: Described[] = ['lib-1.0-1.x86_64', ['app-1.0-1.x86_64', { requires: ['lib = 1.0'] }]]

    expect(runBase(installed, ['lib-2.0-1.x86_64'])).toEqual(['lib 2.0-1 dependency'])
    expect(runBase(installed, ['lib-2.0-1.x86_64', ['app-2.0-1.x86_64', { requires: ['lib = 2.0'] }]])).toEqual([
      'app 2.0-1',
      'lib 2.0-1',
    ])
  })

  it('keeps back both where the one that needs the other cannot move', () => {
    const installed: Described[] = ['lib-1.0-1.x86_64', ['app-1.0-1.x86_64', { requires: ['lib = 1.0'] }]]
    const base: Described[] = ['lib-2.0-1.x86_64', ['app-2.0-1.x86_64', { requires: ['lib = 2.0', 'absent'] }]]

    expect(runBase(installed, base)).toEqual(['app 2.0-1 dependency', 'lib 2.0-1 dependency'])
  })

  it('is still met by another package, or was not met before', () => {
    const installed: Described[] = [
      ['lib-1.0-1.x86_64', { provides: ['soname'] }],
      ['other-1.0-1.x86_64', { provides: ['soname'] }],
      ['app-1.0-1.x86_64', { requires: ['soname', 'lib = 0.5'] }],
    ]

    expect(runBase(installed, ['lib-2.0-1.x86_64'])).toEqual(['lib 2.0-1'])
  })

  it('keeps the kernel that a module needs, as a new one comes beside it', () => {
    const installed: Described[] = ['kernel-1.0-1.x86_64', ['kmod-1.0-1.x86_64', { requires: ['kernel = 1.0-1'] }]]

    expect(runBase(installed, ['kernel-2.0-1.x86_64'])).toEqual(['kernel 2.0-1'])
  })
})

describe('older versions than the newest', () => {
  const needy: Described = ['lib-3.0-1.x86_64', { requires: ['absent'] }]

  it('are taken instead, so that what they meet is possible', () => {
    const app: Described = ['app-2.0-1.x86_64', { requires: ['lib = 2.0'] }]
    const strict: Described = ['strict-2.0-1.x86_64', { requires: ['lib >= 3.0'] }]
    const installed = ['app-1.0-1.x86_64', 'lib-1.0-1.x86_64', 'strict-1.0-1.x86_64']

    expect(runBase(installed, [needy, 'lib-2.0-1.x86_64', app, strict])).toEqual([
      'app 2.0-1',
      'lib 3.0-1 dependency',
      'strict 2.0-1 dependency',
    ])
  })

  it('are taken where the newest would leave behind what is bound to them', () => {
    const bound = (name: string, version: string): Described => [
      `${name}-${version}-1.x86_64`,
      { requires: [`lib = ${version}`] },
    ]
    const installed = ['lib-1.0-1.x86_64', bound('devel', '1.0'), 'other-1.0-1.x86_64']
    const base = [
      'lib-3.0-1.x86_64',
      'lib-2.5-1.x86_64',
      'lib-2.0-1.x86_64',
      bound('devel', '2.0'),
      'other-2.0-1.x86_64',
    ]

    expect(runBase(installed, base)).toEqual(['devel 2.0-1', 'lib 3.0-1 dependency', 'other 2.0-1'])
  })

  it('do not count where only another architecture has them', () => {
    const app: Described = ['app-2.0-1.x86_64', { requires: ['lib = 2.0'] }]

    expect(runBase(['app-1.0-1.x86_64', 'lib-1.0-1.x86_64'], [needy, 'lib-2.0-1.s390x', app])).toEqual([
      'app 2.0-1 dependency',
      'lib 3.0-1 dependency',
    ])
  })
})

describe('conflicts', () => {
  it('keeps back what conflicts with an installed package, in either direction', () => {
    expect(runBase(['a-1.0-1.x86_64', 'other-1.0-1.x86_64'], [['a-2.0-1.x86_64', { conflicts: ['other'] }]])).toEqual([
      'a 2.0-1 dependency',
    ])
    expect(runBase(['a-1.0-1.x86_64', ['other-1.0-1.x86_64', { conflicts: ['a >= 2'] }]], ['a-2.0-1.x86_64'])).toEqual([
      'a 2.0-1 dependency',
    ])
  })

  it('is over when the other one moves on', () => {
    const a: Described = ['a-2.0-1.x86_64', { conflicts: ['other < 2'] }]

    expect(runBase(['a-1.0-1.x86_64', 'other-1.0-1.x86_64'], [a, 'other-2.0-1.x86_64'])).toEqual([
      'a 2.0-1',
      'other 2.0-1',
    ])
  })

  it('lets a package conflict with its own older versions', () => {
    expect(runBase(['a-1.0-1.x86_64'], [['a-2.0-1.x86_64', { conflicts: ['a < 2'] }]])).toEqual(['a 2.0-1'])
  })
})

describe('rich dependencies', () => {
  it.each([
    ['(absent or stays)', true],
    ['(absent or gone)', false],
    ['(stays and absent)', false],
    ['(absent if gone)', true],
    ['(absent if stays)', false],
    ['(stays >= 1.0 if stays)', true],
    ['(absent if gone else stays)', true],
    ['(stays if gone else absent)', false],
    ['((absent or stays) and (gone or stays(x86-64) or stays))', true],
    ['(absent with stays)', true],
    ['(absent unless stays)', true],
    ['(absent or', true],
    ['(absent foo stays)', true],
  ])('%s: %s', (relation, installable) => {
    expect(runBase(['a-1.0-1.x86_64', 'stays-1.0-1.x86_64'], [['a-2.0-1.x86_64', { requires: [relation] }]])).toEqual([
      installable ? 'a 2.0-1' : 'a 2.0-1 dependency',
    ])
  })

  it('counts for what stays as well', () => {
    const installed = (relation: string): Described[] => [
      'lib-1.0-1.x86_64',
      ['app-1.0-1.x86_64', { requires: [relation] }],
    ]

    expect(runBase(installed('(lib = 1.0 or gone)'), ['lib-2.0-1.x86_64'])).toEqual(['lib 2.0-1 dependency'])
    expect(runBase(installed('(lib = 1.0 or app)'), ['lib-2.0-1.x86_64'])).toEqual(['lib 2.0-1'])
  })

  it('does not break on what is nested beyond measure', () => {
    const deep = `${'('.repeat(50_000)}a${')'.repeat(50_000)}`

    expect(runBase(['a-1.0-1.x86_64'], [['a-2.0-1.x86_64', { requires: [deep] }]])).toEqual(['a 2.0-1'])
  })
})

describe('two architectures of one name', () => {
  const installed = ['both-1.0-1.x86_64', 'both-1.0-1.i686', 'lag-1.0-1.x86_64', 'lag-1.0-1.i686']
  const base = ['both-1.1-1.x86_64', 'both-1.1-1.i686', 'lag-1.1-1.x86_64', 'lag-1.0-1.i686']

  it('move together with dnf or not at all', () => {
    expect(runBase(installed, base)).toEqual(['both 1.1-1', 'both 1.1-1', 'lag 1.1-1 dependency'])
    expect(runBase(installed, base, { excludes: ['both.i686'] })).toEqual([
      'both 1.1-1 dependency',
      'lag 1.1-1 dependency',
    ])
  })

  it('lets dnf take the other architecture only in a version that the native one has too', () => {
    const offered = ['x-3.0-1.i686', 'x-2.0-1.x86_64', 'x-2.0-1.i686']

    expect(runBase(['x-1.0-1.i686'], offered)).toEqual(['x 3.0-1 dependency'])
    expect(runBase(['x-1.0-1.i686'], offered.slice(1))).toEqual(['x 2.0-1'])
    expect(runBase(['x-1.0-1.i686'], offered.slice(0, 1))).toEqual(['x 3.0-1'])
  })

  it('do not move with zypper', () => {
    expect(runBase(installed, base, { tool: 'zypper' })).toEqual(['both 1.1-1 dependency', 'lag 1.1-1 dependency'])
  })

  it('are taken in the better one where a noarch package could become either', () => {
    expect(runBase(['a-1.0-1.noarch'], ['a-1.1-1.noarch', 'a-1.2-1.x86_64', 'a-1.2-1.i686'])).toEqual([
      'a 1.2-1 dependency',
      'a 1.1-1 dependency',
      'a 1.2-1',
    ])
  })
})

describe('vendors', () => {
  const installed: Described[] = [
    ['a-1.0-1.x86_64', { vendor: 'SUSE LLC' }],
    ['b-1.0-1.x86_64', { vendor: '' }],
  ]
  const offers = (vendor: string): Described[] => [
    ['a-2.0-1.x86_64', { vendor }],
    ['b-2.0-1.x86_64', { vendor }],
  ]

  it.each([
    ['dnf5', 'Other', {}, 'a 2.0-1 vendor'],
    ['dnf5', 'SUSE LLC', {}, 'a 2.0-1'],
    ['dnf5', 'suse llc', {}, 'a 2.0-1 vendor'],
    ['dnf5', 'Other', { allowVendorChange: true }, 'a 2.0-1'],
    ['zypper', 'suse llc', {}, 'a 2.0-1'],
    ['zypper', 'SUSE Linux Products GmbH', {}, 'a 2.0-1'],
    ['zypper', 'openSUSE', {}, 'a 2.0-1 vendor'],
    ['zypper', 'Other Inc', { vendorGroups: [['other', 'suse']] }, 'a 2.0-1'],
  ] as const)('%s, from SUSE LLC to %s with %o', (tool, vendor, policy, expected) => {
    const updates = runBase(installed, offers(vendor), { tool, allowVendorChange: false, ...policy })

    expect(updates[0]).toBe(expected)
  })

  it('count having none as one', () => {
    expect(runBase(installed, offers('Other'), { allowVendorChange: false })[1]).toBe('b 2.0-1 vendor')
  })
})

describe('what is said of a run', () => {
  const broken: MachineWords = {
    installed: ['a-1.0-1.x86_64'],
    repositories: { base: { offers: [['a-2.0-1.x86_64', { requires: ['absent'] }]], advisories: [] } },
  }

  it('warns that an upgrade of everything fails where best=True', () => {
    expect(checkMachine(broken).warnings).toEqual([])
    expect(checkMachine({ ...broken, policy: { best: true } }).warnings).toEqual([
      'With best=True an upgrade of everything fails as a whole: dependencies do not allow 1 update.',
    ])
  })

  it('says once that dependencies were not looked at where the evidence says nothing of them', () => {
    const { updates, warnings } = checkMachine({ ...broken, withoutRelations: true })

    expect(updates.map(({ installable }) => installable)).toEqual([true])
    expect(warnings).toEqual([
      'The evidence says nothing of dependencies: whether they allow the updates was not looked at.',
    ])
  })
})
