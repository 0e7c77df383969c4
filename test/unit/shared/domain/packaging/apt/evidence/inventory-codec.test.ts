import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { decodeAptInventory, encodeAptInventory } from '#shared/domain/packaging/apt/evidence/inventory-codec.ts'
import type { AptInventory, AptPackage } from '#shared/domain/packaging/apt/model.ts'
import { hashVersion } from '#shared/domain/packaging/apt/check/version-hash.ts'
import { counterexample, runs } from '#test/support/runs.ts'

const word = fc.stringMatching(/^[a-z0-9][a-z0-9.+-]{0,20}$/)
const relation = fc.string({ maxLength: 30 })
const aPackage: fc.Arbitrary<AptPackage> = fc.record({
  name: fc.oneof(word, fc.constantFrom('__proto__', 'constructor')),
  architecture: fc.constantFrom('amd64', 'i386', 'all', 'none'),
  version: word,
  source: word,
  sourceVersion: word,
  state: fc.constantFrom(
    'installed',
    'unpacked',
    'half-configured',
    'half-installed',
    'triggers-awaited',
    'triggers-pending',
  ),
  held: fc.boolean(),
  reinstall: fc.boolean(),
  essential: fc.boolean(),
  multiArch: fc.constantFrom('no', 'same', 'foreign', 'allowed'),
  installedSize: fc.constantFrom('', '42'),
  relations: fc.record({
    depends: relation,
    preDepends: relation,
    conflicts: relation,
    breaks: relation,
    replaces: relation,
    provides: relation,
    recommends: relation,
  }),
})
const inventory: fc.Arbitrary<AptInventory> = fc.record({
  architecture: fc.constant('amd64'),
  foreignArchitectures: fc.array(fc.constantFrom('i386', 'arm64')),
  packages: fc.uniqueArray(aPackage, {
    maxLength: 20,
    selector: ({ name, architecture }) => `${name}:${architecture}`,
  }),
})

const EMPTY = { architecture: 'amd64', foreignArchitectures: [] }

/** Plain values: relations of a decoded inventory are read from elsewhere when they are asked for. */
function plain({ packages, identities: _identities, ...rest }: AptInventory) {
  return {
    ...rest,
    packages: packages.map(({ relations, versionHash: _hash, ...own }) => {
      const { depends, preDepends, conflicts, breaks, replaces, provides, recommends } = relations
      return { ...own, relations: { depends, preDepends, conflicts, breaks, replaces, provides, recommends } }
    }),
  }
}

const IDENTIFYING = ['name', 'architecture', 'version', 'multiArch', 'installedSize', 'relations'] as const

function pick(field: (typeof IDENTIFYING)[number], from: AptPackage): Partial<AptPackage> {
  return { [field]: from[field] }
}

/** That it is held is the machine's own, and changes nothing. */
function orHeld(one: AptPackage) {
  return (other: AptPackage) => (other === one ? { ...one, held: !one.held, source: 'another' } : other)
}

function identityOf({ name, architecture }: AptPackage, given: AptInventory): readonly number[] {
  const { packages, identities } = decodeAptInventory(encodeAptInventory(given))
  const at = packages.findIndex((other) => other.name === name && other.architecture === architecture)
  return [...(identities ?? [])].slice(3 * at, 3 * at + 3)
}

function isReadOrRefused(bytes: Uint8Array): boolean {
  try {
    return plain(decodeAptInventory(bytes)).packages.length >= 0
  } catch (error) {
    return isFault(error, 'data_damaged')
  }
}

describe('stored inventories', () => {
  it('come back as they went in, sorted by name and architecture', () => {
    fc.assert(
      fc.property(inventory, (given) => {
        const sorted = given.packages.toSorted((a, b) =>
          a.name === b.name ? (a.architecture < b.architecture ? -1 : 1) : a.name < b.name ? -1 : 1,
        )
        expect(plain(decodeAptInventory(encodeAptInventory(given)))).toEqual(plain({ ...given, packages: sorted }))
      }),
      runs(),
    )
  })

  it('hold what identifies each package, the same for the same fields only', () => {
    fc.assert(
      fc.property(inventory, aPackage, fc.constantFrom(...IDENTIFYING), (given, other, field) => {
        const [one] = given.packages
        fc.pre(one !== undefined)
        const among = identityOf(one, { ...given, packages: given.packages.map(orHeld(one)) })
        const changed = { ...one, ...pick(field, other) }

        expect(among).toEqual(identityOf(one, { ...EMPTY, packages: [one] }))
        expect(isDeepStrictEqual(among, identityOf(changed, { ...EMPTY, packages: [changed] }))).toBe(
          JSON.stringify(changed[field]) === JSON.stringify(one[field]),
        )
      }),
      runs(),
    )
  })

  it('hold what identifies the version of each package', () => {
    fc.assert(
      fc.property(aPackage, (one) => {
        const [decoded] = decodeAptInventory(encodeAptInventory({ ...EMPTY, packages: [one] })).packages
        expect(decoded?.versionHash).toBe(hashVersion(one))
      }),
      runs(),
    )
  })

  it('are the same bytes for the same packages in any order', () => {
    fc.assert(
      fc.property(inventory, (given) => {
        const reversed = { ...given, packages: given.packages.toReversed() }
        expect(Buffer.compare(encodeAptInventory(given), encodeAptInventory(reversed))).toBe(0)
      }),
      runs(),
    )
  })

  it('are refused when damaged, whatever the damage', () => {
    const bytes = encodeAptInventory(
      fc.sample(inventory, { seed: 1, numRuns: 1 })[0] ?? { architecture: '', foreignArchitectures: [], packages: [] },
    )
    const found = counterexample(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const damaged = Uint8Array.from(bytes)
        damaged[at] = value
        return isReadOrRefused(damaged.subarray(0, value % 2 === 0 ? undefined : at))
      }),
    )
    expect(found).toBe('')
  })

  it('leave the relations alone until one is asked for', () => {
    const bytes = encodeAptInventory({
      architecture: 'amd64',
      foreignArchitectures: [],
      packages: fc.sample(aPackage, { seed: 2, numRuns: 1 }),
    })
    const cut = bytes.subarray(0, bytes.indexOf(0x0a) + 5)
    const decoded = decodeAptInventory(cut)
    expect(decoded.packages[0]?.name).toBeTypeOf('string')
    expect(() => decoded.packages[0]?.relations.depends).toThrow(expect.objectContaining({ code: 'data_damaged' }))
  })
})
