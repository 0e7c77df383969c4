import { describe, expect, it } from 'vitest'
import * as fc from 'fast-check'
import { isFault } from '#shared/domain/fault.ts'
import { parseRelease, readDate } from '#shared/domain/packaging/apt/refresh/release.ts'

const RUNS = process.env['CI'] ? 10_000 : 1000
const HASH = 'a'.repeat(64)

const parse = (text: string) => parseRelease(Buffer.from(text), 'http://mirror.example.org/InRelease')

function isReadOrRefused(text: string): boolean {
  try {
    return parse(text).files.size <= text.length
  } catch (error) {
    return isFault(error, 'repository_refused')
  }
}

describe('a Release file', () => {
  it('is read for what decides', () => {
    const file = parse(
      [
        'Origin: Debian',
        'Label: Debian-Security',
        'Suite: oldstable-security',
        'Codename: bookworm-security',
        'Version: 12',
        'NotAutomatic: yes',
        'ButAutomaticUpgrades: yes',
        'Acquire-By-Hash: yes',
        'Date: Sat, 31 Jan 2026 09:08:07 UTC',
        'Valid-Until: Sat, 07 Feb 2026 09:08:07 UTC',
        'No-Support-for-Architecture-all: Packages',
        'Architectures: all amd64',
        'Components: main updates/contrib',
        'SHA256:',
        ` ${HASH.toUpperCase()}  12 main/binary-amd64/Packages`,
        ` ${HASH} 9 main/binary-amd64/Packages.xz`,
        ` ${HASH} 3 main/i18n/Translation-en`,
        '',
      ].join('\r\n'),
    )
    expect(file).toMatchObject({
      release: {
        origin: 'Debian',
        label: 'Debian-Security',
        suite: 'oldstable-security',
        codename: 'bookworm-security',
        version: '12',
        notAutomatic: true,
        butAutomaticUpgrades: true,
      },
      date: { status: 'set', ms: Date.UTC(2026, 0, 31, 9, 8, 7) },
      validUntil: { status: 'set', ms: Date.UTC(2026, 1, 7, 9, 8, 7) },
      architectures: ['all', 'amd64'],
      components: ['main', 'updates/contrib'],
      noSupportForAll: true,
      acquireByHash: true,
      hasOnlyWeakHashes: false,
    })
    expect([...file.files]).toEqual([
      ['main/binary-amd64/Packages', { bytes: 12, algorithm: 'sha256', hash: HASH }],
      ['main/binary-amd64/Packages.xz', { bytes: 9, algorithm: 'sha256', hash: HASH }],
    ])
  })

  it('ends with its first stanza', () => {
    expect(parse('\nSuite: a\n\nSuite: b\n').release.suite).toBe('a')
  })

  it.each([
    ['', 1, 'it is empty'],
    ['<html>\n', 1, 'web page'],
    ['Suite: a\nnonsense\n', 2, 'neither a field'],
    [' Suite: a\n', 1, 'continues nothing'],
    [`SHA256:\n ${HASH} 1\n`, 2, 'not hash, size and path'],
    [`SHA256:\n ${HASH} x Packages\n`, 2, 'not hash, size and path'],
    [`SHA256:\n ${HASH} -1 Packages\n`, 2, 'not hash, size and path'],
    [`SHA256:\n zz${HASH.slice(2)} 1 Packages\n`, 2, 'not hash, size and path'],
    [`SHA256:\n ${HASH} 1 Packages\n ${HASH} 2 Packages\n`, 3, 'two sizes'],
    [`X: y\nSHA256:\n${` ${HASH} 1 a\n`.repeat(100_001)}`, 2, 'more than 100000 files'],
    ['\n'.repeat(400_001), 400_000, 'more than 400000 lines'],
  ])('that is malformed is refused with its line (%#)', (text, line, message) => {
    expect(() => parse(text)).toThrow(message)
    expect(() => parse(text)).toThrow(
      expect.objectContaining({
        code: 'repository_refused',
        place: { file: 'http://mirror.example.org/InRelease', line },
      }),
    )
  })

  it('of any lines is read or refused, never worse', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'SHA256:',
        'SHA512:',
        `SHA256: ${HASH}`,
        ` ${HASH} 1 Packages`,
        'Date: x',
        '',
        ' ',
        '__proto__: 1',
      ),
      fc.string({ unit: 'binary', maxLength: 30 }),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
        expect(isReadOrRefused(lines.join('\n'))).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('a date', () => {
  it.each([
    ['Sat, 31 Jan 2026 09:08:07 UTC', Date.UTC(2026, 0, 31, 9, 8, 7)],
    ['Sat, 1 Feb 2026 9:08:07 GMT', Date.UTC(2026, 1, 1, 9, 8, 7)],
    ['Sat, 01 Feb 2026 09:08:07 +0000', Date.UTC(2026, 1, 1, 9, 8, 7)],
  ])('%s is read', (text, ms) => {
    expect(readDate(text)).toEqual({ status: 'set', ms })
  })

  it.each([
    'tomorrow',
    '2026-01-31',
    'Sat, 31 Feb 2026 09:08:07 UTC',
    'Sat, 31 Jan 2026 09:08:07 CEST',
    'Sat, 31 Jan 2026 25:08:07 UTC',
  ])('%s is garbage', (text) => {
    expect(readDate(text)).toEqual({ status: 'garbage' })
  })

  it('may be absent', () => {
    expect(readDate('')).toEqual({ status: 'absent' })
  })
})
