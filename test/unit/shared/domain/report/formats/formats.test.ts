import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { writeCsvReport } from '#shared/domain/report/formats/csv.ts'
import { writeHtmlReport } from '#shared/domain/report/formats/html.ts'
import { describeReportSchema } from '#shared/domain/report/formats/json-schema.ts'
import { writeJsonReport } from '#shared/domain/report/formats/json.ts'
import { writeOcsfReport } from '#shared/domain/report/formats/ocsf.ts'
import { writeXmlReport } from '#shared/domain/report/formats/xml.ts'
import { Report } from '#shared/domain/report/report.ts'
import { readCsv } from '#test/support/read-csv.ts'
import { readXml } from '#test/support/read-xml.ts'
import { makeWholeReport } from '#test/support/reports.ts'
import { SCHEMA_FILE } from '#tools/report-schema.ts'

const report = makeWholeReport()

describe('JSON', () => {
  it('gives the report back', () => {
    expect(Report.parse(JSON.parse(writeJsonReport(report)))).toEqual(report)
  })

  it('is what the published schema describes', () => {
    const published: unknown = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8'))

    expect(published).toEqual(structuredClone(describeReportSchema()))
    expect(published).toMatchObject({
      $id: 'lazaret.report/1',
      required: ['schema', 'id', 'createdAt', 'machines', 'summary', 'scanners'],
    })
  })
})

describe('XML', () => {
  const written = writeXmlReport(report)

  it('has the summary, then the scanners, then their machines', () => {
    const places = [
      '<summary machines="3"',
      '<scanner kind="nessus">',
      '<machine name="web-1">',
      '<scanner kind="openvas">',
    ].map((tag) => written.indexOf(tag))

    expect(places).toEqual(places.toSorted((one, other) => one - other))
    expect(places).not.toContain(-1)
    expect(readXml(written)).toContain('Heartbleed')
  })

  it('says of each machine how far it was examined, also where nothing was found', () => {
    expect(written).toContain('<summary machines="3" examined="1" partlyExamined="1" notExamined="1">')
    expect(written).toContain('<machine name="web-3" examined="not-examined">')
    expect(written).toContain('status="failed" reason="timed out"')
  })

  it('names each finding once, and its group', () => {
    const groups = report.machines.flatMap((machine) => machine.groups)

    expect(written.match(/<finding /g)).toHaveLength(5)
    for (const group of groups) {
      expect(written.split(`group="${group.id}"`)).toHaveLength(group.findings.length + 1)
    }
  })
})

describe('CSV', () => {
  const [head = [], ...rows] = readCsv(writeCsvReport(report))
  const column = (name: string) => rows.map((row) => row[head.indexOf(name)])

  it('has a row for each group, for what is gone, and for each machine without any', () => {
    expect(rows.every((row) => row.length === head.length)).toBe(true)
    expect(column('machine')).toEqual(['web-1', 'web-1', 'web-1', 'web-1', 'web-2', 'web-3'])
    expect(column('title')).toEqual(['OpenSSL Heartbleed', 'Fresh', 'Accepted', 'Repaired', '', ''])
    expect(column('change')).toEqual(['still-there', 'new', 'still-there', 'gone', '', ''])
  })

  it('says in each row how far the machine was examined', () => {
    expect(column('examined')).toEqual(['examined', 'examined', 'examined', 'examined', 'partly', 'not-examined'])
    expect(column('not examined because').slice(4)).toEqual([
      'openvas-lab: failed, timed out',
      'nessus: not-examined, no address',
    ])
  })
})

describe('OCSF', () => {
  const events = writeOcsfReport(report)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

  it('is one Vulnerability Finding a group and one for what is gone', () => {
    expect(events.map(({ message, activity_name: activity, status }) => ({ message, activity, status }))).toEqual([
      { message: 'OpenSSL Heartbleed', activity: 'Update', status: 'New' },
      { message: 'Fresh', activity: 'Create', status: 'New' },
      { message: 'Accepted', activity: 'Update', status: 'Suppressed' },
      { message: 'Repaired', activity: 'Close', status: 'Resolved' },
    ])
  })

  it('has what the class requires: ids that fit each other, a time, and of each vulnerability a CVE, CWE or advisory', () => {
    for (const event of events) {
      expect(event).toMatchObject({
        class_uid: 2002,
        category_uid: 2,
        time: Date.parse('2026-11-25T03:00:00.000Z'),
        metadata: { version: '1.4.0', product: { vendor_name: 'Lazaret' } },
        finding_info: { uid: expect.stringMatching(/^[0-9a-f]{64}$/) },
        resources: [{ name: 'web-1' }],
      })
      expect(event['type_uid']).toBe(200_200 + Number(event['activity_id']))
      const vulnerabilities = event['vulnerabilities'] as Record<string, unknown>[]
      expect(vulnerabilities.length).toBeGreaterThan(0)
      expect(vulnerabilities.every((one) => 'cve' in one || 'advisory' in one)).toBe(true)
    }
  })

  it('keeps the view of each scanner, with its score where it is of one CVE', () => {
    expect(events[0]).toMatchObject({
      severity_id: 5,
      vulnerabilities: [
        { vendor_name: 'nessus', cve: { uid: 'CVE-2014-0160', cvss: [{ base_score: 7.5, version: '3.1' }] } },
        { vendor_name: 'openvas', cve: { uid: 'CVE-2014-0160' }, remediation: { desc: 'Update.' } },
      ],
    })
  })
})

describe('HTML', () => {
  const page = writeHtmlReport(report)
  const text = page
    .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')

  it('lets nothing run but its own style and script, which are those that its policy names', () => {
    for (const tag of ['style', 'script']) {
      const inside = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? ''
      expect(page).toContain(`'sha256-${createHash('sha256').update(inside).digest('base64')}'`)
    }
    expect(page).toContain("default-src 'none'")
    expect(page).not.toMatch(/(?:src|href)="?(?!#)\w/)
  })

  it('states the denominator before all figures', () => {
    expect(text).toContain('1 of 3 machines examined 1 examined in part 1 not examined')
    expect(text).toContain('2 of 3 machines were not examined to the end')
    expect(text.indexOf('1 of 3')).toBeLessThan(text.indexOf('Critical'))
  })

  it('never says of a machine that was not examined that nothing was found', () => {
    const section = text.slice(text.lastIndexOf('web-3'))

    expect(section).toContain('Not examined. Findings: not known.')
    expect(text).toContain('Examined in part. Findings as far as anybody looked: none.')
    expect(section).toContain('None can be listed: nobody looked.')
    expect(section).not.toMatch(/none above|Findings: none/i)
    expect(page).toMatch(/web-3<\/a>\s*<\/th>\s*<td>not examined<\/td>\s*<td class="number">–/)
  })

  it('shows who found what, what changed, what is gone and what does not count', () => {
    expect(text).toContain('found by 2 of 2: nessus, openvas')
    expect(text).toContain('found by 1 of 2: nessus, not by openvas')
    expect(text).toMatch(/Gone since the previous report \(1\) Medium Repaired/)
    expect(text).toMatch(/Suppressed, not counted \(1\)/)
    expect(text).toMatch(/Compliance, not counted \(1\) Low Passwords expire/)
  })

  it('shows of very many findings what a browser can bear, and says so', () => {
    const machine = report.machines[0]!
    const group = machine.groups[1]!
    const findings = group.findings.map((finding) => ({ ...finding, description: `${'word '.repeat(400)}end` }))
    const groups = Array.from({ length: 5001 }, () => ({ ...group, findings }))
    const many = writeHtmlReport({ ...report, machines: [{ ...machine, groups: [...machine.groups, ...groups] }] })

    expect(many).toContain('The JSON and XML formats have all.')
    expect(many.match(/class="finding line"/g)).toHaveLength(5002)
    expect(many.length).toBeLessThan(5_000_000)
    expect(page).not.toContain('The JSON and XML formats have all.')
  })

  it('says by words and names what it shows by colour and place', () => {
    expect(page).toContain('aria-label="Findings by level: 1 critical, 1 information"')
    expect(page.match(/<th(?: scope="(?:row|col)"| class="number"){1,2}>/g)?.length).toBe(page.match(/<th\b/g)?.length)
    expect(page.match(/<h1/g)).toHaveLength(1)
    expect(page).toContain('<html lang="en">')
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })
})
