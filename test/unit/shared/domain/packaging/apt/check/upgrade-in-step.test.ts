import { describe, expect, it } from 'vitest'

import { checkSmall, tellUpdates } from '#test/support/small-machine.ts'

const same = { name: 'libfoo', multiArch: 'same' } as const
const native = { ...same, version: '1.0' }
const foreign = { ...native, architecture: 'i386' }

describe('a co-installable package', () => {
  it('waits for the sibling that its list does not offer in the new version yet', () => {
    const outcome = checkSmall({
      foreign: ['i386'],
      installed: [native, foreign],
      repositories: [{ offers: [foreign, { ...native, version: '2.0' }] }],
    })

    expect(tellUpdates(outcome)).toEqual(['libfoo 1.0 -> 2.0 (dependency)'])
  })

  it('stands beside a sibling of equal version in other words that no list offers any more', () => {
    const outcome = checkSmall({
      foreign: ['i386'],
      installed: [
        { ...native, version: '1.0-01' },
        { ...foreign, version: '1.0-01' },
      ],
      repositories: [{ offers: [{ ...native, version: '1.0-1', installedSize: '2' }] }],
    })

    expect(tellUpdates(outcome)).toEqual(['libfoo 1.0-01 -> 1.0-1'])
  })

  it('is not taken in as new where the installed sibling would come to another version', () => {
    const outcome = checkSmall({
      foreign: ['i386'],
      installed: [foreign, { name: 'foo-dev', version: '1.0' }],
      repositories: [
        {
          offers: [
            { ...foreign, version: '1.5' },
            { ...native, version: '2.0' },
            { name: 'foo-dev', version: '2.0', depends: 'libfoo (>= 2.0)' },
          ],
        },
      ],
    })

    expect(tellUpdates(outcome)).toEqual(['foo-dev 1.0 -> 2.0 (dependency)', 'libfoo:i386 1.0 -> 1.5'])
  })
})
