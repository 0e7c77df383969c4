import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { readPackageListing, writePackageListing } from '#shared/domain/packaging/rpm/evidence/package-listing.ts'
import type { RpmPackage, RpmRelation } from '#shared/domain/packaging/rpm/model.ts'
import { rpmListing } from '#test/support/rpm-evidence.ts'
import { counterexample } from '#test/support/runs.ts'

const bytes = (text: string) => Buffer.from(text, 'utf8')
const read = (...lines: readonly string[]) =>
  readPackageListing(bytes(['lazaret-rpm-packages 1', ...lines, ''].join('\n')), 'a/list')
const HELLO = 'P\thello\t(none)\t1.0\t2.el9\tx86_64\thello-1.0-2.el9.src.rpm\tRocky\t1700000000\t(none)'

const word = fc.stringMatching(/^[A-Za-z0-9(][A-Za-z0-9()é_.+^~:/ -]{0,20}$/)
const relation: fc.Arbitrary<RpmRelation> = fc.oneof(
  word.map((name) => ({ name, operator: '' as const, evr: '' })),
  fc.record({
    name: word,
    operator: fc.constantFrom('<', '<=', '=', '>=', '>'),
    evr: fc.stringMatching(/^[0-9a-z:.~^-]{1,12}$/),
  }),
)
const onePackage: fc.Arbitrary<RpmPackage> = fc.record({
  name: fc.oneof(word, fc.constantFrom('__proto__', 'constructor')),
  epoch: fc.option(fc.nat(4_000_000_000)),
  version: word,
  release: word,
  architecture: fc.constantFrom('x86_64', 'noarch'),
  sourceRpm: fc.oneof(word, fc.constant('')),
  vendor: fc.oneof(word, fc.constant('')),
  installedAt: fc.option(fc.nat(2_000_000_000)),
  module: fc.constantFrom('', 'nodejs:18:20240101:rhel9'),
  relations: fc.record({
    provides: fc.array(relation, { minLength: 1, maxLength: 5 }),
    requires: fc.array(relation, { maxLength: 5 }),
    conflicts: fc.array(relation, { maxLength: 2 }),
    obsoletes: fc.array(relation, { maxLength: 2 }),
  }),
})

describe('a listing of packages', () => {
  it('gives packages with their relations', () => {
    const lines = [
      'p\thello\t8\t1.0-2.el9',
      'r\tlibc.so.6()(64bit)\t16384\t',
      'r\trpmlib(FileDigests)\t16777226\t4.6.0-1',
      'c\tbye\t10\t2:1',
      'o\told\t2\t3',
    ]

    expect(read(HELLO, ...lines, 'E\t1')).toEqual([
      {
        name: 'hello',
        epoch: null,
        version: '1.0',
        release: '2.el9',
        architecture: 'x86_64',
        sourceRpm: 'hello-1.0-2.el9.src.rpm',
        vendor: 'Rocky',
        installedAt: 1_700_000_000,
        module: '',
        relations: {
          provides: [{ name: 'hello', operator: '=', evr: '1.0-2.el9' }],
          requires: [{ name: 'libc.so.6()(64bit)', operator: '', evr: '' }],
          conflicts: [{ name: 'bye', operator: '<=', evr: '2:1' }],
          obsoletes: [{ name: 'old', operator: '<', evr: '3' }],
        },
      },
    ])
  })

  it('says nothing of relations where it has none', () => {
    expect(read(HELLO, 'E\t1')[0]?.relations).toBeNull()
  })

  it('takes what rpm prints for a list that a package does not have', () => {
    const [first] = read(
      HELLO,
      'p\thello\t8\t1',
      '(none)(none)P\ta\t1\t1\t1\tnoarch\t(none)\t(none)\t(none)\t(none)',
      'E\t2',
    )

    expect(first?.relations?.provides).toHaveLength(1)
  })

  it('leaves out keys but counts them, and gives their relations to nobody', () => {
    const key = 'P\tgpg-pubkey\t(none)\tabc\tdef\t(none)\t(none)\t(none)\t1\t(none)'
    const packages = read(HELLO, 'p\thello\t8\t1', key, 'p\tgpg(x)\t8\t4', 'E\t2')

    expect(packages.map(({ name, relations }) => [name, relations?.provides.length])).toEqual([['hello', 1]])
  })

  it.each([
    ['an empty file', ''],
    ['no end', `lazaret-rpm-packages 1\n${HELLO}\n`],
    ['another number of packages', `lazaret-rpm-packages 1\n${HELLO}\nE\t2\n`],
    ['an end that is cut', `lazaret-rpm-packages 1\n${HELLO}\nE\t`],
    ['more after the end', `lazaret-rpm-packages 1\nE\t0\n${HELLO}\n`],
    ['another form', 'lazaret-rpm-packages 2\nE\t0\n'],
    ['a field too few', 'lazaret-rpm-packages 1\nP\thello\nE\t1\n'],
    ['a package without a version', `lazaret-rpm-packages 1\n${HELLO.replace('1.0', '')}\nE\t1\n`],
    ['a relation before any package', 'lazaret-rpm-packages 1\np\ta\t8\t1\nE\t0\n'],
    ['an epoch that is no number', `lazaret-rpm-packages 1\n${HELLO.replace('(none)', '-1')}\nE\t1\n`],
    ['a character that no field has', `lazaret-rpm-packages 1\n${HELLO.replace('Rocky', 'Ro\0cky')}\nE\t1\n`],
    ['a field that is too long', `lazaret-rpm-packages 1\n${HELLO}${'x'.repeat(5000)}\nE\t1\n`],
    ['a line of another kind', 'lazaret-rpm-packages 1\nX\nE\t0\n'],
  ])('is refused with %s, naming the line', (_, text) => {
    expect(() => readPackageListing(bytes(text), 'a/list')).toThrow(/^a\/list:\d+: /)
  })

  it('is refused when it is cut anywhere', () => {
    const whole = bytes(rpmListing(['hello 1.0-1', 'bye 2.0-1']))
    for (let length = 0; length < whole.length - 1; length += 1) {
      expect(() => readPackageListing(whole.subarray(0, length), 'a/list')).toThrow(/a\/list/)
    }
  })

  it('comes back as it was written', () => {
    const found = counterexample(
      fc.property(fc.array(onePackage, { maxLength: 8 }), (packages) => {
        expect(readPackageListing(writePackageListing(packages), 'x')).toEqual(packages)
      }),
    )
    expect(found).toBe('')
  })

  it('is read or refused, whatever is in it', () => {
    const pieces = fc.constantFrom(
      HELLO,
      'P',
      'p',
      'r\ta',
      'E\t1',
      '\t',
      '\n',
      '(none)',
      '8',
      '\0',
      'é',
      'lazaret-rpm-packages 1\n',
    )
    const found = counterexample(
      fc.property(fc.array(pieces, { maxLength: 30 }), fc.boolean(), (some, hasHead) => {
        try {
          readPackageListing(bytes(`${hasHead ? 'lazaret-rpm-packages 1\n' : ''}${some.join('')}`), 'x')
          return true
        } catch (error) {
          return isFault(error, 'evidence_malformed') && error.place.file === 'x'
        }
      }),
    )
    expect(found).toBe('')
  })
})
