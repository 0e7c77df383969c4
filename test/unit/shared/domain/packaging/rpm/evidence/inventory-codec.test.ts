import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { decodeRpmInventory, encodeRpmInventory } from '#shared/domain/packaging/rpm/evidence/inventory-codec.ts'
import type { RpmInventory, RpmPackage, RpmRelation } from '#shared/domain/packaging/rpm/model.ts'
import { counterexample, runs } from '#test/support/runs.ts'

const word = fc.stringMatching(/^[a-z0-9][a-z0-9.+^~é(): -]{0,20}$/)
const relation: fc.Arbitrary<RpmRelation> = fc.oneof(
  word.map((name) => ({ name, operator: '' as const, evr: '' })),
  fc.record({ name: word, operator: fc.constantFrom('<', '<=', '=', '>=', '>'), evr: word }),
)
const relations = fc.record({
  provides: fc.array(relation, { maxLength: 4 }),
  requires: fc.array(relation, { maxLength: 4 }),
  conflicts: fc.array(relation, { maxLength: 2 }),
  obsoletes: fc.array(relation, { maxLength: 2 }),
})
const onePackage: fc.Arbitrary<RpmPackage> = fc.record({
  name: fc.oneof(word, fc.constantFrom('__proto__', 'kernel')),
  epoch: fc.option(fc.nat(4_000_000_000)),
  version: word,
  release: word,
  architecture: fc.constantFrom('x86_64', 'noarch', 'i686'),
  sourceRpm: fc.constantFrom('', 'a-1-1.src.rpm'),
  vendor: fc.constantFrom('', 'A Vendor'),
  installedAt: fc.option(fc.nat(2_000_000_000)),
  module: fc.constantFrom('', 'nodejs:18:1:x'),
  relations: fc.option(relations),
})
const inventory: fc.Arbitrary<RpmInventory> = fc.record({
  architecture: fc.constant('x86_64'),
  runningKernel: fc.option(fc.constant('5.14.0')),
  packages: fc.array(onePackage, { maxLength: 20 }),
})

/** Plain values: relations of a decoded inventory are read from elsewhere when they are asked for. */
function plain({ packages, ...rest }: RpmInventory): RpmInventory {
  return {
    ...rest,
    packages: packages.map((each) => {
      if (each.relations === null) return each
      const { provides, requires, conflicts, obsoletes } = each.relations
      return { ...each, relations: { provides, requires, conflicts, obsoletes } }
    }),
  }
}

describe('stored rpm inventories', () => {
  it('come back as they went in, in an order of their own', () => {
    const found = counterexample(
      fc.property(inventory, (given) => {
        const back = plain(decodeRpmInventory(encodeRpmInventory(given)))
        const sorted = (packages: readonly RpmPackage[]) => packages.map((each) => JSON.stringify(each)).toSorted()

        expect({ ...back, packages: [] }).toEqual({ ...given, packages: [] })
        expect(sorted(back.packages)).toEqual(sorted(plain(given).packages))
        expect(back.packages.map(({ name }) => name)).toEqual(given.packages.map(({ name }) => name).toSorted(byUnits))
      }),
    )
    expect(found).toBe('')
  })

  it('are the same bytes for the same packages in any order', () => {
    fc.assert(
      fc.property(inventory, (given) => {
        const reversed = { ...given, packages: given.packages.toReversed() }
        expect(Buffer.compare(encodeRpmInventory(given), encodeRpmInventory(reversed))).toBe(0)
      }),
      runs(),
    )
  })

  it('are the same bytes when they are stored again', () => {
    fc.assert(
      fc.property(inventory, (given) => {
        const bytes = encodeRpmInventory(given)
        expect(Buffer.compare(encodeRpmInventory(decodeRpmInventory(bytes)), bytes)).toBe(0)
      }),
      runs(),
    )
  })

  it('name a source package of its own only where it is another', () => {
    const given = fc.sample(onePackage, { seed: 1, numRuns: 1 })[0]!
    const own = { ...given, name: 'a', version: '1', release: '2', sourceRpm: 'a-1-2.src.rpm' }
    const text = Buffer.from(encodeRpmInventory({ architecture: '', runningKernel: null, packages: [own] })).toString()

    expect(text).not.toContain('src.rpm')
    expect(decodeRpmInventory(Buffer.from(text)).packages[0]?.sourceRpm).toBe('a-1-2.src.rpm')
  })

  it('are refused with bytes that belong to no package', () => {
    const bytes = encodeRpmInventory({ architecture: 'x86_64', runningKernel: null, packages: [] })
    expect(() => decodeRpmInventory(Buffer.concat([bytes, Buffer.from('x')]))).toThrow(/not what it should be/)
  })

  it('are read or refused when damaged, whatever the damage', () => {
    const [given] = fc.sample(inventory, { seed: 7, numRuns: 1 })
    const whole = Buffer.from(encodeRpmInventory(given!))
    const found = counterexample(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, value, isCut) => {
        const damaged = Buffer.from(isCut ? whole.subarray(0, at) : whole)
        if (!isCut) damaged[at] = value
        try {
          return plain(decodeRpmInventory(damaged)).packages.length >= 0
        } catch (error) {
          return isFault(error, 'data_damaged')
        }
      }),
    )
    expect(found).toBe('')
  })
})

function byUnits(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}
