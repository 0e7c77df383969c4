import { describe, expect, it } from 'vitest'
import { copyName, makeScanId, scanName, scanNamePrefix, scanOfName } from '#shared/domain/scan/run-name.ts'

const SCAN = makeScanId('0a1b2c', new Date('2026-01-01T00:00:00Z'), 'ffee11')
const run = (machine: string, scanner = 'nmap') => ({ scan: SCAN, machine, scanner })

describe('names on scanners and hypervisors', () => {
  it.each([
    ['web', 'web1'],
    ['web', 'web-1'],
    ['web.1', 'web'],
    ['a'.repeat(60), `${'a'.repeat(60)}b`],
  ])('never let what belongs to %s pass for something of %s', (one, other) => {
    expect(scanName(run(other), 1).startsWith(scanNamePrefix(run(one)))).toBe(false)
    expect(copyName(run(other)).startsWith(copyName(run(one)))).toBe(false)
  })

  it('are different for each scanner, attempt and scan', () => {
    const later = { ...run('web'), scan: makeScanId('0a1b2c', new Date('2026-01-01T00:00:00Z'), 'ffee12') }
    const names = [scanName(run('web'), 1), scanName(run('web'), 2), scanName(run('web', 'x'), 1), scanName(later, 1)]

    expect(new Set(names).size).toBe(4)
  })

  it('tell which scan of which station they belong to', () => {
    expect(scanOfName(scanName(run('web'), 1), '0a1b2c')).toBe(SCAN)
    expect(scanOfName(copyName(run('web')), '0a1b2c')).toBe(SCAN)
    expect(scanOfName(copyName(run('web')), '0a1b2d')).toBeNull()
    expect(scanOfName('lazaret-by-hand', '0a1b2c')).toBeNull()
  })

  it('come from ids of which the newest is the first', () => {
    const ids = ['2026-01-03', '2026-01-02', '2026-01-01'].map((day) => makeScanId('0a1b2c', new Date(day), '000000'))

    expect(ids.toSorted()).toEqual(ids)
  })
})
