import type { Finding, ScannerReport } from '#shared/domain/report/finding.ts'
import { findingId } from '#shared/domain/report/finding-id.ts'
import type { Examination } from '#shared/domain/report/report.ts'

/** A finding with what a test cares about; the rest is plain. Its id follows from it. */
export function makeFinding(parts: Partial<Finding> & Pick<Finding, 'scanner' | 'title'>): Finding {
  const finding: Finding = {
    id: '',
    machine: 'web-1',
    address: '192.0.2.7',
    port: { number: 443, protocol: 'tcp' },
    service: '',
    description: '',
    solution: '',
    level: 'medium',
    score: null,
    scoreSource: 'none',
    vector: '',
    native: { level: '', severity: '' },
    cves: [],
    bids: [],
    cwes: [],
    references: [],
    evidence: [],
    occurrences: 1,
    check: parts.title,
    family: '',
    path: '',
    confidence: null,
    exploitAvailable: null,
    epss: null,
    knownExploited: null,
    suppressed: null,
    kind: 'vulnerability',
    foundAt: null,
    ...parts,
  }
  return { ...finding, id: findingId(finding) }
}

/** A complete report of one host with these findings. */
export function makeReport(
  scanner: string,
  findings: readonly Finding[],
  parts: Partial<ScannerReport> = {},
): ScannerReport {
  return {
    scanner,
    format: `${scanner}-test`,
    scannerVersion: '1.0',
    feedVersion: '2026-11-01',
    completeness: 'complete',
    reasons: [],
    startedAt: '2026-11-20T10:00:00.000Z',
    endedAt: '2026-11-20T10:20:00.000Z',
    hosts: [
      {
        address: '192.0.2.7',
        names: [],
        operatingSystem: '',
        startedAt: '2026-11-20T10:00:00.000Z',
        endedAt: '2026-11-20T10:20:00.000Z',
        authenticated: null,
        isComplete: true,
      },
    ],
    findings: [...findings],
    ...parts,
  }
}

export function makeExamination(kind: string, parts: Partial<Examination> = {}): Examination {
  return {
    scanner: kind,
    kind,
    status: 'done',
    reason: '',
    startedAt: '2026-11-20T10:00:00.000Z',
    endedAt: '2026-11-20T10:20:00.000Z',
    scannerVersion: '1.0',
    feedVersion: '2026-11-01',
    authenticated: null,
    ...parts,
  }
}
