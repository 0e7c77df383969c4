import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareEvr, compareRpmVersions, formatEvr, parseEvr, satisfies } from '#shared/domain/packaging/rpm/version.ts'
import type { RpmRelation } from '#shared/domain/packaging/rpm/model.ts'
import { runs } from '#test/support/runs.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const FLIP = { '<': '>', '>': '<', '=': '=' } as const
const SIGN = { '-1': '<', '0': '=', '1': '>' } as const

function signOf(a: string, b: string): '<' | '=' | '>' {
  return SIGN[`${compareRpmVersions(a, b)}`]
}

const SAMPLE = join(repositoryRoot, '../shared/samples/pkg/versions-public.tsv')
const missing = existsSync(SAMPLE) ? '' : ' (skipped: no samples beside the repository)'

describe('the order of rpm versions', () => {
  it.each([
    { a: '1.0', sign: '<', b: '1.0.1' },
    { a: '1.0~rc1', sign: '<', b: '1.0' },
    { a: '1.0~rc1', sign: '<', b: '1.0~rc1^git1' },
    { a: '1.0^', sign: '>', b: '1.0' },
    { a: '1.0^git1', sign: '<', b: '1.0.1' },
    { a: '1.0^20160101', sign: '<', b: '1.0^20160101^git1' },
    { a: '10.0001', sign: '=', b: '10.1' },
    { a: '2_0', sign: '=', b: '2.0' },
    { a: '2.50', sign: '>', b: '2.5' },
    { a: 'fc4', sign: '=', b: 'fc.4' },
    { a: 'FC5', sign: '<', b: 'fc4' },
    { a: '2a', sign: '<', b: '2.0' },
    { a: '1.0aa', sign: '>', b: '1.0a' },
    { a: '20240000000000000000001', sign: '>', b: '20239999999999999999999' },
    { a: '1:0.1', sign: '>', b: '9.9' },
    { a: '0:1.0-1', sign: '=', b: '1.0-1' },
    { a: ':1.0-1', sign: '=', b: '1.0-1' },
    { a: '1.0', sign: '<', b: '1.0-1' },
    { a: '1-2:3', sign: '>', b: '1-2' },
    { a: 'a:1', sign: '<', b: '1' },
    { a: '1.0é', sign: '=', b: '1.0ñ' },
    { a: '1é2', sign: '=', b: '1.2' },
    { a: '-1', sign: '<', b: '0' },
    { a: '', sign: '=', b: '.' },
  ] as const)('finds $a $sign $b, and the reverse', ({ a, sign, b }) => {
    expect(signOf(a, b)).toBe(sign)
    expect(signOf(b, a)).toBe(FLIP[sign])
  })

  it.skipIf(missing !== '')(`is that of rpm for every pair of the samples${missing}`, () => {
    const wrong: string[] = []
    let count = 0
    for (const row of readFileSync(SAMPLE, 'utf8').split('\n')) {
      const [a = '', b = '', expected = '', , scheme = ''] = row.split('\t')
      if (scheme !== 'rpmevr' && scheme !== 'rpmver') continue

      count += 1
      const found =
        scheme === 'rpmevr'
          ? compareRpmVersions(a, b)
          : compareEvr({ epoch: null, version: a, release: '' }, { epoch: null, version: b, release: '' })
      if (String(found) !== expected) wrong.push(row)
    }
    expect(count).toBeGreaterThan(2900)
    expect(wrong).toEqual([])
  })

  const version = fc.string({ unit: fc.constantFrom(...Array.from('0019aZ.+~^-:_é')), maxLength: 12 })

  it('is antisymmetric for any two texts', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(signOf(b, a)).toBe(FLIP[signOf(a, b)])
      }),
      runs(),
    )
  })

  it('is transitive for any three texts', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        const [first, second, third] = [a, b, c].toSorted(compareRpmVersions)
        expect(signOf(first!, third!)).not.toBe('>')
        expect(signOf(first!, second!)).not.toBe('>')
        const areEqual = signOf(first!, second!) === '=' && signOf(second!, third!) === '='
        expect(areEqual && signOf(first!, third!) !== '=').toBe(false)
      }),
      runs(),
    )
  })

  it('is the same for texts and for their parts where both have a release', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        fc.pre([a, b].every((text) => text.includes('-') && parseEvr(text).release !== ''))
        expect(compareEvr(parseEvr(a), parseEvr(b))).toBe(compareRpmVersions(a, b))
      }),
      runs(),
    )
  })
})

describe('versions as texts', () => {
  it.each([
    ['1:2.0-3.el9', { epoch: 1, version: '2.0', release: '3.el9' }],
    ['2.0-3', { epoch: null, version: '2.0', release: '3' }],
    ['2.0', { epoch: null, version: '2.0', release: '' }],
    ['0:2', { epoch: 0, version: '2', release: '' }],
    ['a:2', { epoch: null, version: 'a:2', release: '' }],
  ])('reads %s', (text, expected) => {
    expect(parseEvr(text)).toEqual(expected)
  })

  it('leaves out an epoch of 0 and one that is not there', () => {
    expect(formatEvr({ epoch: 0, version: '1', release: '2' })).toBe('1-2')
    expect(formatEvr({ epoch: null, version: '1', release: '2' })).toBe('1-2')
    expect(formatEvr({ epoch: 3, version: '1', release: '2' })).toBe('3:1-2')
  })
})

describe('what satisfies a requirement', () => {
  const relationOf = (text: string): RpmRelation => {
    const [name = '', operator = '', evr = ''] = text.split(' ')
    return { name, operator: operator as RpmRelation['operator'], evr }
  }

  it.each([
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'a >= 2', true],
    ['a = 1', 'a', true],
    ['a = 1-1', 'a = 1', true],
    ['a = 1', 'a = 1-1', true],
    ['a = 1-1', 'a > 1', false],
    ['a = 1-1', 'a >= 1', true],
    ['a = 1-1', 'a < 1', false],
    ['a = 1-1', 'a <= 1', true],
    ['a > 1-1', 'a = 1', true],
    ['a = 1', 'a > 1-1', true],
    ['a < 1', 'a = 1-1', false],
    ['a = 1-2', 'a < 1-2', false],
    ['a = 1-2', 'a >= 1-3', false],
    ['a = 1:1-1', 'a >= 2', true],
    ['a = 1-1', 'a < 1:0', true],
    ['a >= 2', 'a < 3', true],
    ['a < 2', 'a > 3', false],
    ['a <= 2', 'a >= 2', true],
    ['a < 2', 'a >= 2', false],
    ['a > 2', 'a > 5', true],
    ['a = 1.0~rc1-1', 'a >= 1.0', false],
  ])('%s against %s: %s', (provided, wanted, expected) => {
    expect(satisfies(relationOf(provided), relationOf(wanted))).toBe(expected)
  })
})
