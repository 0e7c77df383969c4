import { describe, expect, it } from 'vitest'
import {
  costOfExpression,
  costOfPin,
  longestText,
  openPatternQuota,
} from '#shared/domain/packaging/apt/check/pattern-cost.ts'

describe('the cost of a pattern', () => {
  it.each([
    ['linux-image-6.1', 0],
    ['linux-*', 1],
    ['*', 1],
    ['*-dev', 50],
    ['lib[ab]?', 10],
    ['/^lib.*-dev$/', 104],
  ])('%s costs %d ns for a character', (pattern, cost) => {
    expect(costOfExpression(pattern)).toBe(cost)
  })

  it('counts every term of a release, and expressions whole where there are no terms', () => {
    expect(costOfPin({ type: 'release', value: 'a=/x/, n=/yy/' })).toBe(8 * 7)
    expect(costOfPin({ type: 'version', value: '/a{1,3}/' })).toBe(8 * 8)
    expect(costOfPin({ type: 'origin', value: '"/a,b/"' })).toBe(8 * 5)
  })

  it('sees the expression behind a star that apt takes away', () => {
    expect(costOfPin({ type: 'version', value: '/(a|aa)*b/*' })).toBeGreaterThanOrEqual(8 * 10)
  })

  it('bounds the texts that patterns are tried against, and none where there is no pattern', () => {
    expect(longestText(0)).toBe(Infinity)
    expect(longestText(8 * 20)).toBeGreaterThan(500)
    expect(longestText(8 * 1024)).toBeLessThan(20)
  })
})

describe('the quota of patterns', () => {
  it('admits what people write, and no more than can be compiled quickly', () => {
    const admits = openPatternQuota()
    const sane = Array.from({ length: 100 }, (_, at) => admits(`*package-${at}-*`))
    const insane = Array.from({ length: 20 }, () => admits(`/${'a'.repeat(290)}/`))

    expect(sane.every(Boolean)).toBe(true)
    expect(insane).toEqual([true, true, true, ...Array.from({ length: 17 }, () => false)])
    expect([admits('plain'), admits('glob-*')]).toEqual([true, false])
  })
})
