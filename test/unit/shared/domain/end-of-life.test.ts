import { describe, expect, it } from 'vitest'
import { endOfLife, endOfLifeWarnings } from '#shared/domain/end-of-life.ts'

describe('end of life', () => {
  it.each([
    ['debian', '10', '2024-06-30'],
    ['ubuntu', '20.04', '2025-05-31'],
    ['rocky', '9.4', '2032-05-31'],
    ['centos', '7', '2024-06-30'],
    ['fedora', '38', '2024-05-21'],
    ['opensuse-leap', '15.5', '2024-12-31'],
    ['sles', '15', null],
    ['amzn', '2', '2026-06-30'],
    ['debian', '12.4', null],
    ['debian', '99', null],
    ['debian', null, null],
    [null, '12', null],
  ])('of %s %s is %s', (id, version, day) => {
    expect(endOfLife(id, version)).toBe(day)
  })

  it('is warned about after the last day, not on it', () => {
    const system = { osId: 'debian', osVersion: '10' }
    expect(endOfLifeWarnings(system, new Date('2024-06-30T23:59:59Z'))).toEqual([])
    expect(endOfLifeWarnings(system, new Date('2024-07-01T00:00:00Z'))).toEqual([
      'debian 10 has had no security updates since 2024-06-30.',
    ])
    expect(endOfLifeWarnings({ osId: 'arch', osVersion: null }, new Date('2099-01-01T00:00:00Z'))).toEqual([])
  })
})
