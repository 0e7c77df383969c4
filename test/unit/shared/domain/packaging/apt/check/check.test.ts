import { describe, expect, it } from 'vitest'

import { aptDependsOnIdentity, checkApt } from '#shared/domain/packaging/apt/check/check.ts'
import type { AptCheckInput } from '#shared/domain/packaging/apt/check/offers.ts'
import { decodeAptInventory, encodeAptInventory } from '#shared/domain/packaging/apt/evidence/inventory-codec.ts'
import type { AptInventory, AptSnapshot } from '#shared/domain/packaging/apt/model.ts'
import { checkSmall, openSmall, pin, tellUpdates } from '#test/support/small-machine.ts'

describe('the check of an apt machine', () => {
  it('lists each package with a newer candidate, by name and architecture, and nothing else', () => {
    const outcome = checkSmall({
      installed: [
        { name: 'zoo', version: '1.0' },
        { name: 'lib', version: '1.0', architecture: 'i386' },
        { name: 'lib', version: '1.0' },
        { name: 'same', version: '1.0' },
        { name: 'ahead', version: '9.0' },
      ],
      repositories: [
        {
          offers: [
            { name: 'zoo', version: '1.1' },
            { name: 'zoo', version: '1.2', architecture: 'i386' },
            { name: 'lib', version: '2.0' },
            { name: 'lib', version: '2.1', architecture: 'i386' },
            { name: 'same', version: '1.0' },
            { name: 'ahead', version: '8.0' },
          ],
        },
      ],
      foreign: ['i386'],
    })

    expect(outcome.updates.map((update) => [update.name, update.architecture, update.candidate])).toEqual([
      ['lib', 'amd64', '2.0'],
      ['lib', 'i386', '2.1'],
      ['zoo', 'amd64', '1.1'],
    ])
    expect(outcome.local).toEqual([])
    expect(outcome.unknowns).toEqual([])
    expect(outcome.packages).toBe(5)
  })

  it('counts all as the native architecture, in both directions', () => {
    const outcome = checkSmall({
      installed: [
        { name: 'toall', version: '1.0' },
        { name: 'toany', version: '1.0', architecture: 'all' },
      ],
      repositories: [
        {
          offers: [
            { name: 'toall', version: '1.1', architecture: 'all' },
            { name: 'toany', version: '1.1' },
          ],
        },
      ],
    })

    expect(outcome.updates.map(({ name, architecture }) => [name, architecture])).toEqual([
      ['toall', 'amd64'],
      ['toany', 'all'],
    ])
  })

  it('offers a rebuild with the same version and other relations, and not one that dpkg only wrote differently', () => {
    const outcome = checkSmall({
      installed: [
        { name: 'rebuilt', version: '1.0', depends: '' },
        { name: 'rewritten', version: '1.0', conflicts: 'other (<= 1.0),  old (<2)' },
      ],
      repositories: [
        {
          offers: [
            { name: 'rebuilt', version: '1.0', depends: 'libm' },
            { name: 'libm', version: '1' },
            { name: 'rewritten', version: '1.0', conflicts: 'Other (<= 0:1.0), old (<= 2)' },
          ],
        },
      ],
    })

    expect(tellUpdates(outcome)).toEqual(['rebuilt 1.0 -> 1.0'])
  })

  it('calls local what no repository offers under its architecture, and only that', () => {
    const outcome = checkSmall({
      installed: [
        { name: 'own', version: '1.0' },
        { name: 'foreign', version: '1.0', architecture: 'armhf' },
        { name: 'newer-than-all', version: '5.0' },
      ],
      repositories: [
        {
          offers: [
            { name: 'foreign', version: '2.0' },
            { name: 'newer-than-all', version: '1.0' },
          ],
        },
      ],
      foreign: ['armhf'],
    })

    expect(outcome.local).toEqual([
      { name: 'foreign', architecture: 'armhf', installed: '1.0' },
      { name: 'own', architecture: 'amd64', installed: '1.0' },
    ])
    expect(outcome.updates).toEqual([])
  })

  it('says what is missing, and lists what the other repositories give all the same', () => {
    const outcome = checkSmall({
      installed: [{ name: 'foo', version: '1.0' }],
      repositories: [
        {
          offers: [{ name: 'foo', version: '2.0' }],
          gaps: ['component contrib is not in its Release'],
          warnings: ['old'],
        },
        { suite: 'stable-security', offers: [], isMissing: true },
      ],
      problems: ['etc/apt/sources.list:3: not a source.'],
    })

    expect(tellUpdates(outcome)).toEqual(['foo 1.0 -> 2.0'])
    expect(outcome.unknowns).toEqual([
      'etc/apt/sources.list:3: not a source.',
      'http://mirror.example.org/debian/ stable: component contrib is not in its Release',
      'http://mirror.example.org/debian/ stable-security: never fetched successfully',
    ])
    expect(outcome.warnings).toEqual(['http://mirror.example.org/debian/ stable: old'])
  })

  it('never calls a machine without any repository clean', () => {
    const outcome = checkSmall({ installed: [{ name: 'foo', version: '1.0' }], repositories: [] })

    expect(outcome.unknowns).toHaveLength(1)
    expect(outcome.local).toHaveLength(1)
  })

  it('takes names of the language itself for what they are: names', () => {
    const outcome = checkSmall({
      installed: [
        { name: '__proto__', version: '1.0', provides: 'constructor' },
        { name: 'constructor', version: '1.0', depends: '__proto__, tostring' },
        { name: 'tostring', version: '1.0' },
      ],
      repositories: [{ offers: [{ name: 'constructor', version: '2.0', depends: '__proto__' }] }],
    })

    expect(tellUpdates(outcome)).toEqual(['constructor 1.0 -> 2.0'])
    expect(outcome.local.map(({ name }) => name)).toEqual(['__proto__', 'tostring'])
  })

  it('depends on the machine-id exactly when something is offered in phases', () => {
    const [plain, phased] = [false, true].map(
      (isPhased) => ({ lists: [{ phased: isPhased }] }) as unknown as AptSnapshot,
    )

    expect(aptDependsOnIdentity([null, plain ?? null])).toBe(false)
    expect(aptDependsOnIdentity([null, phased ?? null])).toBe(true)
  })
})

describe('what machines share', () => {
  const input = openSmall({
    installed: [{ name: 'foo', version: '1.0' }],
    repositories: [{ offers: [{ name: 'foo', version: '2.0' }] }],
  })
  const [source] = input.sources

  it('never mixes up machines with the same lists and another policy', () => {
    const pinned = { ...input, policy: { ...input.policy, pins: [pin('foo', 'release *', -1)] } }

    expect(tellUpdates(checkApt(input))).toEqual(['foo 1.0 -> 2.0'])
    expect(tellUpdates(checkApt(pinned))).toEqual([])
    expect(tellUpdates(checkApt(input))).toEqual(['foo 1.0 -> 2.0'])
  })

  it('never mixes up two states of a repository with the same lists', () => {
    const snapshot = source?.snapshot as AptSnapshot
    const release = { ...snapshot.release, notAutomatic: true } as AptSnapshot['release']
    const other = { ...snapshot, digest: 'another', release }
    const changed = { ...input, sources: input.sources.map((entry) => ({ ...entry, snapshot: other })) }

    expect(tellUpdates(checkApt(input))).toEqual(['foo 1.0 -> 2.0'])
    expect(tellUpdates(checkApt(changed))).toEqual([])
  })

  it('never mixes up machines that have one version with other relations', () => {
    const offers = [
      { name: 'lib', version: '1.0' },
      { name: 'app', version: '2.0', depends: 'virtual' },
    ]
    const machine = (provides: string) =>
      openSmall({
        installed: [
          { name: 'lib', version: '1.0', provides },
          { name: 'app', version: '1.0' },
        ],
        repositories: [{ offers }],
      })
    const [able, unable] = [machine('virtual'), machine('')]
    const ask = (inventory: AptInventory) => tellUpdates(checkApt({ ...able, inventory }))
    const stored = ({ inventory }: AptCheckInput) => decodeAptInventory(encodeAptInventory(inventory))

    for (let round = 0; round < 2; round += 1) {
      for (const [inventory, other] of [
        [able.inventory, unable.inventory],
        [stored(able), stored(unable)],
      ] as const) {
        expect(ask(inventory)).toEqual(['app 1.0 -> 2.0'])
        expect(ask(other)).toEqual(['app 1.0 -> 2.0 (dependency)'])
      }
    }
  })

  it('never mixes up machines of two architectures', () => {
    const packages = input.inventory.packages.map((installed) => ({ ...installed, architecture: 'all' }))
    const run = (architecture: string) =>
      checkApt({ ...input, inventory: { ...input.inventory, architecture, packages } })

    expect(run('arm64').local).toHaveLength(1)
    expect(run('amd64').updates).toHaveLength(1)
  })
})

describe('the significance of an update', () => {
  const installed = [{ name: 'foo', version: '1.0' }]
  const run = (...offered: { suite: string; version: string; release?: { label?: string; origin?: string } }[]) =>
    checkSmall({
      installed,
      repositories: offered.map(({ suite, version, release = {} }) => ({
        suite,
        release,
        offers: [{ name: 'foo', version }],
      })),
    }).updates[0]

  it('is security when a security suite offers the candidate', () => {
    expect(run({ suite: 'bookworm-security', version: '1.1' })).toMatchObject({
      kind: 'security',
      severity: 'unknown',
      significanceFrom: 'repository:bookworm-security',
      repository: 'bookworm-security/main',
    })
  })

  it('is security when the candidate passes over a security version', () => {
    expect(
      run({ suite: 'bookworm-security', version: '1.1' }, { suite: 'bookworm-updates', version: '1.2' }),
    ).toMatchObject({
      kind: 'security',
      repository: 'bookworm-updates/main',
    })
  })

  it('is unknown when the security suite has only what is installed already, or less', () => {
    expect(
      run({ suite: 'bookworm-security', version: '1.0' }, { suite: 'bookworm-updates', version: '1.2' }),
    ).toMatchObject({
      kind: 'unknown',
      significanceFrom: 'none',
    })
  })

  it('does not look at security versions above the candidate', () => {
    const outcome = checkSmall({
      installed,
      repositories: [
        { suite: 'bookworm-security', offers: [{ name: 'foo', version: '3.0' }] },
        { suite: 'bookworm', offers: [{ name: 'foo', version: '2.0' }] },
      ],
      policy: { pins: [pin('foo', 'version 3.0', -1)] },
    })

    expect(outcome.updates).toMatchObject([{ candidate: '2.0', kind: 'unknown' }])
  })

  it('knows a security archive by its label or origin too', () => {
    expect(run({ suite: 'buster/updates', version: '1.1', release: { label: 'Debian-Security' } })?.kind).toBe(
      'security',
    )
    expect(run({ suite: 'xenial', version: '1.1', release: { origin: 'UbuntuESMApps' } })?.kind).toBe('security')
    expect(run({ suite: 'sid', version: '1.1' })?.kind).toBe('unknown')
  })
})

describe('warnings about the configuration', () => {
  const installed = [{ name: 'foo', version: '1.0' }]
  const offers = [{ name: 'foo', version: '1.0' }]
  const main = { suite: 'bookworm', release: { suite: 'stable' }, offers }
  const security = { suite: 'bookworm-security', release: { suite: 'stable-security' }, offers }

  it('names a stable release without its security suite', () => {
    expect(checkSmall({ installed, repositories: [main] }).warnings.join()).toContain('No security suite is enabled')
    expect(checkSmall({ installed, repositories: [main, security] }).warnings).toEqual([])
    expect(checkSmall({ installed, repositories: [main, { ...security, isMissing: true }] }).warnings).toEqual([])
  })

  it.each([
    { suite: 'sid', release: { suite: 'unstable' }, offers },
    { suite: 'stable', release: { origin: 'Vendor' }, offers },
    { suite: 'bookworm-backports', release: { notAutomatic: true }, offers },
  ])('says nothing of an archive that needs none: $suite', (repository) => {
    expect(checkSmall({ installed, repositories: [repository] }).warnings).toEqual([])
  })

  it('names a Default-Release under which the security suite loses', () => {
    const run = (defaultRelease: string) =>
      checkSmall({ installed, repositories: [main, security], policy: { defaultRelease } }).warnings

    expect(run('bookworm').join()).toContain('Default-Release')
    expect(run('/^bookworm(|-security)$/')).toEqual([])
  })
})
