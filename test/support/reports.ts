import { composeReport } from '#shared/domain/report/compose-report.ts'
import type { Finding } from '#shared/domain/report/finding.ts'
import type { Report } from '#shared/domain/report/report.ts'
import { makeExamination, makeFinding, makeReport } from './findings.ts'

/**
 * A report of three machines: one examined by two scanners that agree on one finding, with something gone, new, suppressed and a compliance
 * item; one examined in part; one not at all.
 */
export function makeWholeReport(): Report {
  const cves = ['CVE-2014-0160']
  const nessus = [
    makeFinding({
      scanner: 'nessus',
      title: 'Heartbleed',
      cves,
      level: 'high',
      score: 7.5,
      scoreSource: 'cvss3',
      foundAt: '2026-11-20T10:05:00.000Z',
    }),
    makeFinding({
      scanner: 'nessus',
      title: 'Accepted',
      suppressed: 'by its owner',
      level: 'critical',
      port: { number: 22, protocol: 'tcp' },
    }),
    makeFinding({ scanner: 'nessus', title: 'Passwords expire', kind: 'compliance', level: 'low' }),
    makeFinding({ scanner: 'nessus', title: 'Fresh', level: 'info', port: { number: null, protocol: 'general' } }),
  ]
  const openvas = [
    makeFinding({ scanner: 'openvas', title: 'OpenSSL Heartbleed', cves, level: 'critical', solution: 'Update.' }),
  ]
  const gone = makeFinding({ scanner: 'openvas', title: 'Repaired', level: 'medium' })
  const both = [makeExamination('nessus'), makeExamination('openvas', { scanner: 'openvas-lab' })]
  const compose = (
    createdAt: string,
    ofWeb: readonly [readonly Finding[], readonly Finding[]],
    previous: Report | null,
  ): Report =>
    composeReport({
      id: 'scan-1',
      createdAt,
      machines: [
        {
          name: 'web-1',
          examinations: both,
          reports: [makeReport('nessus', ofWeb[0]), makeReport('openvas', ofWeb[1])],
          previous: previous?.machines[0] ?? null,
        },
        {
          name: 'web-2',
          examinations: [
            makeExamination('nessus'),
            makeExamination('openvas', { scanner: 'openvas-lab', status: 'failed', reason: 'timed out' }),
          ],
          reports: [makeReport('nessus', [])],
          previous: null,
        },
        {
          name: 'web-3',
          examinations: [makeExamination('nessus', { status: 'not-examined', reason: 'no address' })],
          reports: [],
          previous: null,
        },
      ],
    })
  const before = compose('2026-11-24T03:00:00.000Z', [nessus.slice(0, 3), [...openvas, gone]], null)
  return compose('2026-11-25T03:00:00.000Z', [nessus, openvas], before)
}

/** A report whose every text, also those of machines and scanners, is this one. */
export function makeHostileReport(text: string): Report {
  const finding = makeFinding({
    machine: text,
    scanner: text,
    title: text,
    check: text,
    path: text,
    address: text,
    service: text,
    description: text,
    solution: text,
    vector: text,
    native: { level: text, severity: text },
    cves: [text],
    bids: [text],
    cwes: [text],
    references: [
      { type: text, id: text },
      { type: 'url', id: `https://example.org/${text}` },
    ],
    evidence: [text, `first\n${text}`],
    family: text,
    level: 'high',
  })
  const plain = makeFinding({ machine: text, scanner: text, title: `${text} gone`, cves: [text] })
  const suppressed = makeFinding({ ...finding, check: 'other', suppressed: text })
  const compliance = makeFinding({ ...finding, check: 'third', kind: 'compliance' })
  const examinations = [
    makeExamination(text, {
      scanner: text,
      reason: text,
      startedAt: text,
      endedAt: text,
      scannerVersion: text,
      feedVersion: text,
    }),
  ]
  const compose = (findings: readonly Finding[], previous: Report | null): Report =>
    composeReport({
      id: text,
      createdAt: '2026-11-25T03:00:00.000Z',
      machines: [
        { name: text, examinations, reports: [makeReport(text, findings)], previous: previous?.machines[0] ?? null },
      ],
    })
  const report = compose([finding, suppressed, compliance], compose([finding, plain], null))
  const failed = makeExamination(text, { status: 'failed', reason: text })
  return {
    ...report,
    machines: [...report.machines, { ...report.machines[0]!, examined: 'partly', examinations: [failed] }],
  }
}
