import { describe, expect, it } from 'vitest'

import type { RpmTool } from '#shared/domain/packaging/rpm/model.ts'
import type { CheckOutcome } from '#shared/domain/packaging/update.ts'
import { checkMachine } from '#test/support/rpm-machine.ts'
import type { MachineWords } from '#test/support/rpm-machine.ts'

const TOOLS = ['dnf5', 'dnf4', 'zypper'] as const

function listUpdates(words: MachineWords, tool: RpmTool = 'dnf5'): string[] {
  return describeUpdates(checkMachine({ ...words, policy: { ...words.policy, tool } }))
}

function describeUpdates({ updates }: CheckOutcome): string[] {
  return updates.map(
    ({ name, architecture, installed, candidate }) => `${name}.${architecture} ${installed} ${candidate}`,
  )
}

describe('what is listed as newer', () => {
  it.each(TOOLS)('lists what is newer and nothing that is as new, older or offered nowhere (%s)', (tool) => {
    const installed = [
      'up-1.0-1.x86_64',
      'same-1.0-1.x86_64',
      'newer-2.0-1.x86_64',
      'local-1.0-1.x86_64',
      'rel-1.0-9.x86_64',
    ]
    const base = ['up-1.1-1.x86_64', 'same-1.0-1.x86_64', 'newer-1.0-1.x86_64', 'rel-1.0-10.x86_64']
    const outcome = checkMachine({ installed, repositories: { base }, policy: { tool } })

    expect(describeUpdates(outcome)).toEqual(['rel.x86_64 1.0-9 1.0-10', 'up.x86_64 1.0-1 1.1-1'])
    expect(outcome.local).toEqual([{ name: 'local', architecture: 'x86_64', installed: '1.0-1' }])
    expect(outcome.packages).toBe(5)
    expect(outcome.unknowns).toEqual([])
  })

  it('says of an update what a person needs', () => {
    const outcome = checkMachine({
      installed: ['libfoo-1:1.0-1.x86_64'],
      repositories: { base: [['libfoo-1:1.1-1.x86_64', { sourceRpm: 'foo-tools-1.1-1.src.rpm' }]] },
    })

    expect(outcome.updates).toEqual([
      {
        name: 'libfoo',
        architecture: 'x86_64',
        installed: '1:1.0-1',
        candidate: '1:1.1-1',
        kind: 'unknown',
        severity: 'unknown',
        significanceFrom: 'none',
        source: 'foo-tools',
        sourceVersion: '1.1-1',
        repository: 'base',
        installable: true,
        heldBackBy: [],
        advisories: [],
      },
    ])
  })

  it('takes the highest of all versions, an epoch before all else', () => {
    const base = ['a-2.0-1.x86_64', 'a-1:0.1-1.x86_64', 'a-9.0-1.x86_64', 'b-1.0~rc1-1.x86_64', 'b-1.0^git1-1.x86_64']

    expect(listUpdates({ installed: ['a-1.0-1.x86_64', 'b-1.0-1.x86_64'], repositories: { base } })).toEqual([
      'a.x86_64 1.0-1 1:0.1-1',
      'b.x86_64 1.0-1 1.0^git1-1',
    ])
  })

  it.each(TOOLS)('counts a package that is there twice by its newest (%s)', (tool) => {
    const installed = ['dup-1.0-1.x86_64', 'dup-1.1-1.x86_64', 'done-1.0-1.x86_64', 'done-1.2-1.x86_64']
    const base = ['dup-1.2-1.x86_64', 'done-1.1-1.x86_64']

    expect(listUpdates({ installed, repositories: { base } }, tool)).toEqual(['dup.x86_64 1.1-1 1.2-1'])
  })

  it.each(TOOLS)(
    'compares the newest installed kernel with the newest there is, and tells of no older ones (%s)',
    (tool) => {
      const installed = ['kernel-1.0-1.x86_64', 'kernel-2.0-1.x86_64', 'kernel-3.0-1.x86_64']

      expect(
        listUpdates({ installed, repositories: { base: ['kernel-3.0-1.x86_64', 'kernel-2.5-1.x86_64'] } }, tool),
      ).toEqual([])
      expect(listUpdates({ installed, repositories: { base: ['kernel-4.0-1.x86_64'] } }, tool)).toEqual([
        'kernel.x86_64 3.0-1 4.0-1',
      ])
    },
  )
})

describe('architectures', () => {
  const foreign = ['a-2.0-1.aarch64', 'a-2.0-1.x86_64_v2', 'a-2.0-1.src', 'a-2.0-1.s390x']

  it.each(TOOLS)('sees nothing that the machine cannot run (%s)', (tool) => {
    const outcome = checkMachine({ installed: ['a-1.0-1.noarch'], repositories: { base: foreign }, policy: { tool } })

    expect(outcome.updates).toEqual([])
    expect(outcome.local).toHaveLength(1)
  })

  it('takes the packages of its own level of x86_64', () => {
    const words = { installed: ['a-1.0-1.x86_64_v2'], repositories: { base: foreign }, architecture: 'x86_64_v2' }

    expect(listUpdates(words)).toEqual(['a.x86_64_v2 1.0-1 2.0-1'])
  })

  it('follows from noarch to the native architecture and back, never from i686 to x86_64', () => {
    const installed = ['a-1.0-1.noarch', 'b-1.0-1.x86_64', 'c-1.0-1.i686']
    const base = ['a-2.0-1.x86_64', 'b-2.0-1.noarch', 'c-2.0-1.x86_64']
    const outcome = checkMachine({ installed, repositories: { base } })

    expect(describeUpdates(outcome)).toEqual(['a.x86_64 1.0-1 2.0-1', 'b.noarch 1.0-1 2.0-1'])
    expect(outcome.local).toEqual([{ name: 'c', architecture: 'i686', installed: '1.0-1' }])
  })

  it('keeps both architectures of a name apart with dnf', () => {
    const installed = ['lag-1.0-1.x86_64', 'lag-1.0-1.i686', 'only-1.0-1.x86_64']
    const base = ['lag-1.1-1.x86_64', 'lag-1.0-1.i686', 'only-1.1-1.x86_64', 'only-1.2-1.i686']

    expect(listUpdates({ installed, repositories: { base } })).toEqual([
      'lag.x86_64 1.0-1 1.1-1',
      'only.x86_64 1.0-1 1.1-1',
    ])
  })

  it('lists the highest version of any architecture with zypper, which its update does not take', () => {
    const installed = ['only-1.0-1.x86_64', 'x-1.0-1.i686', 'same-1.0-1.i686']
    const base = ['only-1.1-1.x86_64', 'only-1.2-1.i686', 'x-2.0-1.x86_64', 'x-2.0-1.i686', 'same-1.0-1.x86_64']
    const outcome = checkMachine({ installed, repositories: { base }, policy: { tool: 'zypper' } })

    expect(describeUpdates(outcome)).toEqual([
      'only.i686 1.0-1 1.2-1',
      'same.x86_64 1.0-1 1.0-1',
      'x.x86_64 1.0-1 2.0-1',
    ])
    expect(outcome.updates.map(({ heldBackBy }) => heldBackBy)).toEqual([
      ['dependency'],
      ['dependency'],
      ['dependency'],
    ])
  })
})

describe('priorities', () => {
  const installed = ['a-1.0-1.x86_64', 'b-1.6-1.x86_64', 'c-1.0-1.x86_64']
  const repositories = {
    prio: { offers: ['a-1.5-1.x86_64', 'b-1.5-1.x86_64'], settings: { priority: 10 } },
    base: ['a-2.0-1.x86_64', 'b-2.0-1.x86_64', 'c-2.0-1.x86_64'],
  }

  it.each(['dnf5', 'dnf4'] as const)('looks only at the best priority that has the name (%s)', (tool) => {
    expect(listUpdates({ installed, repositories }, tool)).toEqual(['a.x86_64 1.0-1 1.5-1', 'c.x86_64 1.0-1 2.0-1'])
  })

  it('tells of what dnf 4 would take from a worse repository without listing it', () => {
    const hidden = (tool: RpmTool) =>
      checkMachine({ installed, repositories, policy: { tool } }).hidden?.map(({ name, candidate, heldBackBy }) => [
        name,
        candidate,
        heldBackBy,
      ])

    expect(hidden('dnf4')).toEqual([['b', '2.0-1', ['pinned']]])
    expect(hidden('dnf5')).toEqual([])
  })

  it('lists the highest with zypper, and says which the priority keeps from its update', () => {
    const { updates } = checkMachine({ installed, repositories, policy: { tool: 'zypper' } })

    expect(updates.map(({ name, candidate, heldBackBy }) => [name, candidate, heldBackBy])).toEqual([
      ['a', '2.0-1', ['pinned']],
      ['b', '2.0-1', []],
      ['c', '2.0-1', []],
    ])
  })

  it('lets a better repository that has just the installed version keep it', () => {
    const words = {
      installed: ['a-1.5-1.x86_64'],
      repositories: { ...repositories, base: ['a-2.0-1.x86_64'] },
    }

    expect(checkMachine({ ...words, policy: { tool: 'dnf4' } })).toMatchObject({ updates: [], hidden: [] })
    expect(checkMachine({ ...words, policy: { tool: 'zypper' } }).updates).toMatchObject([{ heldBackBy: ['pinned'] }])
  })

  it('lets what is kept so stay, so that it is in nobody’s way', () => {
    const better = { offers: ['a-1.5-1.x86_64'], settings: { priority: 10 } }
    const base = ['a-2.0-1.x86_64', ['b-2.0-1.x86_64', { conflicts: ['a >= 2.0'] }]] as const
    const words = { installed: ['a-1.5-1.x86_64', 'b-1.0-1.x86_64'], repositories: { better, base } }
    const { updates } = checkMachine({ ...words, policy: { tool: 'zypper' } })

    expect(updates.map(({ name, heldBackBy }) => [name, heldBackBy])).toEqual([
      ['a', ['pinned']],
      ['b', []],
    ])
  })

  it('does not count a better repository whose vendor is forbidden', () => {
    const foreign = { offers: [['a-1.6-1.x86_64', { vendor: 'Other' }] as const], settings: { priority: 10 } }
    const words = { installed: ['a-1.5-1.x86_64'], repositories: { foreign, base: ['a-2.0-1.x86_64'] } }

    expect(checkMachine({ ...words, policy: { tool: 'zypper', allowVendorChange: false } }).updates).toMatchObject([
      { candidate: '2.0-1', heldBackBy: [] },
    ])
  })

  it('names the cheaper of two repositories that offer the same', () => {
    const { updates } = checkMachine({
      installed: ['c-1.0-1.x86_64'],
      repositories: { dear: ['c-2.0-1.x86_64'], cheap: { offers: ['c-2.0-1.x86_64'], settings: { cost: 10 } } },
    })

    expect(updates.map(({ repository }) => repository)).toEqual(['cheap'])
  })
})

describe('what is not known', () => {
  it('names a repository without a snapshot, also where the machine would go on without it', () => {
    const outcome = checkMachine({
      installed: ['a-1.0-1.x86_64', 'b-1.0-1.x86_64'],
      repositories: { base: ['a-2.0-1.x86_64'], gone: null },
    })

    expect(describeUpdates(outcome)).toEqual(['a.x86_64 1.0-1 2.0-1'])
    expect(outcome.unknowns).toEqual(['http://mirror.example.org/gone: never fetched successfully'])
  })

  it('cannot tell of a machine of whose packages no repository knows one', () => {
    const installed = ['a-1.0-1.x86_64', 'b-1.0-1.x86_64']
    const foreign = { installed, repositories: { base: ['a-2.0-1.aarch64', 'c-1.0-1.x86_64'] } }

    expect(checkMachine(foreign).unknowns).toEqual([
      expect.stringContaining('No repository of the machine offers any of its packages'),
    ])
    expect(checkMachine({ installed, repositories: { base: [] } }).unknowns).toHaveLength(1)
    expect(checkMachine({ installed, repositories: { base: ['a-1.0-1.x86_64'] } }).unknowns).toEqual([])
  })

  it('names gaps, problems of the evidence, and that there is no repository', () => {
    const base = { offers: [], gaps: ['modules: missing'] }

    expect(checkMachine({ installed: [], repositories: { base }, problems: ['cut'] }).unknowns).toEqual([
      'cut',
      'http://mirror.example.org/base: modules: missing',
    ])
    expect(checkMachine({ installed: [], repositories: {} }).unknowns).toEqual([
      'No repository is enabled: nothing can be compared with.',
    ])
  })
})
