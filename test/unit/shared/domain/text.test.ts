import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inert, inertJson, inertLine } from '#shared/domain/text.ts'

describe('text made inert', () => {
  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u009b31m', '\\u009b31m'],
    ['a\rb', 'a\\u000db'],
    ['\u202egnp', '\\u202egnp'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['soft\u00adhyphen', 'soft\\u00adhyphen'],
    ['\u{e0041}tag', '\\udb40\\udc41tag'],
    ['a\u2028b', 'a\\u2028b'],
  ])('shows %j as escapes', (text, shown) => {
    expect(inert(text)).toBe(shown)
  })

  it.each(['plain', 'tab\tand\nnewline', 'Grüße, Ελληνικά, 日本語, עברית', 'nghie\u0302\u0323m', '😀'])(
    'leaves %j as it is',
    (text) => {
      expect(inert(text)).toBe(text)
    },
  )

  it('lets four marks stand on one letter and shows the rest as escapes', () => {
    expect(inert(`a${'\u0301'.repeat(6)}b`)).toBe(`a${'\u0301'.repeat(4)}\\u0301\\u0301b`)
  })

  it('is one line where one line is meant', () => {
    expect(inertLine('a\nState: up to date')).toBe('a\\u000aState: up to date')
  })

  it('is inert already the second time, and as JSON parses back to what it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(inert(inert(text))).toBe(inert(text))
        expect(JSON.parse(inertJson({ text }))).toEqual({ text })
        expect(/[^\P{C}\n\t]/u.test(inertJson({ text }).replaceAll(/[\p{Co}\p{Cn}]/gu, ''))).toBe(false)
      }),
      { numRuns: 2000 },
    )
  })
})
