import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { compareAptVersions } from '#shared/domain/packaging/apt/version.ts'
import { isCi } from '#test/support/tools.ts'

const FLIP = { '<': '>', '>': '<', '=': '=' } as const
const SIGN = { '-1': '<', '0': '=', '1': '>' } as const

function signOf(a: string, b: string): '<' | '=' | '>' {
  return SIGN[`${compareAptVersions(a, b)}`]
}

describe('the order of Debian versions', () => {
  it.each([
    { a: '1.0', sign: '=', b: '0:1.0-0' },
    { a: '1.0~rc1', sign: '<', b: '1.0' },
    { a: '1.0~', sign: '>', b: '1.0~~' },
    { a: '1.0', sign: '>', b: '1.0-0~' },
    { a: '1.0-1', sign: '<', b: '1.0-1+b1' },
    { a: '1:0.1', sign: '>', b: '9.9' },
    { a: '1.10', sign: '>', b: '1.9' },
    { a: '1.001', sign: '=', b: '1.1' },
    { a: '20241231235959123456789', sign: '<', b: '20241231235959123456790' },
    { a: '1.0-1-1', sign: '>', b: '1.0-1' },
    { a: '1.0a', sign: '<', b: '1.0+' },
    { a: '1.0Z', sign: '<', b: '1.0a' },
    { a: '2:1.0', sign: '<', b: '10:1.0' },
  ] as const)('finds $a $sign $b, and the reverse', ({ a, sign, b }) => {
    expect(signOf(a, b)).toBe(sign)
    expect(signOf(b, a)).toBe(FLIP[sign])
  })

  const version = string({ unit: constantFrom(...Array.from('0019aZ.+~-:')), maxLength: 12 })

  it('is antisymmetric for any two texts', () => {
    assert(
      property(version, version, (a, b) => {
        expect(signOf(b, a)).toBe(FLIP[signOf(a, b)])
      }),
      { numRuns: isCi() ? 10_000 : 2000 },
    )
  })

  it('is transitive for any three texts', () => {
    assert(
      property(version, version, version, (a, b, c) => {
        const [first, second, third] = [a, b, c].toSorted(compareAptVersions)
        expect(signOf(first!, third!)).not.toBe('>')
        expect(signOf(first!, second!)).not.toBe('>')
      }),
      { numRuns: isCi() ? 10_000 : 2000 },
    )
  })
})
