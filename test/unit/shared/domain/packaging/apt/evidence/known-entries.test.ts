import { describe, expect, it } from 'vitest'
import { encodeAptInventory } from '#shared/domain/packaging/apt/evidence/inventory-codec.ts'
import { readStatus } from '#shared/domain/packaging/apt/evidence/status.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'

const FILE = 'var/lib/dpkg/status'
const read = (text: string, statusless = false) => readStatus(Buffer.from(text), { file: FILE, statusless })
const encode = (text: string) =>
  Buffer.from(encodeAptInventory({ architecture: 'amd64', foreignArchitectures: [], packages: read(text).packages }))

/** Entries that no other test has, so that the first reading is the first. */
const entry = (name: string, more: Record<string, string> = {}) =>
  statusEntry({ Package: `known-${name}`, Version: '1', Depends: 'libc6', Description: 'x', ...more })

describe('entries of status files that were read before', () => {
  it('are read as at the first time, whatever lies around them', () => {
    const [one, two, gone] = [entry('one'), entry('two'), entry('gone', { Status: 'deinstall ok config-files' })]
    const first = read(one + gone + two)
    const again = read(entry('zero') + two + gone + one)

    expect(first.packages.map(({ name }) => name)).toEqual(['known-one', 'known-two'])
    expect(again.packages.slice(1)).toEqual(first.packages.toReversed())
    expect([first.entries, again.entries]).toEqual([3, 4])
    expect(again.packages.at(-1)).toBe(first.packages[0])
    expect(encode(one + two).equals(encode(two + one))).toBe(true)
  })

  it('are not mistaken for others that differ by a byte', () => {
    const [text, other] = [entry('byte', { Depends: 'libc6 (>= 2.1)' }), entry('byte', { Depends: 'libc6 (>= 2.2)' })]
    expect(read(text).packages[0]?.relations.depends).toBe('libc6 (>= 2.1)')
    expect(read(other).packages[0]?.relations.depends).toBe('libc6 (>= 2.2)')
    expect(encode(text).equals(encode(other))).toBe(false)
    expect(read(entry('byte', { Status: 'hold ok installed' })).packages[0]?.held).toBe(true)
  })

  it('hide no fault, nor the line of one', () => {
    const good = entry('good')
    const lines = good.split('\n').length - 1
    expect(read(good + good).entries).toBe(2)

    expect(() => read(`${good}nonsense\n\n`)).toThrow(
      expect.objectContaining({ place: { file: FILE, line: lines + 1 } }),
    )
    expect(() => read(`${good}${good}Package: x\nStatus: no\n\n`)).toThrow(
      expect.objectContaining({ place: { file: FILE, line: 2 * lines + 1 } }),
    )
    expect(() => read(`${good}Package: cut\nStatus: install ok installed\nVersion: 1\n`)).toThrow(/cut off/)
  })

  it('warn each time, with the place of this time', () => {
    const nowhere = 'Package: known-nowhere\nStatus: install ok installed\nVersion: 1\n\n'
    const lineOf = (text: string) => read(text).warnings[0]?.split(' ')[0]
    expect([lineOf(nowhere), lineOf(entry('before') + nowhere)]).toEqual([
      `${FILE}:1:`,
      `${FILE}:${entry('before').split('\n').length}:`,
    ])
  })

  it('count as installed without a Status only where none is needed', () => {
    const text = 'Package: known-part\nArchitecture: all\nVersion: 1\n\n'
    expect(read(text).packages).toEqual([])
    expect(read(text, true).packages).toHaveLength(1)
    expect(read(text).packages).toEqual([])
  })
})
