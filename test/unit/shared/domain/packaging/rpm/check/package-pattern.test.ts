import { describe, expect, it } from 'vitest'

import { readLockForms } from '#shared/domain/packaging/rpm/check/package-pattern.ts'

const keel = { name: 'keel-libs', epoch: 2, version: '1.0', release: '3.hb9', architecture: 'x86_64' }

/** Which of the forms, in their order, match. */
function tell(pattern: string, version = keel): boolean[] {
  return readLockForms(pattern).map((form) => form.matches(version))
}

describe('the forms of a version lock', () => {
  it('are tried from the most exact to the mere name', () => {
    // With an architecture, with a version and release, with a version, as a name with an architecture, as a name.
    expect(tell('keel-libs-1.0-3.hb9.x86_64')).toEqual([true, false, false, false, false])
    expect(tell('keel-libs-1.0-3.hb9')).toEqual([false, true, false, false, false])
    expect(tell('keel-libs-1.0')).toEqual([false, false, true, false, false])
    expect(tell('keel-libs.x86_64').indexOf(true)).toBe(tell('keel-libs.x86_64').length - 2)
    expect(tell('keel-libs').indexOf(true)).toBe(tell('keel-libs').length - 1)
  })

  it.each([
    ['keel-libs-2:1.0-*', true],
    ['keel-libs-1:1.0-*', false],
    ['keel-libs-1.0-3.hb9.i686', false],
    ['keel-libs-1.1', false],
    ['keel-*', true],
    ['keel', false],
  ])('let %s match: %s', (pattern, isMatch) => {
    expect(tell(pattern).includes(true)).toBe(isMatch)
  })

  it('name the package that they speak of, or none where it is a glob', () => {
    expect(readLockForms('keel-1.0').map(({ plainName }) => plainName)).toEqual(['keel', 'keel-1', 'keel-1.0'])
    expect(readLockForms('kee?').map(({ plainName }) => plainName)).toEqual([null])
  })

  it('read nothing as a name that holds a relation', () => {
    expect(readLockForms('keel >= 1.0')).toEqual([])
  })
})
