import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { Finding } from '#shared/domain/report/finding.ts'
import { mergeFindings } from '#shared/domain/report/merge.ts'
import { makeFinding } from '#test/support/findings.ts'

const seed = Number(process.env['LAZARET_SEED_NUMBER'] ?? 20_261_125)
const port = (number: number | null, protocol: 'tcp' | 'udp' | 'general' = 'tcp') => ({ number, protocol })

/** Titles of the groups' members, those of one group joined. */
function merge(...findings: Finding[]): string[] {
  return mergeFindings(findings, []).map((group) =>
    group.findings.map(({ scanner, title }) => `${scanner}: ${title}`).join(' = '),
  )
}

describe('merging', () => {
  it('joins two scanners that name one CVE on one port, whatever their titles are', () => {
    const groups = mergeFindings(
      [
        makeFinding({ scanner: 'nessus', title: 'A', cves: ['CVE-2014-0160'], level: 'medium' }),
        makeFinding({ scanner: 'openvas', title: 'B', cves: ['CVE-2014-0160', 'CVE-2014-0346'], level: 'high' }),
      ],
      ['nessus', 'openvas', 'nmap'],
    )

    expect(groups).toHaveLength(1)
    expect(groups[0]).toMatchObject({
      title: 'B',
      level: 'high',
      cves: ['CVE-2014-0160', 'CVE-2014-0346'],
      foundBy: ['nessus', 'openvas'],
      examinedBy: ['nessus', 'nmap', 'openvas'],
      isSuppressed: false,
      change: null,
    })
  })

  it('joins by a BID in digits, and by nothing that only looks like one', () => {
    expect(
      merge(
        makeFinding({ scanner: 'nessus', title: 'A', bids: ['48539'] }),
        makeFinding({ scanner: 'openvas', title: 'B', bids: ['48539'] }),
        makeFinding({ scanner: 'nessus', title: 'C', bids: ['OWASP-CM-001'], port: port(80) }),
        makeFinding({ scanner: 'openvas', title: 'D', bids: ['OWASP-CM-001'], port: port(80) }),
      ).toSorted(),
    ).toEqual(['nessus: A = openvas: B', 'nessus: C', 'openvas: D'])
  })

  it.each([
    [
      'one CVE on two ports',
      { port: port(443), cves: ['CVE-2013-2566'] },
      { port: port(8443), cves: ['CVE-2013-2566'] },
    ],
    [
      'one CVE on TCP and UDP',
      { port: port(53), cves: ['CVE-2008-1447'] },
      { port: port(53, 'udp'), cves: ['CVE-2008-1447'] },
    ],
    [
      'two CVEs of one software',
      { title: 'Samba', cves: ['CVE-2007-2446'] },
      { title: 'Samba', cves: ['CVE-2007-2447'] },
    ],
    [
      'one well-known check with CVEs that differ',
      { title: 'SSL Version 2 Protocol Detection', cves: ['CVE-2005-2969'] },
      { title: 'Deprecated SSLv2 and SSLv3 Protocol Detection', cves: ['CVE-2016-0800'] },
    ],
    [
      'titles that are alike',
      { title: 'SSH Weak MAC Algorithms Enabled' },
      { title: 'Weak Host Key Algorithm(s) (SSH)' },
    ],
    ['titles that are the same and no well-known check', { title: 'Strange Thing' }, { title: 'Strange Thing' }],
    [
      'a well-known check of a port and of the machine as a whole',
      { title: 'Anonymous FTP Enabled', port: port(21) },
      { title: 'Anonymous FTP Login Reporting', port: port(null, 'general') },
    ],
    ['machines', { machine: 'a', cves: ['CVE-2014-0160'] }, { machine: 'b', cves: ['CVE-2014-0160'] }],
  ] satisfies [string, Partial<Finding>, Partial<Finding>][])('keeps apart: %s', (_, one, other) => {
    expect(
      merge(
        makeFinding({ title: 'One', ...one, scanner: 'nessus' }),
        makeFinding({ title: 'Other', ...other, scanner: 'openvas' }),
      ),
    ).toHaveLength(2)
  })

  it('joins what one scanner says of a port and another of the whole machine when they name the same CVE', () => {
    const groups = mergeFindings(
      [
        makeFinding({
          scanner: 'nessus',
          title: 'A',
          port: port(null, 'general'),
          cves: ['CVE-2014-0160'],
          level: 'high',
        }),
        makeFinding({ scanner: 'openvas', title: 'B', port: port(443), cves: ['CVE-2014-0160'] }),
      ],
      [],
    )

    expect(groups.map(({ port: place, foundBy }) => ({ place, foundBy }))).toEqual([
      { place: port(443), foundBy: ['nessus', 'openvas'] },
    ])
  })

  it('takes the whole machine for one place, however it is written', () => {
    expect(
      merge(
        makeFinding({ scanner: 'nessus', title: 'ICMP Timestamp Request', port: { number: null, protocol: 'icmp' } }),
        makeFinding({ scanner: 'openvas', title: 'ICMP Timestamp Reply', port: port(null, 'general') }),
      ),
    ).toHaveLength(1)
  })

  it('joins nobody over a third: two findings of one scanner stay apart, and the surer of them is the one', () => {
    const poodle = ['CVE-2014-3566']
    expect(
      merge(
        makeFinding({ scanner: 'openvas', title: 'SSLv2 and SSLv3', cves: [...poodle, 'CVE-2016-0800'] }),
        makeFinding({ scanner: 'openvas', title: 'POODLE', cves: poodle }),
        makeFinding({ scanner: 'nessus', title: 'SSLv3 Padding Oracle (POODLE)', cves: poodle }),
      ).toSorted(),
    ).toEqual(['nessus: SSLv3 Padding Oracle (POODLE) = openvas: POODLE', 'openvas: SSLv2 and SSLv3'])

    expect(
      merge(
        makeFinding({ scanner: 'nessus', title: 'N', cves: ['CVE-2020-0001'] }),
        makeFinding({ scanner: 'openvas', title: 'O', cves: ['CVE-2020-0001', 'CVE-2020-0002'] }),
        makeFinding({ scanner: 'nuclei', title: 'U', cves: ['CVE-2020-0002'] }),
      ),
    ).toHaveLength(2)
  })

  it('joins three scanners where every two agree', () => {
    const cves = ['CVE-2011-2523']
    expect(
      merge(
        makeFinding({ scanner: 'nuclei', title: 'U', cves }),
        makeFinding({ scanner: 'nessus', title: 'N', cves }),
        makeFinding({ scanner: 'nmap', title: 'M', cves }),
      ),
    ).toEqual(['nessus: N = nmap: M = nuclei: U'])
  })

  it('lets a suppressed member not decide the level, and counts a group out when all are', () => {
    const cves = ['CVE-2020-0001']
    const one = makeFinding({ scanner: 'nessus', title: 'N', cves, level: 'critical', suppressed: 'false positive' })
    const other = makeFinding({ scanner: 'openvas', title: 'O', cves, level: 'low' })

    expect(mergeFindings([one, other], [])[0]).toMatchObject({ level: 'low', isSuppressed: false })
    expect(mergeFindings([one], [])[0]).toMatchObject({ level: 'critical', isSuppressed: true })
  })

  it('hints at what may be the same by its title, both ways, and leaves it apart', () => {
    const [one, other] = mergeFindings(
      [
        makeFinding({ scanner: 'nessus', title: 'Frobnicator Panel Exposed' }),
        makeFinding({ scanner: 'openvas', title: 'Exposed Frobnicator Panel Page' }),
      ],
      [],
    )

    expect(one?.possiblySame).toEqual([other?.id])
    expect(other?.possiblySame).toEqual([one?.id])
  })

  it('folds the same finding of two reports into one', () => {
    const finding = makeFinding({ scanner: 'openvas', title: 'A', evidence: ['first'], level: 'low' })
    const again = { ...finding, evidence: ['second'], level: 'high' as const, cves: ['CVE-2020-0001'] }

    for (const order of [
      [finding, again],
      [again, finding],
    ]) {
      const groups = mergeFindings(order, [])
      expect(groups).toHaveLength(1)
      expect(groups[0]).toMatchObject({ level: 'high', cves: ['CVE-2020-0001'] })
      expect(groups[0]?.findings[0]).toMatchObject({ evidence: ['second', 'first'], occurrences: 2 })
    }
  })

  it('leaves compliance items out', () => {
    expect(merge(makeFinding({ scanner: 'nessus', title: 'A', kind: 'compliance' }))).toEqual([])
  })

  it('is done in time with findings made to be compared with each other', () => {
    const cves = Array.from({ length: 200 }, (_, at) => `CVE-2020-${10_000 + at}`)
    const findings = ['nessus', 'openvas'].flatMap((scanner) =>
      Array.from({ length: 2000 }, (_, at) => makeFinding({ scanner, title: `T${at}`, cves })),
    )
    const started = performance.now()

    const members = mergeFindings(findings, []).flatMap((group) => group.findings)

    expect(members).toHaveLength(4000)
    expect(performance.now() - started).toBeLessThan(10_000)
  })
})

const someFinding = fc
  .record({
    scanner: fc.constantFrom('nessus', 'openvas', 'nmap', 'nuclei'),
    title: fc.constantFrom(
      'SSL Certificate Expiry',
      'SSL/TLS: Certificate Expired',
      'SSH Weak MAC',
      'A',
      'B',
      'Weak MAC (SSH)',
    ),
    check: fc.constantFrom('1', '2', '3', '4'),
    machine: fc.constantFrom('a', 'b'),
    port: fc.constantFrom(port(22), port(443), port(null, 'general')),
    cves: fc.subarray(['CVE-2020-0001', 'CVE-2020-0002', 'CVE-2020-0003']),
    bids: fc.subarray(['1', '2']),
    level: fc.constantFrom('critical', 'high', 'medium', 'low', 'info'),
    suppressed: fc.constantFrom(null, null, 'a user said so'),
    evidence: fc.subarray(['x', 'y']),
  })
  .map((parts) => makeFinding(parts))

describe('any findings', () => {
  const findings = fc.array(someFinding, { maxLength: 25 })

  it('are merged into the same groups in whatever order they come', () => {
    fc.assert(
      fc.property(
        findings.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        ([list, shuffled]) => {
          expect(mergeFindings(shuffled, ['nmap'])).toEqual(mergeFindings(list, ['nmap']))
        },
      ),
      { numRuns: 300, seed },
    )
  })

  it('are in exactly one group each, and no group has two of one scanner, two machines or two names', () => {
    fc.assert(
      fc.property(findings, (list) => {
        const groups = mergeFindings(list, [])
        const members = groups.flatMap((group) => group.findings.map(({ id }) => id))

        expect(members.toSorted()).toEqual([...new Set(list.map(({ id }) => id))].toSorted())
        expect(new Set(groups.map(({ id }) => id)).size).toBe(groups.length)
        for (const group of groups) {
          expect(new Set(group.foundBy).size).toBe(group.findings.length)
          expect(group.findings.every(({ machine }) => machine === group.machine)).toBe(true)
        }
      }),
      { numRuns: 300, seed },
    )
  })
})
