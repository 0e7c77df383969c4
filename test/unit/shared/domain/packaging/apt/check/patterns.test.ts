import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compileExpression } from '#shared/domain/packaging/apt/check/expression.ts'
import { isCi } from '#test/support/tools.ts'

function matches(pattern: string, text: string): boolean | null {
  return compileExpression(pattern)?.(text) ?? null
}

/** Slow and plain: tries every way. */
function plain(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] === '*') return plain(pattern.slice(1), text) || (text !== '' && plain(pattern, text.slice(1)))
  return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && plain(pattern.slice(1), text.slice(1))
}

describe('patterns of preferences', () => {
  it.each([
    ['lib*', 'libc6', true],
    ['lib*', 'LIBC6', true],
    ['*', '', true],
    ['**6', 'libc6', true],
    ['a*b*c', 'aXbYbc', true],
    ['a*b*c', 'aXbYb', false],
    ['?oo', 'foo', true],
    ['?oo', 'oo', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[^a-c]x', 'dx', true],
    ['[]x]', ']', true],
    ['[[:digit:]]*', '7up', true],
    ['[[:upper:]]', 'a', true],
    ['[a', '[a', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['x\\', 'x\\', false],
    ['[\\]]', ']', true],
    ['*/security', 'bookworm/security', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it.each([
    ['/^linux-(image|headers)-/', 'linux-image-amd64', true],
    ['/^bookworm(|-security|-updates)$/', 'bookworm-security', true],
    ['/^bookworm(|-security|-updates)$/', 'bookworm', true],
    ['/^bookworm(|-security|-updates)$/', 'bookworm-backports', false],
    ['/C6/', 'libc6', true],
    ['/a.c/', 'xxabcxx', true],
    ['/a\\.c/', 'abc', false],
    ['/[[:digit:]]{2,3}$/', 'php83', true],
    ['/[[:digit:]]{2,3}$/', 'php8', false],
    ['/[a\\]+x/', '\\x', true],
    ['/[^a-c]$/', 'xa', false],
    ['/a)b/', 'a)b', true],
    ['/(ab)+$/', 'xabab', true],
    ['/[]]/', ']', true],
    ['/a|^b$/', 'b', true],
  ])('%s and %s: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected)
  })

  it.each([
    '/\\1(a)/',
    '/\\<a/',
    '/a**/',
    '/*a/',
    '/(?i)a/',
    '/a{1,400}/',
    '/(a/',
    '/[a/',
    '/a{,}/',
    '/[[.x.]]/',
    '/[z-a]/',
    '/a\\/',
  ])('refuses what it cannot carry out exactly: %s', (pattern) => {
    expect(compileExpression(pattern)).toBeNull()
  })

  it('refuses a pattern beyond all measure', () => {
    expect(compileExpression('a'.repeat(1001))).toBeNull()
    expect(compileExpression(`/${'a'.repeat(301)}/`)).toBeNull()
  })

  it.each(['/(a|aa)*b/', '/(.*)(.*)(.*)(.*)x/', '/(a+)+$/', '/((a{1,16}){1,16}){1,16}x/', `${'*a'.repeat(499)}b`])(
    'answers %s within a tenth of a second',
    (pattern) => {
      const began = performance.now()
      for (let times = 0; times < 10; times += 1) matches(pattern, `${'a'.repeat(200)}${times}`)

      expect((performance.now() - began) / 10).toBeLessThan(100)
    },
  )

  it('agrees with a plain matcher on stars and question marks', () => {
    assert(
      property(
        string({ unit: constantFrom('a', 'b', '*', '?'), maxLength: 8 }),
        string({ unit: constantFrom('a', 'b'), maxLength: 8 }),
        (pattern, text) => {
          expect(matches(pattern, text)).toBe(plain(pattern, text))
        },
      ),
      { numRuns: isCi() ? 10_000 : 2000 },
    )
  })

  it('never throws and never guesses, whatever the pattern', () => {
    assert(
      property(string({ maxLength: 30 }), string({ maxLength: 10 }), (pattern, text) => {
        expect([true, false, null]).toContain(matches(pattern, text))
        expect([true, false, null]).toContain(matches(`/${pattern}/`, text))
      }),
      { numRuns: isCi() ? 10_000 : 2000 },
    )
  })
})
