import { describe, expect, it } from 'vitest'

import type { RpmPolicy } from '#shared/domain/packaging/rpm/model.ts'
import { checkMachine } from '#test/support/rpm-machine.ts'
import type { Described } from '#test/support/rpm-machine.ts'

/** `name.architecture candidate` of what a run takes, with a reason of what it does not. */
function run(installed: readonly Described[], base: readonly Described[], policy: Partial<RpmPolicy> = {}): string[] {
  return checkMachine({ installed, repositories: { base }, policy }).updates.map(
    ({ name, architecture, candidate, heldBackBy }) =>
      [`${name}.${architecture} ${candidate}`, ...heldBackBy].join(' '),
  )
}

describe('updates that exclude one another', () => {
  it.each([
    ['keel', 'mast', ['keel.x86_64 2-1', 'mast.x86_64 2-1 dependency']],
    ['mast', 'keel', ['keel.x86_64 2-1', 'mast.x86_64 2-1 dependency']],
  ])('are decided for the first by name where %s conflicts with the new %s', (one, other, taken) => {
    const base: Described[] = [[`${one}-2-1.x86_64`, { conflicts: [`${other} > 1-1`] }], `${other}-2-1.x86_64`]

    expect(run(['mast-1-1.x86_64', 'keel-1-1.x86_64'], base)).toEqual(taken)
  })

  it('are decided for the first by name though the newest of what it needs goes without it', () => {
    const installed: Described[] = [
      ['keel-1-1.x86_64', { requires: ['keel-libs = 1-1'] }],
      'keel-libs-1-1.x86_64',
      ['keel-tools-1-1.x86_64', { requires: ['keel-libs = 1-1'] }],
    ]
    const base: Described[] = [
      ['keel-2-1.x86_64', { requires: ['keel-libs = 2-1'] }],
      'keel-libs-2-1.x86_64',
      'keel-libs-3-1.x86_64',
      ['keel-tools-2-1.x86_64', { requires: ['keel-libs = 2-1'] }],
      ['keel-tools-3-1.x86_64', { requires: ['keel-libs = 3-1'] }],
    ]

    expect(run(installed, base)).toEqual([
      'keel.x86_64 2-1',
      'keel-libs.x86_64 3-1 dependency',
      'keel-tools.x86_64 3-1 dependency',
    ])
  })

  it('leave the first where it is when what stays does not let it come in any case', () => {
    const installed: Described[] = [
      'keel-1-1.x86_64',
      'mast-1-1.x86_64',
      ['stays-1-1.x86_64', { conflicts: ['keel > 1'] }],
    ]
    const base: Described[] = [['keel-2-1.x86_64', { conflicts: ['mast > 1-1'] }], 'mast-2-1.x86_64']

    expect(run(installed, base)).toEqual(['keel.x86_64 2-1 dependency', 'mast.x86_64 2-1'])
  })

  it('end in time where there are very many of them', () => {
    const names = Array.from({ length: 300 }, (_, at) => `a${String(at).padStart(3, '0')}`)
    const base = names.map((name): Described => [
      `${name}-2-1.x86_64`,
      { conflicts: names.filter((other) => other !== name).map((other) => `${other} > 1-1`) },
    ])
    const taken = run(
      names.map((name) => `${name}-1-1.x86_64`),
      base,
    ).filter((entry) => !entry.endsWith('dependency'))

    expect(taken.length).toBeLessThanOrEqual(1)
  })
})

describe('what comes for the sake of others', () => {
  const kernels: Described[] = [
    ['kernel-1-1.x86_64', { requires: ['kernel-core = 1-1'] }],
    ['kernel-core-1-1.x86_64', { provides: ['installonlypkg(kernel)'] }],
  ]

  it('may be an older kernel beside the newest', () => {
    const base: Described[] = [
      ['kernel-2-1.x86_64', { requires: ['kernel-core = 2-1'] }],
      ['kernel-core-2-1.x86_64', { provides: ['installonlypkg(kernel)'] }],
      ['kernel-core-3-1.x86_64', { provides: ['installonlypkg(kernel)'] }],
    ]

    expect(run(kernels, base)).toEqual(['kernel.x86_64 2-1', 'kernel-core.x86_64 3-1'])
  })

  it('is not a version that its own package’s update cannot be, though another repository has it too', () => {
    const installed: Described[] = [
      ['keel-1-1.x86_64', { requires: ['keel-libs = 1-1'] }],
      'keel-libs-1-1.x86_64',
      ['bound-1-1.x86_64', { requires: ['keel-libs = 1-1'] }],
    ]
    const offers: Described[] = [['keel-2-1.x86_64', { requires: ['keel-libs = 2-1'] }], 'keel-libs-2-1.x86_64']
    const preferred = { offers: [...offers, 'keel-libs-1-1.x86_64'], settings: { priority: 50 } }
    const { updates } = checkMachine({
      installed,
      repositories: { base: preferred, updates: offers },
      policy: { tool: 'dnf4' },
    })

    expect(updates.map(({ name, installable }) => [name, installable])).toEqual([
      ['keel', false],
      ['keel-libs', false],
    ])
  })

  it('is nothing that a lock of zypper keeps as it is', () => {
    const installed: Described[] = [['keel-1-1.x86_64', { requires: ['keel-libs = 1-1'] }], 'keel-libs-1-1.x86_64']
    const base: Described[] = [['keel-2-1.x86_64', { requires: ['keel-libs = 2-1'] }], 'keel-libs-2-1.x86_64']
    const lock = { pattern: 'keel-libs', kind: 'never', conditions: [], place: 'etc/zypp/locks:1' } as const

    expect(run(installed, base, { tool: 'zypper', locks: [lock] })).toEqual([
      'keel.x86_64 2-1 dependency',
      'keel-libs.x86_64 2-1 held',
    ])
  })

  it('may be what another repository has, if nothing misses the version that is kept', () => {
    const keel: Described = ['keel-1-1.x86_64', { requires: ['libs = 1-1'] }]
    const bound: Described = ['bound-1-1.x86_64', { requires: ['libs = 1-1'] }]
    const updates: Described[] = [['keel-2-1.x86_64', { requires: ['libs = 2-1'] }], 'libs-2-1.x86_64']
    const repositories = { base: { offers: ['libs-1-1.x86_64'], settings: { priority: 50 } }, updates }
    const look = (installed: readonly Described[]) =>
      checkMachine({ installed, repositories, policy: { tool: 'dnf4' } }).updates.map((one) => one.installable)

    expect(look([keel, 'libs-1-1.x86_64'])).toEqual([true])
    expect(look([keel, bound, 'libs-1-1.x86_64'])).toEqual([false])
  })

  it('is nothing that an installed package obsoletes', () => {
    const installed: Described[] = ['keel-1-1.x86_64', ['mast-ng-1-1.x86_64', { obsoletes: ['mast'] }]]

    expect(run(installed, [['keel-2-1.x86_64', { requires: ['mast'] }], 'mast-1-1.x86_64'])).toEqual([
      'keel.x86_64 2-1 dependency',
    ])
  })
})

describe('an i686 package', () => {
  const base = (details: { requires: string[] }): Described[] => ['keel-2-1.i686', ['keel-2-1.x86_64', details]]

  it('comes with dnf only where its x86_64 sister can come too', () => {
    expect(run(['keel-1-1.i686'], base({ requires: [] }))).toEqual(['keel.i686 2-1'])
    expect(run(['keel-1-1.i686'], base({ requires: ['absent'] }))).toEqual(['keel.i686 2-1 dependency'])
    expect(run(['keel-1-1.i686', 'keel-2-1.x86_64'], base({ requires: ['absent'] }))).toEqual(['keel.i686 2-1'])
  })
})

describe('a noarch package', () => {
  it('becomes one for the processor where both are offered in the same version', () => {
    expect(run(['keel-1-1.noarch'], ['keel-2-1.noarch', 'keel-2-1.x86_64'])).toEqual([
      'keel.noarch 2-1 dependency',
      'keel.x86_64 2-1',
    ])
  })
})

describe('a package that is there in several versions with zypper', () => {
  it('is updated only where a better repository has none of them', () => {
    const installed = ['core-1-1.x86_64', 'core-2-1.x86_64']
    const look = (offered: readonly Described[]) =>
      checkMachine({
        installed,
        repositories: { base: { offers: offered, settings: { priority: 50 } }, updates: ['core-3-1.x86_64'] },
        policy: { tool: 'zypper', installOnly: [] },
      }).updates.map(({ candidate, heldBackBy }) => [candidate, ...heldBackBy].join(' '))

    expect(look([])).toEqual(['3-1'])
    expect(look(['core-1-1.x86_64'])).toEqual(['3-1 pinned'])
  })
})
