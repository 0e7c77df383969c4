import { describe, expect, it } from 'vitest'
import { readOpenvasReport } from '#scanners/openvas/read-report.ts'
import { madeHost, madeOpenvas, madeResult, type MadeOpenvas, type MadeResult } from '#test/support/made-reports.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const read = (parts: MadeOpenvas = {}) => readOpenvasReport(reportChunks(madeOpenvas(parts)), 'vm')
const readOne = async (parts: MadeResult) => (await read({ results: madeResult(parts) })).findings[0]

describe('the translation of an OpenVAS report', () => {
  it('takes over what a result says', async () => {
    const report = await read({
      hosts: madeHost('<detail><name>Services</name><value>8080,tcp,http-alt,x</value></detail>'),
    })

    expect(report).toMatchObject({
      completeness: 'complete',
      reasons: [],
      scannerVersion: 'GMP 22.7',
      endedAt: '2026-01-02T03:04:05.000Z',
    })
    expect(report.hosts).toMatchObject([{ address: '10.0.0.5', names: ['vm'], isComplete: true, authenticated: null }])
    expect(report.findings).toMatchObject([
      {
        machine: 'vm',
        address: '10.0.0.5',
        port: { number: 8080, protocol: 'tcp' },
        service: 'http-alt',
        title: 'A flaw',
        description: 'What it is.',
        level: 'high',
        score: 7.5,
        scoreSource: 'cvss3',
        native: { level: 'High', severity: '7.5' },
        cves: ['CVE-2021-41773'],
        evidence: ['seen'],
        scanner: 'openvas',
        check: '1.3.6.1.4.1.25623.1.0.1',
        confidence: 0.8,
        suppressed: null,
        foundAt: '2026-01-02T03:10:00.000Z',
      },
    ])
  })

  it.each<[string, MadeOpenvas, RegExp]>([
    ['not done', { status: 'Stopped' }, /not done but Stopped/],
    ['without an end', { end: '' }, /no end of the scan/],
    ['short of results', { counts: '2<full>2</full><filtered>2</filtered>' }, /1 of 2 results/],
    [
      'filtered',
      { counts: '1<full>3</full><filtered>1</filtered><log><full>1</full><filtered>0</filtered></log>' },
      /hides 1 of 3/,
    ],
    ['a page of a longer one', { firstResult: 3 }, /begins with result 3/],
    ['short of errors', { errorCount: 65 }, /65 errors, of which the report names 0/],
    ['without a count', { counts: '' }, /does not say how many/],
    ['short of hosts', { hostCount: 2 }, /names 1 of 2 hosts/],
    ['without hosts', { hosts: '' }, /nothing was examined/],
    ['with a host that was not finished', { hosts: madeHost('', '') }, /10\.0\.0\.5 was not scanned to the end/],
    [
      'with an error',
      {
        errors:
          '<error><host>10.0.0.5</host><description>NVT timed out.</description><nvt oid="1"><name>Slow</name></nvt></error>',
      },
      /NVT timed out\. in "Slow" at 10\.0\.0\.5/,
    ],
    [
      'with a result that is an error',
      { results: madeResult({ severity: '-3.0', threat: 'Error' }) },
      /error: seen in "A flaw" at 10\.0\.0\.5/,
    ],
  ])('is partial where it is %s', async (_title, parts, reason) => {
    const report = await read(parts)

    expect(report.completeness).toBe('partial')
    expect(report.reasons.join('\n')).toMatch(reason)
  })

  it('says what a filter hides that is no vulnerability, and is complete all the same', async () => {
    const counts = '1<full>9</full><filtered>1</filtered><log><full>8</full><filtered>0</filtered></log>'

    expect(await read({ counts })).toMatchObject({
      completeness: 'complete',
      reasons: ['a filter hides 8 results that are no vulnerabilities'],
    })
  })

  it.each([
    ['https (443/tcp)', { number: 443, protocol: 'tcp' }, 'https'],
    ['53/udp', { number: 53, protocol: 'udp' }, ''],
    ['general/CPE-T', { number: null, protocol: 'general' }, ''],
    ['general/tcp', { number: null, protocol: 'general' }, ''],
    ['22', { number: 22, protocol: 'tcp' }, ''],
    ['', { number: null, protocol: 'general' }, ''],
    ['package', { number: null, protocol: 'general' }, ''],
    ['99999/tcp', { number: null, protocol: 'general' }, ''],
  ])('reads the port %j', async (port, expected, service) => {
    expect(await readOne({ port })).toMatchObject({ port: expected, service })
  })

  it.each([
    ['9.8', 'High', 'critical'],
    ['9.8', 'Critical', 'critical'],
    ['0.1', 'Log', 'low'],
    ['0.0', 'High', 'info'],
  ])('rates severity %s as such, whatever the threat %s', async (severity, threat, level) => {
    expect(await readOne({ severity, threat })).toMatchObject({ level, native: { level: threat, severity } })
  })

  it('rates a result without a severity by its check, and by its threat where that says 0', async () => {
    const rate = async (base: string, threat: string) =>
      (
        await readOne({
          severity: '',
          threat,
          nvt: `<cvss_base>${base}</cvss_base><tags>cvss_base_vector=AV:N/AC:L</tags>`,
        })
      )?.level

    expect(await rate('4.3', 'Medium')).toBe('medium')
    expect(await rate('0.0', 'High')).toBe('high')
    expect(await rate('10.0', 'High')).toBe('high')
  })

  it('keeps a false positive with its own level and does not count it', async () => {
    const more = '<original_severity>7.5</original_severity>'

    expect(await readOne({ severity: '-1.0', threat: 'False Positive', more })).toMatchObject({
      level: 'high',
      suppressed: 'a false positive',
    })
  })

  it('keeps what a user has overridden away, also where gvmd was not asked to apply it', async () => {
    const override = (severity: string, active: string) =>
      `<overrides><override><active>${active}</active><text>known</text><new_threat>False Positive</new_threat><new_severity>${severity}</new_severity></override></overrides>`

    expect((await readOne({ more: override('-1', '1') }))?.suppressed).toBe('overridden: False Positive (known)')
    expect((await readOne({ more: override('-1', '0') }))?.suppressed).toBeNull()
    expect((await readOne({ more: override('5.0', '1') }))?.suppressed).toBeNull()
  })

  it('counts a check that fires twice if one of them counts', async () => {
    const results =
      madeResult({ severity: '-1.0', threat: 'False Positive', more: '<original_severity>10.0</original_severity>' }) +
      madeResult({ severity: '5.0' })
    const { findings } = await read({ results })

    expect(findings).toMatchObject([{ level: 'medium', suppressed: null, occurrences: 2 }])
  })

  it('reads old lists of references and their words for nothing', async () => {
    const nvt =
      '<cve>CVE-2003-1418, NOCVE</cve><bid>6939, OWASP-CM-001</bid><xref>URL:https://a.example.org/, NOXREF</xref>'

    expect(await readOne({ nvt })).toMatchObject({
      cves: ['CVE-2003-1418'],
      bids: ['6939'],
      references: [
        { type: 'url', id: 'https://a.example.org/' },
        { type: 'bid', id: 'OWASP-CM-001' },
      ],
    })
  })

  it('splits tags only where a known one begins', async () => {
    const nvt = '<tags>summary=a|b=c|insight=d|solution=Update | or x=y|solution_type=VendorFix</tags>'

    expect(await readOne({ nvt })).toMatchObject({ description: 'a|b=c\n\nd', solution: 'Update | or x=y' })
  })

  it('knows what is exploited, and where a product of the CVE scanner was found', async () => {
    const nvt = '<type>cve</type><refs><ref type="cisa" id="Known Exploited Vulnerability (KEV) catalog"/></refs>'
    const more =
      '<detection><result><details><detail><name>location</name><value>8080/tcp</value></detail><detail><name>product</name><value>cpe:/a:x</value></detail></details></result></detection>'
    const finding = await readOne({ nvt, more, port: '', oid: 'CVE-2021-41773' })

    expect(finding?.knownExploited).toBe(true)
    const cveScan = madeResult({ nvt, more, port: '', oid: 'CVE-2021-41773' }).replace('<type>nvt</type>', '')
    const { findings } = await read({ results: cveScan })
    expect(findings).toMatchObject([{ port: { number: 8080 }, path: 'cpe:/a:x', cves: ['CVE-2021-41773'] }])
  })

  it.each([
    ['report in report', (report: string) => `<report>${report}</report>`],
    ['one report', (report: string) => report],
    [
      'an answer',
      (report: string) => `<get_reports_response status="200"><report>${report}</report></get_reports_response>`,
    ],
  ])('reads %s alike', async (_title, wrap) => {
    expect(await read({ wrap })).toEqual(await read())
  })

  it.each([
    [
      'an error of gvmd',
      '<get_reports_response status="404" status_text="Failed to find report"/>',
      /404 Failed to find report/,
    ],
    ['an answer without a report', '<get_reports_response status="200"/>', /holds no report/],
    ['another answer', '<get_tasks_response status="200"/>', /begins with <get_tasks_response>/],
    ['two reports', `<get_reports_response status="200"><report/><report/></get_reports_response>`, /several reports/],
    ['a comparison', '<report><report type="delta"/></report>', /delta report/],
    ['a result alone', '<result/>', /begins with <result>/],
  ])('refuses %s', async (_title, text, message) => {
    await expect(readOpenvasReport(reportChunks(text), 'vm')).rejects.toThrow(message)
  })

  it('reads results alone, which cannot say that a scan is done', async () => {
    const text = `<get_results_response status="200">${madeResult()}<result_count>1<filtered>1</filtered></result_count></get_results_response>`
    const report = await readOpenvasReport(reportChunks(text), 'vm')

    expect(report.findings).toHaveLength(1)
    expect(report.completeness).toBe('partial')
  })
})
