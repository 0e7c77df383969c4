import { describe, expect, it } from 'vitest'
import { openFindingCollection } from '#shared/domain/report/collect-findings.ts'
import { openHostCollection } from '#shared/domain/report/collect-hosts.ts'
import { openCompleteness } from '#shared/domain/report/completeness.ts'
import { EMPTY_DRAFT } from '#shared/domain/report/finding-draft.ts'
import { findingId } from '#shared/domain/report/finding-id.ts'
import { cutText } from '#shared/domain/report/keep-text.ts'
import { openTextRepair } from '#shared/domain/report/repair-text.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'

const KEY = { machine: 'vm', scanner: 'nessus', check: '1', port: { number: 22, protocol: 'tcp' as const }, path: '' }

describe('the id of a finding', () => {
  it('is the same for the same and differs in each part', () => {
    const ids = [
      KEY,
      { ...KEY, machine: 'vm2' },
      { ...KEY, scanner: 'nmap' },
      { ...KEY, check: '2' },
      { ...KEY, port: { number: 23, protocol: 'tcp' as const } },
      { ...KEY, port: { number: 22, protocol: 'udp' as const } },
      { ...KEY, path: '/' },
    ].map(findingId)

    expect(new Set(ids).size).toBe(7)
    expect(findingId({ ...KEY })).toBe(ids[0])
    expect(ids[0]).toMatch(/^[0-9a-f]{64}$/)
  })

  it('does not run its parts together', () => {
    const joined = (separator: string) => [
      findingId({ ...KEY, machine: ['a', 'nessus', 'b'].join(separator), check: 'c' }),
      findingId({ ...KEY, machine: 'a', check: ['b', 'nessus', 'c'].join(separator) }),
    ]

    for (const separator of [',', '","', '', '\u0000', '/']) expect(new Set(joined(separator)).size).toBe(2)
  })
})

describe('times of scanners', () => {
  it.each([
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2025-08-22T15:00:08+02:00', '2025-08-22T13:00:08.000Z'],
    ['2025-08-22T15:00:08-0130', '2025-08-22T16:30:08.000Z'],
    ['2023-11-06T14:48:31.559886+01:00', '2023-11-06T13:48:31.559Z'],
    ['2026-01-02 03:04:05', '2026-01-02T03:04:05.000Z'],
    ['Fri Mar 21 09:46:41 2014', '2014-03-21T09:46:41.000Z'],
    ['Mon Jul  1 11:40:48 2013', '2013-07-01T11:40:48.000Z'],
    ['1648044472', '2022-03-23T14:07:52.000Z'],
  ])('are read from %s', (text, iso) => {
    expect(readScannerTime(text)).toBe(iso)
  })

  it.each([
    '',
    'now',
    '2026-13-02T03:04:05Z',
    '2026-01-32T03:04:05Z',
    '2026-01-02T24:04:05Z',
    'Fri Foo 21 09:46:41 2014',
    '12',
  ])('are not known from %j', (text) => {
    expect(readScannerTime(text)).toBeNull()
  })
})

describe('characters that XML forbids', () => {
  it.each([1, 2, 3, 5, 1000])('are taken out, in pieces of %d characters too', (size) => {
    const text = 'a\u0000b&#0;c&#x1b;d&#00027;e&#65;f&#xFFFE;g&amp;h&#10;i&#xD800;j\uffffk&l'
    const repair = openTextRepair()
    let out = ''
    for (let start = 0; start < text.length; start += size) out += repair.write(text.slice(start, start + size))
    out += repair.end()

    expect(out).toBe('abcde&#65;fg&amp;h&#10;ijk&l')
    expect(repair.count()).toBe(7)
  })
})

describe('bounds of what is kept', () => {
  it('cut a text with a word about it, not within a character', () => {
    expect(cutText('short', 100)).toBe('short')
    expect(cutText('x'.repeat(1000), 50)).toBe(`${'x'.repeat(25)} … [975 characters more]`)
    expect(cutText('😀'.repeat(50), 50)).toMatch(/^😀+ … /u)
  })

  it('leave out control characters and halves of characters', () => {
    expect(cutText('a\u001b[31mb\u0000c\u009bd\ud800e\n\tf😀', 100)).toBe('a[31mbcd\ufffde\n\tf😀')
  })

  it('hold for reasons', () => {
    const complete = openCompleteness()
    for (let index = 0; index < 60; index += 1) complete.doubt(`reason ${index} ${'x'.repeat(1000)}`)
    const { completeness, reasons } = complete.judge()

    expect(completeness).toBe('partial')
    expect(reasons).toHaveLength(51)
    expect(reasons.at(-1)).toBe('and 10 reasons more')
    expect(Math.max(...reasons.map(({ length }) => length))).toBeLessThanOrEqual(300)
  })

  it('hold for hosts', () => {
    const hosts = openHostCollection()
    for (let index = 0; index < 65_536; index += 1) hosts.get(`h${index}`)

    expect(hosts.get('h1').address).toBe('h1')
    expect(() => hosts.get('one more')).toThrow(/more than 65536 hosts/)
  })

  it('hold for findings', () => {
    const findings = openFindingCollection('nessus', 'vm')
    for (let index = 0; index < 100_000; index += 1) findings.add({ ...EMPTY_DRAFT, check: String(index) })

    findings.add({ ...EMPTY_DRAFT, check: '1' })
    expect(() => findings.add({ ...EMPTY_DRAFT, check: 'one more' })).toThrow(/more than 100000 findings/)
  })

  it('hold for evidence, ids and references of one finding', () => {
    const findings = openFindingCollection('nessus', 'vm')
    for (let index = 0; index < 100; index += 1) {
      findings.add({
        ...EMPTY_DRAFT,
        check: '1',
        evidence: `seen ${index}`,
        cves: Array.from({ length: 100 }, (_, step) => `CVE-2020-${10_000 + index * 100 + step}`),
        references: Array.from({ length: 600 }, (_, step) => ({ type: 'url', id: `https://example.org/${step}` })),
      })
    }
    const [finding] = findings.list()

    expect(finding?.occurrences).toBe(100)
    expect(finding?.evidence).toHaveLength(50)
    expect(finding?.cves).toHaveLength(5000)
    expect(finding?.references).toHaveLength(500)
  })
})
