import { describe, expect, it } from 'vitest'
import { readNessusReport } from '#scanners/nessus/read-report.ts'
import { madeHostTags, madeItem, madeNessus, SCAN_INFORMATION } from '#test/support/made-reports.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const read = (text: string, machine: string | null = 'vm') => readNessusReport(reportChunks(text), machine)

/** The one finding beside plugin 19506. */
async function readOne(item: string) {
  const { findings } = await read(madeNessus(item))
  const others = findings.filter(({ check }) => check !== '19506')
  expect(others).toHaveLength(1)
  return others[0]
}

describe('the translation of a .nessus file', () => {
  it('takes over what an item says', async () => {
    const finding = await readOne(
      madeItem(`<synopsis>Short.</synopsis><description>Long.</description><solution>Update.</solution>
<cvss3_base_score>9.8</cvss3_base_score><cvss3_vector>CVSS:3.0/AV:N</cvss3_vector><cvss_base_score>7.5</cvss_base_score>
<cve>CVE-2021-41773</cve><cve>cve-2020-0001</cve><bid>123</bid><cwe>22</cwe><xref>CWE:79</xref><xref>IAVA:2021-A-0001</xref>
<xref>CISA-KNOWN-EXPLOITED:2021/11/17</xref><see_also>https://a.example.org/
https://b.example.org/</see_also><exploit_available>true</exploit_available><epss_score>0.5</epss_score><plugin_output>Seen.</plugin_output>`),
    )

    expect(finding).toMatchObject({
      machine: 'vm',
      address: '10.0.0.5',
      port: { number: 443, protocol: 'tcp' },
      service: 'www',
      title: 'A flaw',
      description: 'Short.\n\nLong.',
      solution: 'Update.',
      level: 'critical',
      score: 9.8,
      scoreSource: 'cvss3',
      vector: 'CVSS:3.0/AV:N',
      native: { level: 'High', severity: '3' },
      cves: ['CVE-2020-0001', 'CVE-2021-41773'],
      bids: ['123'],
      cwes: ['CWE-22', 'CWE-79'],
      evidence: ['Seen.'],
      scanner: 'nessus',
      check: '1000',
      family: 'Web Servers',
      confidence: 0.9,
      exploitAvailable: true,
      epss: 0.5,
      knownExploited: true,
    })
    expect(finding?.references).toEqual([
      { type: 'url', id: 'https://a.example.org/' },
      { type: 'url', id: 'https://b.example.org/' },
      { type: 'iava', id: '2021-A-0001' },
      { type: 'cisa-known-exploited', id: '2021/11/17' },
    ])
  })

  it('is complete with an end and the scan information of each host', async () => {
    const report = await read(madeNessus())

    expect(report).toMatchObject({
      completeness: 'complete',
      reasons: [],
      scannerVersion: '10.4.1',
      feedVersion: '202311140000',
      startedAt: '2023-11-14T22:13:20.000Z',
      endedAt: '2023-11-14T22:18:20.000Z',
    })
    expect(report.hosts).toMatchObject([
      {
        address: '10.0.0.5',
        names: ['vm.example.org'],
        operatingSystem: 'Linux',
        isComplete: true,
        authenticated: null,
      },
    ])
  })

  it.each([
    ['without HOST_END', madeNessus().replace(/<tag name="HOST_END">[^<]*<\/tag>/, ''), /has no end \(HOST_END\)/],
    ['without plugin 19506', madeNessus().replace(SCAN_INFORMATION, ''), /plugin 19506/],
    [
      'with a warning of plugin 19506',
      madeNessus().replace('Paranoia level', 'WARNING : No port scanner was enabled during the scan.\nParanoia level'),
      /No port scanner was enabled/,
    ],
    [
      'with a host that is dead',
      madeNessus(
        madeItem('<plugin_output>The remote host (10.0.0.5) is considered as dead - not scanning</plugin_output>', {
          pluginID: '10180',
        }),
      ),
      /did not answer/,
    ],
    ['without a host', '<NessusClientData_v2><Report name="x"></Report></NessusClientData_v2>', /names no host/],
  ])('is partial %s', async (_title, text, reason) => {
    const report = await read(text)

    expect(report.completeness).toBe('partial')
    expect(report.reasons.join('\n')).toMatch(reason)
    expect(report.hosts.every(({ isComplete }) => !isComplete)).toBe(true)
  })

  it('calls each host by its own address when no machine is named', async () => {
    const { findings } = await read(madeNessus(), null)

    expect(new Set(findings.map(({ machine }) => machine))).toEqual(new Set(['10.0.0.5']))
  })

  it('gives a finding the same id from another address, and another one on another port', async () => {
    const [, first] = (await read(madeNessus())).findings
    const [, moved] = (await read(madeNessus(madeItem(), madeHostTags({ 'host-ip': '10.9.9.9' })))).findings
    const [, other] = (await read(madeNessus(madeItem('', { port: '444' })))).findings

    expect(moved?.id).toBe(first?.id)
    expect(moved?.address).toBe('10.9.9.9')
    expect(other?.id).not.toBe(first?.id)
  })

  it('folds what fires again on the same port and keeps the worst and all evidence', async () => {
    const finding = await readOne(
      madeItem('<cve>CVE-2020-0001</cve><plugin_output>one</plugin_output>', { severity: '1' }) +
        madeItem('<cve>CVE-2020-0002</cve><plugin_output>two</plugin_output>', { severity: '4' }) +
        madeItem('<plugin_output>one</plugin_output>', { severity: '2' }),
    )

    expect(finding).toMatchObject({
      level: 'critical',
      occurrences: 3,
      evidence: ['one', 'two'],
      cves: ['CVE-2020-0001', 'CVE-2020-0002'],
    })
  })

  it('takes port 0 as the host as a whole', async () => {
    expect(await readOne(madeItem('', { port: '0' }))).toMatchObject({ port: { number: null, protocol: 'general' } })
  })

  it('takes severity 1 without a risk as information', async () => {
    const item = madeItem('', { severity: '1' }).replace('>High<', '>None<')

    expect(await readOne(item)).toMatchObject({ level: 'info', native: { level: 'None', severity: '1' } })
  })

  it('keeps compliance checks apart, told by their names and not by their one plugin', async () => {
    const check = (name: string, result: string) =>
      madeItem(
        `<cm:compliance-check-name>${name}</cm:compliance-check-name><cm:compliance-result>${result}</cm:compliance-result>`,
        { pluginFamily: 'Policy Compliance', pluginID: '21157', port: '0', severity: '3' },
      )
    const { findings } = await read(madeNessus(check('1.1 Passwords', 'PASSED') + check('1.2 Banner', 'FAILED')))

    expect(findings.filter(({ kind }) => kind === 'compliance')).toMatchObject([
      { path: '1.1 Passwords', level: 'info', native: { level: 'PASSED' } },
      { path: '1.2 Banner', level: 'medium', native: { level: 'FAILED' } },
    ])
  })

  it('says whether credentials got in', async () => {
    const login = async (plugin: string) =>
      (await read(madeNessus(madeItem('', { pluginID: plugin })))).hosts[0]?.authenticated

    expect(await login('141118')).toBe(true)
    expect(await login('104410')).toBe(false)
    expect(await login('110723')).toBeNull()
  })

  it('trusts a paranoid scan less', async () => {
    const { findings } = await read(madeNessus().replace('Paranoia level : 1', 'Paranoia level : 2'))

    expect(findings.every(({ confidence }) => confidence === 0.5)).toBe(true)
  })

  it('names version 1 of the format, which it does not read', async () => {
    await expect(read('<NessusClientData><Report/></NessusClientData>')).rejects.toThrow(
      /version 1 of the Nessus format/,
    )
  })

  it('refuses a part of a report', async () => {
    await expect(read('<ReportHost name="x"></ReportHost>')).rejects.toThrow(/begins with <ReportHost>/)
  })
})
