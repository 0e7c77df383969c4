import { describe, expect, it } from 'vitest'

import { checkSmall, pin, tellUpdates } from '#test/support/small-machine.ts'
import type { SmallMachine } from '#test/support/small-machine.ts'

type Installed = SmallMachine['installed']
type Offers = SmallMachine['repositories'][number]['offers']

function upgrade(installed: Installed, offers: Offers, foreign: readonly string[] = []): string[] {
  return tellUpdates(checkSmall({ installed, repositories: [{ offers }], foreign }))
}

function both(version: string, i386: string): Installed {
  return [
    { name: 'lib', version, multiArch: 'same' as const },
    { name: 'lib', version: i386, multiArch: 'same' as const, architecture: 'i386' },
  ]
}

function upgradeWithProvides(provides: string): string[] {
  return upgrade(
    [
      { name: 'app', version: '1.0' },
      { name: 'impl', version: '1.0' },
    ],
    [
      { name: 'app', version: '2.0', depends: 'api (>= 2)' },
      { name: 'impl', version: '1.1', provides },
    ],
  )
}

describe('what an upgrade run would take', () => {
  it('keeps a held package, and the siblings bound to its version', () => {
    const updates = upgrade(
      [
        { name: 'app', version: '1.0', depends: 'app-data (= 1.0)', held: true },
        { name: 'app-data', version: '1.0' },
        { name: 'app-plugin', version: '1.0', depends: 'app (= 1.0)' },
        { name: 'other', version: '1.0' },
      ],
      [
        { name: 'app', version: '2.0', depends: 'app-data (= 2.0)' },
        { name: 'app-data', version: '2.0' },
        { name: 'app-plugin', version: '2.0', depends: 'app (= 2.0)' },
        { name: 'other', version: '2.0' },
      ],
    )

    expect(updates).toEqual([
      'app 1.0 -> 2.0 (held)',
      'app-data 1.0 -> 2.0 (dependency)',
      'app-plugin 1.0 -> 2.0 (dependency)',
      'other 1.0 -> 2.0',
    ])
  })

  it('takes what needs a new package that can be installed, through several steps', () => {
    const updates = upgrade(
      [{ name: 'kernel', version: '1.0' }],
      [
        { name: 'kernel', version: '2.0', depends: 'nothing | kernel-image-2 (>= 2.0)' },
        { name: 'kernel-image-2', version: '2.0', depends: 'virtual-tool' },
        { name: 'tool', version: '1', provides: 'virtual-tool' },
      ],
    )

    expect(updates).toEqual(['kernel 1.0 -> 2.0'])
  })

  it('says that a new package is needed when it is there and cannot be installed', () => {
    const updates = upgrade(
      [
        { name: 'app', version: '1.0' },
        { name: 'enemy', version: '1.0' },
      ],
      [
        { name: 'app', version: '2.0', depends: 'helper' },
        { name: 'helper', version: '1.0', conflicts: 'enemy' },
        { name: 'enemy', version: '1.0' },
      ],
    )

    expect(updates).toEqual(['app 1.0 -> 2.0 (needs-new-package)'])
  })

  it('keeps what depends on something that nobody offers', () => {
    expect(upgrade([{ name: 'app', version: '1.0' }], [{ name: 'app', version: '2.0', depends: 'nowhere' }])).toEqual([
      'app 1.0 -> 2.0 (dependency)',
    ])
  })

  it('does not take an upgrade that would break an installed package', () => {
    const updates = upgrade(
      [
        { name: 'lib', version: '1.0', provides: 'lib-abi-1' },
        { name: 'local-app', version: '1.0', depends: 'lib-abi-1' },
      ],
      [{ name: 'lib', version: '2.0', provides: 'lib-abi-2' }],
    )

    expect(updates).toEqual(['lib 1.0 -> 2.0 (dependency)'])
  })

  it('keeps only as many of what a package needs as it takes, of several that provide it the last by name', () => {
    const updates = upgrade(
      [
        { name: 'agent-a', version: '1.0', provides: 'agent' },
        { name: 'agent-b', version: '1.0', provides: 'agent' },
        { name: 'reader', version: '1.0', depends: 'agent' },
      ],
      [
        { name: 'agent-a', version: '2.0' },
        { name: 'agent-b', version: '2.0' },
      ],
    )

    expect(updates).toEqual(['agent-a 1.0 -> 2.0', 'agent-b 1.0 -> 2.0 (dependency)'])
  })

  it('does not come back to what gave way, where who needed it had it before', () => {
    const updates = upgrade(
      [
        { name: 'aaa', version: '1.0' },
        { name: 'pkg', version: '1.0', provides: 'signal' },
      ],
      [
        { name: 'aaa', version: '2.0', provides: 'signal' },
        { name: 'pkg', version: '2.0', depends: 'signal', conflicts: 'signal' },
      ],
    )

    expect(updates).toEqual(['aaa 1.0 -> 2.0 (dependency)', 'pkg 1.0 -> 2.0 (dependency)'])
  })

  it('keeps what a package needs where only an update that is not taken would provide it instead', () => {
    // Here apt loses count, says so ("Internal Inconsistency"), takes pkg and leaves user broken.
    const updates = upgrade(
      [
        { name: 'pkg', version: '1.0', provides: 'signal' },
        { name: 'user', version: '1.0', depends: 'signal' },
        { name: 'zzz', version: '1.0' },
      ],
      [
        { name: 'pkg', version: '2.0' },
        { name: 'zzz', version: '2.0', provides: 'signal', depends: 'nowhere' },
      ],
    )

    expect(updates).toEqual(['pkg 1.0 -> 2.0 (dependency)', 'zzz 1.0 -> 2.0 (dependency)'])
  })

  it('keeps what breaks or conflicts with a package that stays', () => {
    const updates = upgrade(
      [
        { name: 'a', version: '1.0' },
        { name: 'b', version: '1.0' },
        { name: 'old', version: '1.0' },
        { name: 'moving', version: '1.0' },
      ],
      [
        { name: 'a', version: '2.0', breaks: 'old (<< 2.0)' },
        { name: 'b', version: '2.0', breaks: 'moving (<< 2.0)' },
        { name: 'moving', version: '2.0' },
      ],
    )

    expect(updates).toEqual(['a 1.0 -> 2.0 (dependency)', 'b 1.0 -> 2.0', 'moving 1.0 -> 2.0'])
  })

  it('lets a package conflict with what it provides itself', () => {
    expect(
      upgrade(
        [{ name: 'mta', version: '1.0', provides: 'mail-agent', conflicts: 'mail-agent' }],
        [{ name: 'mta', version: '2.0', provides: 'mail-agent', conflicts: 'mail-agent' }],
      ),
    ).toEqual(['mta 1.0 -> 2.0'])
  })

  it('keeps co-installable siblings of two architectures in step', () => {
    expect(upgrade(both('1.0', '1.0'), both('2.0', '2.0'), ['i386'])).toEqual(['lib 1.0 -> 2.0', 'lib:i386 1.0 -> 2.0'])
    expect(upgrade(both('1.0', '1.0'), both('2.0', '1.0'), ['i386'])).toEqual(['lib 1.0 -> 2.0 (dependency)'])
  })

  it('reads versioned provides and refuses unversioned ones where a version is asked', () => {
    expect(upgradeWithProvides('api (= 2.1)')).toEqual(['app 1.0 -> 2.0', 'impl 1.0 -> 1.1'])
    expect(upgradeWithProvides('api')).toEqual(['app 1.0 -> 2.0 (dependency)', 'impl 1.0 -> 1.1'])
    expect(upgradeWithProvides('api (= 1.9)')).toEqual(['app 1.0 -> 2.0 (dependency)', 'impl 1.0 -> 1.1'])
  })

  it.each([
    ['tool', 'no', 'dependency'],
    ['tool', 'foreign', ''],
    ['tool:any', 'allowed', ''],
    ['tool:any', 'no', 'dependency'],
    ['tool:i386', 'no', ''],
    ['tool:native', 'no', 'dependency'],
  ] as const)('reads the dependency %s on an i386 package that is Multi-Arch: %s', (depends, multiArch, reason) => {
    const updates = upgrade(
      [
        { name: 'app', version: '1.0' },
        { name: 'tool', version: '1.0', architecture: 'i386', multiArch },
      ],
      [{ name: 'app', version: '2.0', depends }],
      ['i386'],
    )

    expect(updates).toEqual([`app 1.0 -> 2.0${reason === '' ? '' : ` (${reason})`}`])
  })

  it('takes nothing on a machine whose installed packages are broken, as apt refuses there', () => {
    expect(
      upgrade(
        [
          { name: 'app', version: '1.0' },
          { name: 'broken', version: '1.0', depends: 'gone' },
        ],
        [{ name: 'app', version: '2.0' }],
      ),
    ).toEqual(['app 1.0 -> 2.0 (dependency)'])
  })

  it('keeps what has relations that cannot be read', () => {
    expect(upgrade([{ name: 'app', version: '1.0' }], [{ name: 'app', version: '2.0', depends: 'x (>= 1' }])).toEqual([
      'app 1.0 -> 2.0 (dependency)',
    ])
  })

  it('ends on circles of new packages', () => {
    const ring = Array.from({ length: 100 }, (_, index) => ({
      name: `ring-${index}`,
      version: '1',
      depends: `ring-${(index + 1) % 100}`,
    }))

    expect(
      upgrade([{ name: 'app', version: '1.0' }], [{ name: 'app', version: '2.0', depends: 'ring-0' }, ...ring]),
    ).toEqual([expect.stringMatching(/^app 1\.0 -> 2\.0/)])
  })

  it('follows recommendations that can be had, and leaves alone what would lose one', () => {
    const installed = [
      { name: 'content', version: '1.0' },
      { name: 'fussy', version: '1.0', recommends: 'extra' },
      { name: 'extra', version: '1.0' },
      { name: 'used-to-it', version: '1.0', recommends: 'nowhere' },
    ]
    const offers = [
      { name: 'content', version: '2.0', recommends: 'friend' },
      { name: 'friend', version: '1.0' },
      { name: 'fussy', version: '2.0', recommends: 'gone' },
      { name: 'used-to-it', version: '2.0', recommends: 'nowhere' },
    ]
    const run = (installRecommends: boolean) =>
      tellUpdates(checkSmall({ installed, repositories: [{ offers }], policy: { installRecommends } }))

    expect(run(true)).toEqual(['content 1.0 -> 2.0', 'fussy 1.0 -> 2.0 (dependency)', 'used-to-it 1.0 -> 2.0'])
    expect(run(false)).toEqual(['content 1.0 -> 2.0', 'fussy 1.0 -> 2.0', 'used-to-it 1.0 -> 2.0'])
  })

  it('reckons with downgrades that a high priority orders', () => {
    const outcome = checkSmall({
      installed: [
        { name: 'lib', version: '2.0' },
        { name: 'app', version: '1.0' },
      ],
      repositories: [
        {
          offers: [
            { name: 'lib', version: '1.0' },
            { name: 'app', version: '1.5', depends: 'lib (>= 2.0)' },
          ],
        },
      ],
      policy: { pins: [pin('lib', 'version 1.0', 1001)] },
    })

    expect(tellUpdates(outcome)).toEqual(['app 1.0 -> 1.5 (dependency)'])
  })

  it('claims nothing where a hostile machine makes the question too large', () => {
    const withDepends = (depends: (index: number) => string) =>
      checkSmall({
        installed: Array.from({ length: 2500 }, (_, index) => ({
          name: `p${index}`,
          version: '1',
          provides: 'v (= 1)',
          depends: depends(index),
        })),
        repositories: [{ offers: [{ name: 'p1', version: '2' }] }],
      })

    expect(tellUpdates(withDepends((index) => `v (= 2.${index}) | p0`))).toEqual(['p1 1 -> 2 (dependency)'])
    // The same question from all of them is one question.
    expect(tellUpdates(withDepends(() => 'v (= 2) | p0'))).toEqual(['p1 1 -> 2'])
  })

  it('does not take what needs a sibling that cannot stand beside the installed one', () => {
    const updates = upgrade(
      [
        { name: 'app', version: '1.0', architecture: 'i386' },
        { name: 'tool', version: '1.0' },
      ],
      [
        { name: 'app', version: '2.0', architecture: 'i386', depends: 'tool' },
        { name: 'tool', version: '1.0' },
        { name: 'tool', version: '1.0', architecture: 'i386' },
      ],
      ['i386'],
    )

    expect(updates).toEqual(['app:i386 1.0 -> 2.0 (dependency)'])
  })
})
