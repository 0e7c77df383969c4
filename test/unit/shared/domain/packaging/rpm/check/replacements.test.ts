import { describe, expect, it } from 'vitest'

import type { RpmTool } from '#shared/domain/packaging/rpm/model.ts'
import { checkMachine } from '#test/support/rpm-machine.ts'
import type { Described, MachineWords } from '#test/support/rpm-machine.ts'

function look(words: MachineWords) {
  const { updates, replacements = [], local } = checkMachine(words)
  return {
    updates: updates.map(({ name, candidate, heldBackBy }) => [name, candidate, ...heldBackBy].join(' ')),
    replacements: replacements.map(({ name, installed, replacedBy, candidate, heldBackBy }) =>
      [name, installed, replacedBy, candidate, ...heldBackBy].join(' '),
    ),
    local: local.map(({ name }) => name),
  }
}

const TOOLS = ['dnf5', 'dnf4', 'zypper'] as const
const old = 'old-1.0-1.x86_64'

function successor(nevra: string, obsoletes: string, provides: string[] = []): Described {
  return [nevra, { obsoletes: [obsoletes], provides }]
}

describe('packages of other names', () => {
  it.each(TOOLS)('take the place of what they obsolete, before its own update (%s)', (tool) => {
    const base = ['old-1.1-1.x86_64', successor('new-1.0-1.x86_64', 'old')]

    expect(look({ installed: [old], repositories: { base }, policy: { tool, obsoletes: false } })).toEqual({
      updates: ['old 1.1-1 needs-new-package'],
      replacements: ['old 1.0-1 new 1.0-1'],
      local: [],
    })
  })

  it('do not do so with yum where obsoletes=0', () => {
    const repositories = { base: [successor('new-1.0-1.x86_64', 'old')] }

    expect(look({ installed: [old], repositories, policy: { tool: 'yum', obsoletes: false } }).replacements).toEqual([])
    expect(look({ installed: [old], repositories, policy: { tool: 'yum' } }).replacements).toHaveLength(1)
  })

  it.each([
    ['old < 1.0', false],
    ['old < 1.1', true],
    ['old <= 1.0-1', true],
    ['old = 2.0', false],
  ])('heed the version of %s', (obsoletes, isReplaced) => {
    const { replacements } = look({
      installed: [old],
      repositories: { base: [successor('new-1.0-1.x86_64', obsoletes)] },
    })

    expect(replacements).toEqual(isReplaced ? ['old 1.0-1 new 1.0-1'] : [])
  })

  it('obsolete names and not provides, and a successor that only provides the name is none', () => {
    const installed: Described[] = [['old-1.0-1.x86_64', { provides: ['virtual'] }], 'renamed-1.0-1.x86_64']
    const base = [
      successor('new-1.0-1.x86_64', 'virtual'),
      ['successor-2.0-1.x86_64', { provides: ['renamed = 2.0'] }] as const,
    ]

    expect(look({ installed, repositories: { base } })).toEqual({
      updates: [],
      replacements: [],
      local: ['old', 'renamed'],
    })
  })

  it.each([
    ['dnf5', ['whole 1.0-1 part-a 2.0-1', 'whole 1.0-1 part-b 2.0-1']],
    ['zypper', ['whole 1.0-1 part-b 2.0-1']],
  ] as const)('all come with dnf, and one that provides the old name with zypper (%s)', (tool, expected) => {
    const base = [
      successor('part-a-2.0-1.x86_64', 'whole < 2.0'),
      successor('part-b-2.0-1.x86_64', 'whole < 2.0', ['whole = 2.0']),
    ]

    expect(look({ installed: ['whole-1.0-1.x86_64'], repositories: { base }, policy: { tool } }).replacements).toEqual(
      expected,
    )
  })

  it.each([
    ['do not obsolete that version', successor('new-1.1-1.x86_64', 'old < 1.1'), 0, 'dependency'],
    ['are obsoleted by it in turn', successor('back-1.1-1.x86_64', 'old'), 0, 'dependency'],
    ['come from a repository of a worse priority', successor('new-1.1-1.x86_64', 'old'), 100, 'pinned'],
  ] as const)('give way to the own update where they %s', (_, offered, priority, reason) => {
    const own = successor('old-1.1-1.x86_64', 'back')
    const repositories = { base: [own], more: { offers: [offered], settings: { priority: 99 + priority } } }
    const run = (tool: RpmTool) => look({ installed: [old], repositories, policy: { tool } })
    const name = offered[0].split('-')[0]

    expect(run('dnf5')).toEqual({ updates: ['old 1.1-1'], replacements: [], local: [] })
    expect(run('zypper')).toEqual({ updates: ['old 1.1-1'], replacements: [], local: [] })
    expect(run('dnf4')).toMatchObject({ updates: ['old 1.1-1'], replacements: [`old 1.0-1 ${name} 1.1-1 ${reason}`] })
  })

  it('are taken from a repository of a better priority than the own update has', () => {
    const better = { offers: [successor('new-1.0-1.x86_64', 'old < 1.1')], settings: { priority: 10 } }

    expect(look({ installed: [old], repositories: { base: ['old-1.1-1.x86_64'], better } })).toMatchObject({
      updates: ['old 1.1-1 needs-new-package'],
      replacements: ['old 1.0-1 new 1.0-1'],
    })
  })

  it('are not told of when they are hidden or installed already, nor where two obsolete each other', () => {
    const base = [successor('new-1.0-1.x86_64', 'old')]

    expect(look({ installed: [old], repositories: { base }, policy: { excludes: ['new'] } }).replacements).toEqual([])
    expect(
      look({ installed: [old], repositories: { base: [...base, 'old-0.9-1.x86_64'] }, policy: { excludes: ['old'] } })
        .replacements,
    ).toEqual([])
    expect(look({ installed: [old, 'new-1.5-1.x86_64'], repositories: { base } }).replacements).toEqual([])
    expect(
      look({
        installed: ['m1-1.0-1.x86_64'],
        repositories: { base: [successor('m1-2.0-1.x86_64', 'm2'), successor('m2-2.0-1.x86_64', 'm1')] },
      }),
    ).toEqual({ updates: ['m1 2.0-1'], replacements: [], local: [] })
  })

  it('are none where a package obsoletes its own older versions', () => {
    const base = [successor('self-2.0-1.x86_64', 'self < 2.0')]

    expect(look({ installed: ['self-1.0-1.x86_64'], repositories: { base } })).toMatchObject({
      updates: ['self 2.0-1'],
      replacements: [],
    })
  })

  it('come in the architecture of the old one, else in the best', () => {
    const base = ['x86_64', 'i686'].map((architecture) => successor(`new-1.0-1.${architecture}`, 'old'))
    const architectures = (installed: string) =>
      checkMachine({ installed: [installed], repositories: { base } }).replacements?.map(
        ({ architecture }) => architecture,
      )

    expect(architectures('old-1.0-1.i686')).toEqual(['i686'])
    expect(architectures('old-1.0-1.noarch')).toEqual(['x86_64'])
  })

  it('may be updates of what is installed under their name', () => {
    const installed = [old, 'new-0.5-1.x86_64']

    expect(look({ installed, repositories: { base: [successor('new-1.0-1.x86_64', 'old')] } })).toEqual({
      updates: ['new 1.0-1'],
      replacements: ['old 1.0-1 new 1.0-1'],
      local: [],
    })
  })

  it('give way to the own update where dependencies do not allow them', () => {
    const broken: Described = ['new-1.0-1.x86_64', { obsoletes: ['old'], requires: ['absent'] }]

    expect(look({ installed: [old], repositories: { base: ['old-1.1-1.x86_64', broken] } })).toMatchObject({
      updates: ['old 1.1-1'],
      replacements: ['old 1.0-1 new 1.0-1 dependency'],
    })
  })

  it('are kept back where something installed needs the old one', () => {
    const installed: Described[] = [old, ['app-1.0-1.x86_64', { requires: ['old'] }]]
    const replacements = (provides: string[], tool: RpmTool) =>
      look({ installed, repositories: { base: [successor('new-1.0-1.x86_64', 'old', provides)] }, policy: { tool } })
        .replacements

    expect(replacements([], 'dnf4')).toEqual(['old 1.0-1 new 1.0-1 dependency'])
    expect(replacements(['old = 1.0'], 'dnf4')).toEqual(['old 1.0-1 new 1.0-1'])
  })

  it('come in an older version where only that one provides the old name', () => {
    const base = [
      'other-1.0-1.x86_64',
      successor('new-1.1-1.x86_64', 'old', ['old']),
      successor('new-2.0-1.x86_64', 'old'),
    ]

    // The newest is what is listed, and it is not what comes.
    expect(look({ installed: [old], repositories: { base } }).replacements).toEqual(['old 1.0-1 new 2.0-1 dependency'])
    expect(look({ installed: [old], repositories: { base: base.slice(2) } }).replacements).toEqual([
      'old 1.0-1 new 2.0-1',
    ])
  })

  it('leave the own update where the version that provides the old name does not obsolete it', () => {
    const base = [
      'old-1.1-1.x86_64',
      successor('new-1.1-1.x86_64', 'old < 1.1-1', ['old']),
      successor('new-1.2-1.x86_64', 'old < 1.2-1'),
    ]

    expect(look({ installed: [old], repositories: { base }, policy: { tool: 'dnf4' } })).toMatchObject({
      updates: ['old 1.1-1'],
      replacements: ['old 1.0-1 new 1.2-1 dependency'],
    })
  })

  it('come together with dnf where they obsolete in the same words, else the first by name', () => {
    const alike = [successor('one-1.0-1.x86_64', 'old < 2'), successor('two-1.0-1.x86_64', 'old < 2')]
    const unlike = [successor('one-1.0-1.x86_64', 'old < 2'), successor('two-1.0-1.x86_64', 'old < 3')]

    expect(look({ installed: [old], repositories: { base: alike } }).replacements).toEqual([
      'old 1.0-1 one 1.0-1',
      'old 1.0-1 two 1.0-1',
    ])
    expect(look({ installed: [old], repositories: { base: unlike } }).replacements).toEqual([
      'old 1.0-1 one 1.0-1',
      'old 1.0-1 two 1.0-1 dependency',
    ])
  })

  it('do not follow a leader whose older version comes and obsoletes in other words', () => {
    const newest: Described = ['one-2.0-1.x86_64', { obsoletes: ['old < 3'], requires: ['absent'] }]
    const base = [newest, successor('one-1.0-1.x86_64', 'old < 2'), successor('two-1.0-1.x86_64', 'old < 3')]

    expect(look({ installed: [old], repositories: { base } }).replacements).toEqual([
      'old 1.0-1 one 2.0-1 dependency',
      'old 1.0-1 two 1.0-1 dependency',
    ])
  })

  it('come instead of the own update, which they do not obsolete, where the other name is installed already', () => {
    const base = ['old-2.0-1.x86_64', successor('new-2.0-1.x86_64', 'old < 2.0-1')]

    expect(look({ installed: [old], repositories: { base }, policy: { tool: 'dnf4' } }).updates).toEqual(['old 2.0-1'])
    expect(
      look({ installed: [old, 'new-1.0-1.x86_64'], repositories: { base }, policy: { tool: 'dnf4' } }),
    ).toMatchObject({
      updates: ['new 2.0-1', 'old 2.0-1 needs-new-package'],
      replacements: ['old 1.0-1 new 2.0-1'],
    })
  })

  it('come where the own update that beats them is not possible', () => {
    const own: Described = ['old-2.0-1.x86_64', { requires: ['absent'] }]
    const base = [own, successor('new-2.0-1.x86_64', 'old < 2.0-1')]

    expect(look({ installed: [old], repositories: { base }, policy: { tool: 'dnf4' } })).toMatchObject({
      updates: ['old 2.0-1 needs-new-package'],
      replacements: ['old 1.0-1 new 2.0-1'],
    })
  })
})
