import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import type { RpmModules, RpmOffer, RpmRelation } from '#shared/domain/packaging/rpm/model.ts'
import { openRpmListBuilder } from '#shared/domain/packaging/rpm/refresh/list-builder.ts'
import { openRpmList } from '#shared/domain/packaging/rpm/refresh/list-format.ts'
import { crc32 } from 'node:zlib'
import { addOffer } from '#test/support/rpm-offers.ts'
import { counterexample } from '#test/support/runs.ts'

export function offer(changes: Partial<RpmOffer> = {}): RpmOffer {
  return {
    name: 'a',
    architecture: 'x86_64',
    epoch: 0,
    version: '1',
    release: '1',
    sourceRpm: 'a-1-1.src.rpm',
    vendor: '',
    buildTime: null,
    relations: { provides: [], requires: [], conflicts: [], obsoletes: [] },
    files: [],
    ...changes,
  }
}

function listOf(offers: readonly RpmOffer[]): Uint8Array {
  const builder = openRpmListBuilder()
  for (const one of offers) addOffer(builder, one)
  return builder.finish()
}

const word = fc.oneof(
  fc.constantFrom('a', 'b', 'c', '/usr/bin/a', 'constructor', '__proto__', 'ö', ''),
  fc.string({ maxLength: 8 }),
)
const relation: fc.Arbitrary<RpmRelation> = fc.oneof(
  word.map((name) => ({ name, operator: '' as const, evr: '' })),
  fc.record({ name: word, operator: fc.constantFrom('<', '<=', '=', '>=', '>'), evr: word }),
)
const anyOffer: fc.Arbitrary<RpmOffer> = fc.record({
  name: word,
  architecture: word,
  epoch: fc.option(fc.nat(0xffff_fffe)),
  version: word,
  release: word,
  sourceRpm: word,
  vendor: word,
  buildTime: fc.option(fc.nat(2 ** 40)),
  relations: fc.record({
    provides: fc.array(relation, { maxLength: 3 }),
    requires: fc.array(relation, { maxLength: 3 }),
    conflicts: fc.array(relation, { maxLength: 2 }),
    obsoletes: fc.array(relation, { maxLength: 2 }),
  }),
  files: fc.array(word, { maxLength: 3 }),
})

describe('a stored rpm list', () => {
  it('gives back what was put in, by every key', { timeout: 180_000 }, () => {
    const property = fc.property(fc.array(anyOffer, { maxLength: 8 }), (raw) => {
      // Lone surrogates are no text.
      const offers = JSON.parse(JSON.stringify(raw).toWellFormed()) as RpmOffer[]
      const list = openRpmList(listOf(offers))
      const names = [...new Set(offers.map(({ name }) => name))]
      expect([...list.names()].toSorted()).toEqual(names.toSorted())
      for (const name of names) expect(list.find(name)).toEqual(offers.filter((one) => one.name === name))

      const capabilities = offers.flatMap(({ relations, files }) => [
        ...relations.provides.map((one) => one.name),
        ...files,
        'z',
      ])
      for (const wanted of capabilities) {
        const expected = offers.filter(
          ({ relations, files }) => files.includes(wanted) || relations.provides.some((one) => one.name === wanted),
        )
        expect([...list.findProviders(wanted)].toSorted()).toEqual(
          [...new Set(expected.map(({ name }) => name))].toSorted(),
        )
      }
      for (const wanted of offers.flatMap(({ relations }) => relations.obsoletes.map((one) => one.name))) {
        const expected = offers.filter(({ relations }) => relations.obsoletes.some((one) => one.name === wanted))
        expect([...list.findObsoleters(wanted)].toSorted()).toEqual(
          [...new Set(expected.map(({ name }) => name))].toSorted(),
        )
      }
    })
    expect(counterexample(property)).toBe('')
  })

  it('knows what is not in it', () => {
    const list = openRpmList(listOf([offer()]))
    expect(list.find('b')).toEqual([])
    expect(list.findProviders('a')).toEqual([])
    expect(list.findObsoleters('a')).toEqual([])
    expect(list.advisoriesOf('a')).toEqual([])
    expect(list).toMatchObject({ hasAdvisories: false, modules: null, packages: 1 })
  })

  it('may be empty', () => {
    const list = openRpmList(listOf([]))
    expect([...list.names()]).toEqual([])
    expect(list.find('')).toEqual([])
  })

  it('gives back advisories and modules', () => {
    const builder = openRpmListBuilder()
    const advisory = {
      id: 'A-1',
      kind: 'security',
      severity: 'low',
      status: 'final',
      cves: ['CVE-2024-1'],
      bugs: ['7'],
      rebootSuggested: true,
    } as const
    const packages = [
      { name: 'a', epoch: null, version: '1', release: '2', architecture: 'x86_64', module: '' },
      { name: 'b', epoch: 3, version: '1', release: '2', architecture: 'noarch', module: 'web:1' },
    ]
    builder.addAdvisory(advisory, packages)
    const modules: RpmModules = {
      defaults: new Map([['web', '1']]),
      streams: [
        {
          name: 'web',
          stream: '1',
          version: '2',
          context: 'c',
          architecture: 'x86_64',
          artifacts: ['a-0:1-2.x86_64'],
          demodularized: ['b'],
          requires: [new Map([['platform', ['el8', '-el9']]]), new Map()],
        },
      ],
    }
    builder.setModules(modules)
    const list = openRpmList(builder.finish())

    expect(list.hasAdvisories).toBe(true)
    expect(list.advisoriesOf('a')).toEqual([{ ...packages[0], advisory }])
    expect(list.advisoriesOf('b')).toEqual([{ ...packages[1], advisory }])
    expect(list.modules).toEqual(modules)
  })

  it('says that it is damaged, wherever a byte has changed', () => {
    const sound = listOf([offer({ files: ['/a'] }), offer({ name: 'b' })])
    for (let at = 0; at < sound.length; at += 1) {
      const bytes = Uint8Array.from(sound)
      bytes[at] = (bytes[at] ?? 0) ^ 0x10
      expect(() => openRpmList(bytes), `byte ${at}`).toThrow('damaged')
    }
    expect(() => openRpmList(sound.subarray(0, -1))).toThrow('damaged')
    expect(() => openRpmList(new Uint8Array(0))).toThrow('damaged')
  })

  it(
    'whose checksum is right and whose contents are not reads as damaged or as something, never worse',
    { timeout: 180_000 },
    () => {
      const sound = listOf([
        offer({
          files: ['/a'],
          relations: { provides: [{ name: 'p', operator: '=', evr: '1' }], requires: [], conflicts: [], obsoletes: [] },
        }),
      ])
      const property = fc.property(fc.nat(sound.length - 5), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(sound)
        bytes[at] = byte
        bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4)
        try {
          const list = openRpmList(bytes)
          for (const name of list.names()) list.find(name)
          list.findProviders('/a')
          list.advisoriesOf('a')
          return list.modules !== undefined
        } catch (error) {
          return isFault(error, 'data_damaged')
        }
      })
      expect(counterexample(property)).toBe('')
    },
  )
})
