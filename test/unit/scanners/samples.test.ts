import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import type { Finding, ScannerReport } from '#shared/domain/report/finding.ts'
import { ScannerReport as ScannerReportSchema } from '#shared/domain/report/finding.ts'
import { bandOf } from '#shared/domain/report/level.ts'
import { readAnyReport } from '#scanners/detect-report.ts'
import { readNessusReport } from '#scanners/nessus/read-report.ts'
import { readNmapReport } from '#scanners/nmap/read-report.ts'
import { readNucleiReport } from '#scanners/nuclei/read-report.ts'
import { readOpenvasReport } from '#scanners/openvas/read-report.ts'
import { expectedCounts, noOpsSamples, readOpsSample } from '#test/support/ops-samples.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const READERS = { nessus: readNessusReport, openvas: readOpenvasReport, nmap: readNmapReport, nuclei: readNucleiReport }
type Counts = Readonly<Record<string, unknown>>
/** Control characters in its names are what its parser stumbles over; they are taken out here, and said. */
const REPAIRED = 'nmap/zenmap_output_error.xml'

const samples = expectedCounts()
const whole = samples.filter(([, counts]) => isReport(counts))
const refused = samples.filter(([path, counts]) => !isReport(counts) && path !== REPAIRED)

function isReport(counts: Counts): boolean {
  const format = counts['format']
  if (typeof format !== 'string' || !(format in READERS)) return false

  const status = counts['status']
  const isAnswerWithError = typeof status === 'string' && !status.startsWith('2')
  return !isAnswerWithError && counts['root'] !== 'NessusClientData_vwrong'
}

async function read(path: string, counts: Counts): Promise<ScannerReport> {
  const reader = READERS[counts['format'] as keyof typeof READERS]
  return reader(reportChunks(readOpsSample(path), 10_000), null)
}

/** How often each value is there, repeats of a finding counted. */
function tally(findings: readonly Finding[], value: (finding: Finding) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const finding of findings) counts[value(finding)] = (counts[value(finding)] ?? 0) + finding.occurrences
  return counts
}

const sum = (findings: readonly Finding[]) => findings.reduce((count, { occurrences }) => count + occurrences, 0)
const distinct = (values: readonly string[]) => new Set(values).size

describe.skipIf(noOpsSamples !== '')(`real reports${noOpsSamples}`, () => {
  it.each(refused)('refuses %s, which is no whole report', async (path) => {
    const bytes = readOpsSample(path)
    const attempts = path.endsWith('.nessus') ? [readNessusReport, readAnyReport] : [readAnyReport]

    for (const attempt of attempts) {
      const error = await attempt(reportChunks(bytes), null).catch((reason: unknown) => reason)
      expect(isFault(error, 'report_malformed')).toBe(true)
    }
  })

  it.each(whole)('reads %s the same whatever the chunks, and as the schema says', async (path, counts) => {
    const bytes = readOpsSample(path)
    const report = await read(path, counts)

    expect(ScannerReportSchema.parse(report)).toEqual(report)
    expect(await READERS[report.scanner as keyof typeof READERS](reportChunks(bytes, 4099), null)).toEqual(report)
  })

  it.each(whole.filter(([, { bytes }]) => bytes !== 0))('knows %s by its content', async (path, counts) => {
    expect(await readAnyReport(reportChunks(readOpsSample(path), 100_000), null)).toEqual(await read(path, counts))
  })

  it.each(whole.filter(([, { format }]) => format === 'nessus'))('counts in %s what is there', async (path, counts) => {
    const { hosts, findings } = await read(path, counts)
    const names = hosts.flatMap(({ address, names: others }) => [address, ...others])

    expect({
      hosts: hosts.length,
      items: sum(findings),
      plugins: distinct(findings.map(({ check }) => check)),
      severityAttr: tally(findings, ({ native }) => native.severity),
      riskFactor: tally(findings, ({ native }) => native.level),
      port0: sum(findings.filter(({ port }) => port.number === null)),
      cves: distinct(findings.flatMap(({ cves }) => cves)),
      bids: distinct(findings.flatMap(({ bids }) => bids)),
      compliance: findings.filter(({ kind }) => kind === 'compliance').length,
    }).toEqual(
      pick(counts, ['hosts', 'items', 'plugins', 'severityAttr', 'riskFactor', 'port0', 'cves', 'bids', 'compliance']),
    )
    expect(counts['hostNames']).toSatisfy((expected: string[]) => expected.every((name) => names.includes(name)))
    const best = (source: string) =>
      Math.max(0, ...findings.filter(({ scoreSource }) => scoreSource === source).map(({ score }) => score ?? 0)) ||
      null
    // The web application scans carry their scores in elements of their own, which the counting program did not look for.
    const isWeb = path.includes('dd_was')
    expect(best('cvss3')).toBe(isWeb ? best('cvss3') : counts['maxCvss3'])
    // Where there is a CVSS 3 score, the one of CVSS 2 is not shown.
    expect(best('cvss2')).toBe(isWeb || counts['maxCvss3'] !== null ? best('cvss2') : counts['maxCvss2'])
  })

  it.each(whole.filter(([, { format }]) => format === 'openvas'))(
    'counts in %s what is there',
    async (path, counts) => {
      const { hosts, findings, reasons, scannerVersion, endedAt } = await read(path, counts)
      const rated = findings.filter(({ native }) => native.severity !== '')
      const hasSeverity = counts['resultsWithoutSeverity'] === 0

      expect({
        results: sum(findings),
        oids: distinct(findings.map(({ check }) => check)),
        cves: distinct(findings.flatMap(({ cves }) => cves)),
        errors: reasons.filter((reason) => reason.startsWith('error: ')).length,
        threat: tally(findings, ({ native }) => native.level),
        bandBySeverity: hasSeverity ? tally(rated, ({ score }) => bandOf(score ?? 0)) : {},
        qodBelow70: sum(findings.filter(({ confidence }) => (confidence ?? 1) < 0.7)),
        version: scannerVersion.replace(/^GMP /, '') || null,
        hasScanEnd: endedAt !== null,
      }).toEqual(
        pick(counts, [
          'results',
          'oids',
          'cves',
          'errors',
          'threat',
          'bandBySeverity',
          'qodBelow70',
          'version',
          'hasScanEnd',
        ]),
      )
      expect(hosts.map(({ address }) => address)).toEqual(expect.arrayContaining(counts['hosts'] as string[]))
      expect(new Set(findings.map(({ port }) => `${port.number ?? 'general'}/${port.protocol}`))).toEqual(
        new Set((counts['ports'] as string[]).map(plainPort)),
      )
      expect(reasons.join().includes('not done but Interrupted')).toBe(counts['scanRunStatus'] === 'Interrupted')
    },
  )

  it.each(whole.filter(([, { format }]) => format === 'nmap'))('counts in %s what is there', async (path, counts) => {
    const { hosts, findings } = await read(path, counts)
    const scripts = findings.filter(({ family }) => family === 'nmap script')
    // Of `vulners` the CVEs are findings, not the script.
    const { vulners: _vulners, ...expectedScripts } = counts['scripts'] as Record<string, number>
    // The counting program looked for a CVE within each id: one exploit there is named after a CVE that the product is not listed for.
    const expectedCves = path.endsWith('dd_issue4406.xml') ? 8 : counts['vulnersCves']

    expect({
      hosts: hosts.length,
      up: hosts.filter(({ isComplete }) => isComplete).length,
      openPorts: sum(findings.filter(({ check }) => check === 'open-port')),
      scripts: tally(
        scripts.filter(({ check }) => check !== 'vulners'),
        ({ check }) => check,
      ),
      vulnersCves: distinct(scripts.flatMap(({ cves }) => cves)),
    }).toEqual({
      ...pick(counts, ['hosts', 'up', 'openPorts']),
      vulnersCves: expectedCves,
      scripts: expectedScripts,
    })
  })

  it.each(whole.filter(([, { format }]) => format === 'nuclei'))('counts in %s what is there', async (path, counts) => {
    const { completeness, findings, reasons } = await read(path, counts)

    expect({
      findings: sum(findings),
      bad: reasons.filter((reason) => reason.includes('is cut')).length,
      severity: tally(findings, ({ native }) => native.level),
      templates: distinct(findings.map(({ check }) => check)),
      cves: findings.flatMap(({ cves }) => cves),
    }).toEqual({
      severity: {},
      templates: 0,
      cves: [],
      ...pick(counts, ['findings', 'bad', 'severity', 'templates', 'cves']),
    })
    expect(completeness).toBe('partial')
  })

  it.each([
    ['clean-unix-localhost/17-get_reports', 'complete', 8],
    ['clean-tls-localhost/18-get_reports-xml-default-filter', 'partial', 7],
    ['clean-unix-localhost/19-get_results', 'partial', 8],
    ['extended/22-get_reports-while-running', 'partial', 1],
    ['extended/30-get_reports-min_qod-0', 'complete', 3],
    ['extended/35-get_results-page-2', 'partial', 1],
    ['extended/54-get_reports-cve-scanner', 'complete', 3],
    ['extended/70-get_reports-imported', 'complete', 8],
    ['lab-icmp-4-addresses/18-get_reports', 'complete', 14],
    ['run3-interrupted/17-get_reports', 'partial', 0],
  ])('reads the recorded answer %s: %s with %d findings', async (name, completeness, count) => {
    const report = await readAnyReport(reportChunks(readOpsSample(`gmp-real/${name}.response.xml`)), null)

    expect(report).toMatchObject({ scanner: 'openvas', completeness })
    expect(report.findings).toHaveLength(count)
  })

  it.each([
    ['extended/07-get_reports-unknown', /404 Failed to find report/],
    ['extended/48-get_reports-delta', /delta report/],
    ['extended/49-get_reports-list', /several reports/],
    ['clean-unix-localhost/16-get_tasks-done', /begins with <get_tasks_response>/],
    ['extended/05-malformed-xml', /neither XML nor JSON/],
  ])('refuses the recorded answer %s', async (name, message) => {
    const chunks = reportChunks(readOpsSample(`gmp-real/${name}.response.xml`))

    await expect(readAnyReport(chunks, 'vm')).rejects.toThrow(message)
  })

  it('keeps what a user of gvmd has overridden, and does not count it', async () => {
    const sample = readOpsSample('gmp-real/extended/43-get_reports-overrides.response.xml')
    const { findings } = await readAnyReport(reportChunks(sample), 'vm')

    expect(findings.filter(({ suppressed }) => suppressed !== null)).toMatchObject([
      { level: 'medium', score: 4.2, suppressed: 'overridden: False Positive (accepted for the test)' },
    ])
  })

  it('reads what is malformed for control characters alone, and says so', async () => {
    const report = await readAnyReport(reportChunks(readOpsSample(REPAIRED)), null)

    expect(report.completeness).toBe('partial')
    expect(report.reasons[0]).toBe('repaired: 2 control characters that XML forbids were taken out')
  })

  it('says that a report which is Done but never ran is partial, and why', async () => {
    const report = await readAnyReport(reportChunks(readOpsSample('derived/gmp_done_but_never_ran.xml')), 'vm')

    expect(report).toMatchObject({ completeness: 'partial', findings: [] })
    expect(report.reasons).toContain('error: Could not connect to Scanner at /run/ospd/ospd-openvas.sock')
  })
})

function pick(counts: Counts, names: readonly string[]): Counts {
  return Object.fromEntries(names.filter((name) => name in counts).map((name) => [name, counts[name]]))
}

function plainPort(text: string): string {
  const match = /(\d+)\/(\w+)\)?$/.exec(text)
  return match === null ? 'general/general' : `${match[1]}/${match[2]}`
}
