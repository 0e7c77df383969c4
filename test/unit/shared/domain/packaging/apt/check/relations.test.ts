import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openPackageNames } from '#shared/domain/packaging/apt/check/package-name.ts'
import { openRelationStock } from '#shared/domain/packaging/apt/check/relation-stock.ts'
import { acceptsVersion, listMentioned, parseRelations } from '#shared/domain/packaging/apt/check/relations.ts'
import type { ParsedRelations } from '#shared/domain/packaging/apt/check/relations.ts'
import { makePackage } from '#test/support/small-machine.ts'
import { isCi } from '#test/support/tools.ts'

function parse(depends: string, provides = ''): ParsedRelations {
  const names = openRelationStock(openPackageNames()).namesFor('amd64')
  return parseRelations(makePackage({ name: 'x', version: '1', depends, provides }).relations, names)
}

function tell({ depends, isMalformed }: ParsedRelations): string {
  if (isMalformed) return 'malformed'

  return depends
    .map(({ relations }) =>
      relations
        .map(({ name, qualifier, operator, version }) => [name.text, qualifier, operator, version].join(' ').trim())
        .join(' | '),
    )
    .join(', ')
}

describe('relation fields', () => {
  it.each([
    ['foo', 'foo'],
    ['foo, bar', 'foo, bar'],
    ['foo|bar (>= 1.0) ,baz', 'foo | bar  >= 1.0, baz'],
    ['foo:any (<< 2)', 'foo any << 2'],
    ['Foo(=1:2-3)', 'foo  = 1:2-3'],
    ['foo (< 2), bar (> 3)', 'foo  <= 2, bar  >= 3'],
    ['foo (2)', 'foo  = 2'],
    ['foo,', 'foo'],
    ['', ''],
    ['foo (>= 1', 'malformed'],
    ['foo (>=)', 'malformed'],
    ['foo bar', 'malformed'],
    ['foo | ', 'malformed'],
  ])('reads %s as %s', (field, expected) => {
    expect(tell(parse(field))).toBe(expected)
  })

  it('takes only exact versions of what is provided', () => {
    expect(parse('', 'a, b (= 2), c (>= 3)').provides.map(({ name }) => name.text)).toEqual(['a', 'b'])
  })

  it('gives one object for one name and for one group, and names all that are spoken of', () => {
    const relations = parse('foo | bar, foo (>= 2), foo | bar')
    const [first, second, third] = relations.depends

    expect(first?.relations[0]?.name).toBe(second?.relations[0]?.name)
    expect(first).toBe(third)
    expect([...listMentioned(relations)].map(({ text }) => text)).toEqual(['foo', 'bar'])
  })

  it('refuses a field with more relations than any package has', () => {
    expect(parse(Array.from({ length: 5001 }, (_, index) => `p${index}`).join(',')).isMalformed).toBe(true)
  })

  it.each([
    ['<<', '1', true],
    ['<<', '2', false],
    ['<=', '2', true],
    ['=', '2-0', true],
    ['>=', '1', false],
    ['>>', '2.1', true],
    ['>>', '', false],
  ])('compares %s 2 with %s: %s, however often it is asked', (operator, version, expected) => {
    const relation = parse(`foo (${operator} 2)`).depends[0]?.relations[0]

    expect(relation).toBeDefined()
    const answers = [version, '0', version].map((asked) => relation !== undefined && acceptsVersion(relation, asked))
    expect([answers[0], answers[2]]).toEqual([expected, expected])
  })

  it('never throws, whatever the text', () => {
    const text = string({
      unit: constantFrom('a', 'b', ' ', ',', '|', '(', ')', '=', '<', '>', ':', '1', '.', '\n'),
      maxLength: 40,
    })

    assert(
      property(text, (field) => {
        expect(typeof tell(parse(field))).toBe('string')
      }),
      { numRuns: isCi() ? 10_000 : 2000 },
    )
  })
})
