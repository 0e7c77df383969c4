import { describe, expect, it } from 'vitest'

import { checkApt } from '#shared/domain/packaging/apt/check/check.ts'
import type { AptSnapshot } from '#shared/domain/packaging/apt/model.ts'
import { openSmall, pin } from '#test/support/small-machine.ts'

/** The candidate where the pinned archive offers 3.0 and another one 2.0. */
function candidateUnder(value: string, archive: { flat: boolean; release: null | { origin: string } }): string {
  const small = openSmall({
    installed: [{ name: 'foo', version: '1.0' }],
    repositories: [
      { offers: [{ name: 'foo', version: '2.0' }] },
      { uri: 'http://odd.example.org/pool/', release: archive.release, offers: [{ name: 'foo', version: '3.0' }] },
    ],
    policy: { pins: [pin('*', value, 1)] },
  })
  const sources = small.sources.map(({ repository, snapshot }, index) => {
    if (index === 0 || !archive.flat || snapshot === null) return { repository, snapshot }

    const lists = (snapshot as AptSnapshot).lists.map((list) => ({ ...list, component: '' }))
    return { repository: { ...repository, suite: './', components: [] }, snapshot: { ...snapshot, lists } }
  })
  return checkApt({ ...small, sources }).updates[0]?.candidate ?? 'none'
}

describe('a pin and a flat archive', () => {
  const flat = { flat: true, release: { origin: 'Odd' } }

  it.each(['origin "odd.example.org"', 'release o=Odd', 'release o=Odd,c=*'])('agree by "%s"', (value) => {
    expect(candidateUnder(value, flat)).toBe('2.0')
  })

  it.each(['release b=amd64', 'release b=*', 'release o=Odd,b=amd64', 'release o=Odd,c=main'])(
    'do not agree by "%s", as its index is of no architecture and of an empty component',
    (value) => expect(candidateUnder(value, flat)).toBe('3.0'),
  )
})

describe('a pin and an archive without a Release file', () => {
  const bare = { flat: false, release: null }

  it.each(['origin "odd.example.org"'])('agree by "%s", as its host is known', (value) => {
    expect(candidateUnder(value, bare)).toBe('2.0')
  })

  it.each(['release o=Odd', 'release a=stable,c=nothing', 'release n=*,l=*', 'release c='])(
    'do not agree by "%s"',
    (value) => expect(candidateUnder(value, bare)).toBe('3.0'),
  )
})

describe('a pin by component or architecture', () => {
  it.each(['release c=main', 'release b=amd64'])('takes an archive without a Release file in, by "%s"', (value) => {
    const bare = { flat: false, release: null }

    // Both archives are pinned to 1, below the 100 of the installed version.
    expect(candidateUnder(value, bare)).toBe('none')
  })
})
