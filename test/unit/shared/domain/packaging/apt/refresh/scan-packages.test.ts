import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { isFault, type FaultCode } from '#shared/domain/fault.ts'
import { openAptList } from '#shared/domain/packaging/apt/refresh/list-format.ts'
import type { AptList } from '#shared/domain/packaging/apt/model.ts'
import { INDEX_LIMITS, openPackagesScanner } from '#shared/domain/packaging/apt/refresh/scan-packages.ts'

const RUNS = process.env['CI'] ? 10_000 : 1000
const URL = 'http://mirror.example.org/Packages'

function read(text: string | Uint8Array, pieceBytes = 1 << 16) {
  const scanner = openPackagesScanner(URL)
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.write(bytes.subarray(at, at + pieceBytes))
  return scanner.finish()
}

function open(text: string | Uint8Array): AptList {
  return openAptList(read(text).bytes)
}

/** What it gives, or true where it throws the fault that it may. */
function outcomeOf(run: () => boolean, code: FaultCode): boolean {
  try {
    return run()
  } catch (error) {
    return isFault(error, code)
  }
}

const one = (name: string, version: string) => `Package: ${name}\nVersion: ${version}\nArchitecture: all\n\n`

const FULL = `Package: apache2
Source: apache2-src (2.4.1-1)
Version: 2.4.1-1+b1
Installed-Size: 584
Maintainer: Somebody <a@example.org>
Architecture: amd64
Essential: yes
Multi-Arch: foreign
Provides: httpd, httpd-cgi (= 1), httpd:any
Depends: a (>= 1),
 b | c,
\td
Pre-Depends: init
Conflicts: old
Breaks: older (<< 1)
Replaces: older
Recommends: d, e
Phased-Update-Percentage: 40
Description: web server
 with a long
 .
 description
Size: 232896
SHA256: 00

`

describe('an index', () => {
  it('keeps the fields that decide, with continued lines joined by a space', () => {
    expect(open(FULL).find('apache2')).toEqual([
      {
        name: 'apache2',
        architecture: 'amd64',
        version: '2.4.1-1+b1',
        source: 'apache2-src',
        sourceVersion: '2.4.1-1',
        multiArch: 'foreign',
        essential: true,
        installedSize: '584',
        size: '232896',
        phasedPercentage: 40,
        relations: {
          depends: 'a (>= 1), b | c, d',
          preDepends: 'init',
          conflicts: 'old',
          breaks: 'older (<< 1)',
          replaces: 'older',
          provides: 'httpd, httpd-cgi (= 1), httpd:any',
          recommends: 'd, e',
        },
      },
    ])
  })

  it('takes name and version for the source where it says none', () => {
    const [offer] = open('Package: a\nVersion: 1\nArchitecture: all\n').find('a')

    expect(offer).toMatchObject({ source: 'a', sourceVersion: '1', multiArch: 'no', phasedPercentage: 100 })
  })

  it('tells of its architectures and of phased updates', () => {
    expect(read(FULL)).toMatchObject({ packages: 1, phased: true, architectures: ['amd64'] })
    expect(read(FULL.replace('Percentage: 40', 'Percentage: 100'))).toMatchObject({ phased: false })
  })

  it('reads the same whatever pieces it comes in', () => {
    const text =
      FULL + FULL.replace('Package: apache2', 'Package: Zlib\r') + 'Package: aa\nVersion: 1\nArchitecture: all'
    const whole = Buffer.from(read(text).bytes)
    for (const pieceBytes of [1, 2, 7, 100, 511]) expect(whole.equals(read(text, pieceBytes).bytes)).toBe(true)
  })

  it('folds the case of field and package names, and takes the last of a repeated field', () => {
    const list = open('PACKAGE: Hello\nversion: 1\nVersion: 2\narchitecture: all\n\n')

    expect(list.find('hello')).toMatchObject([{ name: 'hello', version: '2' }])
  })

  it('keeps several versions of a name in their order, apart in the index or not', () => {
    const list = open(one('b', '1') + one('a', '1') + one('b', '3') + one('b', '2'))

    expect(list.find('b').map((offer) => offer.version)).toEqual(['1', '3', '2'])
    expect([...list.names()]).toEqual(['a', 'b'])
    expect(list.packages).toBe(4)
  })

  it('may be empty', () => {
    expect(read('')).toMatchObject({ packages: 0, architectures: [] })
    expect(read('\n\n\r\n')).toMatchObject({ packages: 0 })
    expect([...open('').names()]).toEqual([])
  })

  it('reads stanzas that are parted by carriage returns', () => {
    expect(
      read('Package: a\r\nVersion: 1\r\nArchitecture: all\r\n\r\nPackage: b\r\nVersion: 1\r\nArchitecture: all\r\n'),
    ).toMatchObject({ packages: 2 })
  })

  it('has names that are properties of every object', () => {
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(open(`Package: ${name}\nVersion: 1\nArchitecture: all\n`).find(name.toLowerCase())).toHaveLength(1)
    }
    expect(open(FULL).find('constructor')).toEqual([])
  })

  it.each([
    ['a line without a colon', 'Package: a\nnonsense\n', 1, 'neither a field'],
    ['a line that begins with a colon', ': x\n', 1, 'neither a field'],
    ['a continuation of nothing', '\n Package: a\n', 2, 'continues nothing'],
    ['no package', `${FULL}Version: 1\n\n`, 26, 'without Package'],
    ['no version', 'Package: a\nArchitecture: all\n', 1, 'a has no Version'],
    ['no architecture', 'Package: a\nVersion: 1\n', 1, 'a has no Architecture'],
    ['white space in a name', 'Package: a b\nVersion: 1\nArchitecture: all\n', 1, 'white space'],
    ['a long name', `Package: ${'a'.repeat(600)}\nVersion: 1\nArchitecture: all\n`, 1, 'name of 600 bytes'],
    [
      'a long field',
      `Package: a\nVersion: 1\nDepends: ${'a'.repeat(INDEX_LIMITS.fieldBytes + 1)}\n`,
      1,
      'a Depends of',
    ],
    ['HTML', '<html><body>not found</body></html>\n', 1, 'neither a field'],
  ])('with %s is refused with its line', (_, text, line, message) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'repository_refused', place: { file: URL, line } }),
    )
    expect(() => read(text)).toThrow(message)
  })

  it('whose stanza does not end is refused before it is all in memory', () => {
    const scanner = openPackagesScanner(URL)
    const piece = Buffer.from('X: y\n'.repeat(200_000))
    let written = 0
    expect(() => {
      for (; written < 100; written += 1) scanner.write(piece)
    }).toThrow('8 MiB')
    expect(written).toBeLessThan(10)
  })

  it('of any bytes is read or refused, never worse', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Package: a',
        'Package: b',
        'Version: 1',
        'Architecture: all',
        '',
        ' more',
        '\t',
        'Provides: x, y (= 1),',
        ':',
        'x',
      ),
      fc.string({ unit: 'binary', maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 1, max: 40 }), (lines, pieceBytes) => {
        const read_ = () => {
          const list = openAptList(read(lines.join('\n'), pieceBytes).bytes)
          return [...list.names()].every((name) => list.find(name).length > 0)
        }
        expect(outcomeOf(read_, 'repository_refused')).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('a stored list', () => {
  const TEXT = ['c', 'a', 'b', 'ab', 'a-b', 'z\u00e9']
    .map((name) => `Package: ${name}\nVersion: 1\nArchitecture: all\nProvides: v-${name}, common\n\n`)
    .join('')

  it('finds every name and no other', () => {
    const list = open(TEXT)
    for (const name of list.names()) expect(list.find(name)).toMatchObject([{ name, version: '1' }])
    for (const name of ['', 'aa', 'a-', 'd', 'z', 'z\u00e9\u00e9', '\u0000']) expect(list.find(name)).toEqual([])
    expect([...list.names()]).toEqual(['a', 'a-b', 'ab', 'b', 'c', 'z\u00e9'])
  })

  it('finds providers by the name that they provide', () => {
    const list = open(TEXT)

    expect(list.findProviders('common')).toEqual(['a', 'a-b', 'ab', 'b', 'c', 'z\u00e9'])
    expect(list.findProviders('v-b')).toEqual(['b'])
    expect(list.findProviders('b')).toEqual([])
  })

  it('gives the same offers the second time without parsing them again', () => {
    const list = open(TEXT)

    expect(list.find('a')).toBe(list.find('a'))
  })

  it('that is damaged anywhere is a fault or an answer, never a crash', () => {
    const sound = Buffer.from(read(TEXT).bytes)
    fc.assert(
      fc.property(fc.nat(sound.length - 1), fc.nat(255), fc.nat(sound.length), (at, byte, length) => {
        const hurt = Buffer.from(sound.subarray(0, length))
        if (at < hurt.length) hurt[at] = byte
        const look = () => {
          const list = openAptList(hurt)
          for (const name of [...list.names(), 'a', 'zz']) list.find(name)
          return list.findProviders('common').length >= 0
        }
        expect(outcomeOf(look, 'data_damaged')).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })

  it('whose offsets lead out of it is a fault, not a missing package', () => {
    const hurt = Buffer.from(read(TEXT).bytes)
    // The end of the first name: after the header and one offset.
    hurt.writeUInt32LE(hurt.length, 36 + 4)

    expect(() => openAptList(hurt).find('a')).toThrow(expect.objectContaining({ code: 'data_damaged' }))
  })

  it('of any other bytes is refused', () => {
    expect(() => openAptList(new Uint8Array(0))).toThrow('damaged')
    expect(() => openAptList(Buffer.from('{}'.repeat(100)))).toThrow('damaged')
    expect(() => openAptList(Buffer.concat([read(TEXT).bytes, Buffer.from('x')]))).toThrow('its length')
  })
})
