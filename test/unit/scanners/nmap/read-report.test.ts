import { describe, expect, it } from 'vitest'
import { readNmapReport } from '#scanners/nmap/read-report.ts'
import { madeNmap, madeNmapHost, madeNmapPort } from '#test/support/made-reports.ts'
import { reportChunks } from '#test/support/report-chunks.ts'

const read = (text: string, machine: string | null = 'vm') => readNmapReport(reportChunks(text), machine)
const withScript = (script: string) => read(madeNmap({ hosts: madeNmapHost(madeNmapPort(script)) }))

describe("the translation of nmap's XML", () => {
  it('takes an open port as a finding', async () => {
    const report = await read(madeNmap())

    expect(report).toMatchObject({
      completeness: 'complete',
      reasons: [],
      scannerVersion: '7.93',
      startedAt: '2023-11-14T22:13:20.000Z',
      endedAt: '2023-11-14T22:14:20.000Z',
    })
    expect(report.hosts).toMatchObject([{ address: '10.0.0.5', names: ['vm'], isComplete: true }])
    expect(report.findings).toMatchObject([
      {
        machine: 'vm',
        port: { number: 22, protocol: 'tcp' },
        service: 'ssh',
        title: 'Open port 22/tcp (ssh)',
        level: 'info',
        score: null,
        check: 'open-port',
        evidence: ['OpenSSH 7.4'],
        references: [{ type: 'cpe', id: 'cpe:/a:openbsd:openssh:7.4' }],
      },
    ])
  })

  it('takes no port as open that is not', async () => {
    const { findings } = await read(madeNmap({ hosts: madeNmapHost(madeNmapPort('', 'filtered')) }))

    expect(findings).toEqual([])
  })

  const down = '<status state="down" reason="no-response"/>'
  const asked = '<status state="up" reason="user-set"/>'
  const silent = madeNmapHost(madeNmapPort('', 'filtered'), '', asked).replace('state="closed"', 'state="filtered"')
  it.each([
    ['without an end', madeNmap({ finished: '' }), /was interrupted/],
    [
      'that ended in an error',
      madeNmap({ finished: '<finished time="1" exit="error" errormsg="no route"/>' }),
      /no route/,
    ],
    ['that does not say how it ended', madeNmap({ finished: '<finished time="1"/>' }), /does not say how/],
    ['with a host that timed out', madeNmap({ hosts: madeNmapHost('', ' timedout="true"') }), /timedout/],
    [
      'with a host that is down',
      madeNmap({ hosts: madeNmapHost() + madeNmapHost('', '', down) }),
      /10\.0\.0\.5 did not answer/,
    ],
    ['with a host that was taken as up and said nothing', madeNmap({ hosts: silent }), /answered nothing at all/],
    [
      'with a host that was taken as up and whose ports have no state',
      madeNmap({ hosts: silent.replaceAll(/ state="filtered"/g, '') }),
      /answered nothing at all/,
    ],
    ['without a host', madeNmap({ hosts: '', up: 0 }), /no host answered/],
    ['without ports', madeNmap({ info: '' }), /no ports were scanned/],
    ['with fewer hosts than it counts', madeNmap({ up: 2 }), /1 of 2 hosts/],
    [
      'with a target that was left out',
      madeNmap({ info: '<scaninfo/><target specification="x" status="skipped" reason="invalid"/>' }),
      /target x was skipped/,
    ],
  ])('is partial %s', async (_title, text, reason) => {
    const report = await read(text)

    expect(report.completeness).toBe('partial')
    expect(report.reasons.join('\n')).toMatch(reason)
  })

  it('is complete over a range of which some are down, and marks each of those', async () => {
    const other = madeNmapHost('', '', down).replace('10.0.0.5', '10.0.0.6')
    const report = await read(madeNmap({ hosts: madeNmapHost() + other }), null)

    expect(report.completeness).toBe('complete')
    expect(report.reasons).toEqual(['1 addresses did not answer and were not examined'])
    expect(report.hosts.map(({ address, isComplete }) => [address, isComplete])).toEqual([
      ['10.0.0.5', true],
      ['10.0.0.6', false],
    ])
  })

  it('takes each CVE of vulners as a finding of little confidence, and no exploit as one', async () => {
    const entry = (id: string, cvss: string, more = '') =>
      `<table><elem key="id">${id}</elem><elem key="cvss">${cvss}</elem>${more}</table>`
    const script = `<script id="vulners" output="x"><table key="cpe:/a:openbsd:openssh:7.4">
${entry('CVE-2018-15919', '5.3')}${entry('CVE-2020-1', '9.8', '<elem key="cvss_type">v3.1</elem><elem key="kev">true</elem>')}
${entry('CVE-2016-10009', '9.1')}${entry('PRION:CVE-2018-15919', '5.0')}${entry('EDB-ID:45233', '5.0')}</table></script>`
    const { findings } = await withScript(script)

    expect(findings.filter(({ check }) => check === 'vulners')).toMatchObject([
      { cves: ['CVE-2018-15919'], level: 'medium', scoreSource: 'native', confidence: 0.3, path: 'CVE-2018-15919' },
      { cves: [], level: 'critical', scoreSource: 'cvss3', knownExploited: true, path: 'CVE-2020-1' },
      { cves: ['CVE-2016-10009'], level: 'critical' },
    ])
  })

  const vulnerable = (state: string, output = 'Risk factor: HIGH', scores = '') =>
    `<script id="smb-vuln" output="&#xa;  ${output}"><table key="CVE-2017-0143"><elem key="title">A flaw in SMB</elem>
<elem key="state">${state}</elem><table key="ids"><elem>CVE:CVE-2017-0143</elem><elem>BID:96709</elem></table>${scores}
<table key="description"><elem>What it is.</elem></table><table key="refs"><elem>https://example.org/</elem></table></table></script>`

  it("takes what a script of nmap's library calls vulnerable at its word", async () => {
    const { findings } = await withScript(vulnerable('VULNERABLE'))

    expect(findings[1]).toMatchObject({
      title: 'A flaw in SMB',
      description: 'What it is.',
      level: 'high',
      native: { level: 'VULNERABLE' },
      cves: ['CVE-2017-0143'],
      bids: ['96709'],
      check: 'smb-vuln',
      path: 'CVE-2017-0143',
    })
  })

  it.each([
    ['LIKELY VULNERABLE', 'x', '', 'medium'],
    ['VULNERABLE (Exploitable)', 'Risk factor: Low', '', 'low'],
    ['VULNERABLE', 'x', '<table key="scores"><elem key="CVSSv2">9.3 (HIGH) (AV:N)</elem></table>', 'high'],
    ['VULNERABLE', 'x', '<table key="scores"><elem key="CVSSv3">9.8 (CRITICAL)</elem></table>', 'critical'],
    ['NOT VULNERABLE', 'Risk factor: HIGH', '', 'info'],
    ['UNKNOWN (unable to test)', 'Risk factor: HIGH', '', 'info'],
  ])('rates %s with %j and scores %j', async (state, output, scores, level) => {
    const { findings } = await withScript(vulnerable(state, output, scores))

    expect(findings[1]?.level).toBe(level)
  })

  it.each([
    ['another root', '<report/>', /begins with <report>/],
    ['another program', '<nmaprun scanner="masscan"/>', /written by masscan/],
    ['an internal subset', '<!DOCTYPE nmaprun [<!ENTITY x "y">]><nmaprun/>', /document type definition/],
    ['another document type', '<!DOCTYPE html><nmaprun/>', /document type definition/],
    [
      'broken output of a script',
      madeNmap({ hosts: '<host><script id="vulscan"Bug in vulscan.></host>' }),
      /not well-formed/,
    ],
  ])('refuses %s', async (_title, text, message) => {
    await expect(read(text)).rejects.toThrow(message)
  })
})
