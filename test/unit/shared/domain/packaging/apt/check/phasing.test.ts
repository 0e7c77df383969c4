import { describe, expect, it } from 'vitest'

import { drawPhase } from '#shared/domain/packaging/apt/check/phasing.ts'
import { checkSmall, tellUpdates } from '#test/support/small-machine.ts'

const machineId = '0123456789abcdef0123456789abcdef'

describe('phased updates', () => {
  it('draws between 0 and 100, the same for the same seed', () => {
    const draws = Array.from({ length: 3000 }, (_, index) => drawPhase(`source-${index}-${machineId}`))

    expect(Math.min(...draws)).toBe(0)
    expect(Math.max(...draws)).toBe(100)
    expect(drawPhase('source-7-x')).toBe(drawPhase('source-7-x'))
    expect(drawPhase('')).toBeGreaterThanOrEqual(0)
    expect(drawPhase('grüße-1-x')).toBeLessThanOrEqual(100)
  })

  it.each([
    ['base-files-12-11-0123456789abcdef0123456789abcdef', 40],
    ['openssl-3.0.2-0ubuntu1.18-0123456789abcdef0123456789abcdef', 85],
    ['a', 94],
  ])('draws for %s what libstdc++ does: %i', (seed, draw) => {
    expect(drawPhase(seed)).toBe(draw)
  })

  const own = drawPhase(`foo-2.0-${machineId}`)
  const machine = {
    installed: [{ name: 'foo', version: '1.0' }],
    repositories: [{ suite: 'noble-updates', offers: [{ name: 'foo', version: '2.0', phasedPercentage: own - 1 }] }],
    machineId,
  }

  it('lists an update of a later phase and says that it is deferred', () => {
    expect(tellUpdates(checkSmall(machine))).toEqual(['foo 1.0 -> 2.0 (phased)'])
  })

  it('takes the update when the phase has come', () => {
    const offers = [{ name: 'foo', version: '2.0', phasedPercentage: own }]

    expect(tellUpdates(checkSmall({ ...machine, repositories: [{ offers }] }))).toEqual(['foo 1.0 -> 2.0'])
  })

  it('takes it on a machine without an id, and wherever the configuration says always', () => {
    const { installed, repositories } = machine

    expect(tellUpdates(checkSmall({ installed, repositories }))).toEqual(['foo 1.0 -> 2.0'])
    expect(tellUpdates(checkSmall({ ...machine, policy: { phasing: 'always' } }))).toEqual(['foo 1.0 -> 2.0'])
    expect(tellUpdates(checkSmall({ installed, repositories, policy: { phasing: 'never' } }))).toEqual([
      'foo 1.0 -> 2.0 (phased)',
    ])
  })

  it('never defers what passes over a security update', () => {
    const security = { suite: 'noble-security', offers: [{ name: 'foo', version: '1.5' }] }

    expect(tellUpdates(checkSmall({ ...machine, repositories: [...machine.repositories, security] }))).toEqual([
      'foo 1.0 -> 2.0',
    ])
  })

  it('exempts the security candidate itself since apt 2.7.11 only', () => {
    const offers = [{ name: 'foo', version: '2.0', phasedPercentage: own - 1 }]
    const repositories = [{ suite: 'noble-security', offers }]
    const run = (aptVersion: string) => tellUpdates(checkSmall({ ...machine, repositories, policy: { aptVersion } }))

    expect(run('2.7.11')).toEqual(['foo 1.0 -> 2.0'])
    expect(run('2.6.1')).toEqual(['foo 1.0 -> 2.0 (phased)'])
  })

  it('hides the deferred version before apt 2.5.1, and knows nothing of phases before 2.1.16', () => {
    expect(tellUpdates(checkSmall({ ...machine, policy: { aptVersion: '2.2.4' } }))).toEqual([])
    expect(tellUpdates(checkSmall({ ...machine, policy: { aptVersion: '1.8.2.3' } }))).toEqual(['foo 1.0 -> 2.0'])
  })

  it('lets an update wait before apt 2.7.11 when the installed version is one that would be deferred', () => {
    const installed = [{ name: 'foo', version: '1.0' }]
    const now = { name: 'foo', version: '1.0', phasedPercentage: drawPhase(`foo-1.0-${machineId}`) - 1 }
    const offers = [now, { name: 'foo', version: '2.0' }, { name: 'app', version: '2.0', depends: 'foo (>= 2.0)' }]
    const run = (aptVersion: string, others: { name: string; version: string }[]) => {
      const policy = { aptVersion }
      return tellUpdates(
        checkSmall({ installed: [...installed, ...others], repositories: [{ offers }], machineId, policy }),
      )
    }

    expect(run('2.6.1', [])).toEqual(['foo 1.0 -> 2.0 (phased)'])
    expect(run('2.6.1', [{ name: 'app', version: '1.0' }])).toEqual(['app 1.0 -> 2.0', 'foo 1.0 -> 2.0'])
    expect(run('2.9.0', [])).toEqual(['foo 1.0 -> 2.0'])
  })
})
