import { describe, expect, it } from 'vitest'

import { composeReport, type MachineOfReport } from '#shared/domain/report/compose-report.ts'
import { Report, type MachineReport } from '#shared/domain/report/report.ts'
import { makeExamination, makeFinding, makeReport } from '#test/support/findings.ts'

const cves = ['CVE-2014-0160']
const { hosts } = makeReport('nessus', [])
const cut = hosts.map((host) => ({ ...host, isComplete: false }))
const old = makeFinding({ scanner: 'nessus', title: 'Old', cves, level: 'high' })
const same = makeFinding({ scanner: 'openvas', title: 'The same', cves, level: 'critical' })
const other = makeFinding({
  scanner: 'openvas',
  title: 'Another',
  level: 'medium',
  port: { number: 25, protocol: 'tcp' },
})
const fresh = makeFinding({ scanner: 'nessus', title: 'Fresh', level: 'low', port: { number: 22, protocol: 'tcp' } })

function compose(...machines: (Partial<MachineOfReport> & { name: string })[]): Report {
  const whole = machines.map((machine) => ({ examinations: [], reports: [], previous: null, ...machine }))
  return composeReport({ id: 'scan-1', createdAt: '2026-11-25T03:00:00.000Z', machines: whole })
}

function composeOne(machine: Partial<MachineOfReport>): MachineReport {
  return compose({ name: 'web-1', ...machine }).machines[0]!
}

describe('a report', () => {
  it('states how many machines were examined, in part and not at all, and by which scanner', () => {
    const report = compose(
      { name: 'web-2', examinations: [makeExamination('nessus', { status: 'not-examined', reason: 'no address' })] },
      {
        name: 'web-1',
        examinations: [makeExamination('nessus'), makeExamination('openvas', { scanner: 'openvas-lab' })],
        reports: [makeReport('nessus', [old, fresh]), makeReport('openvas', [same])],
      },
      {
        name: 'web-3',
        examinations: [
          makeExamination('nessus'),
          makeExamination('openvas', { scanner: 'openvas-lab', status: 'failed' }),
        ],
        reports: [makeReport('nessus', [])],
      },
    )

    expect(Report.parse(report)).toEqual(report)
    expect(report.machines.map(({ name, examined }) => `${name} ${examined}`)).toEqual([
      'web-1 examined',
      'web-2 not-examined',
      'web-3 partly',
    ])
    expect(report.summary).toEqual({
      machines: 3,
      examined: 1,
      partlyExamined: 1,
      notExamined: 1,
      counts: { critical: 1, high: 0, medium: 0, low: 1, info: 0 },
    })
    expect(report.scanners).toEqual([
      { scanner: 'nessus', kind: 'nessus', examined: 2, partlyExamined: 0, notExamined: 1 },
      { scanner: 'openvas-lab', kind: 'openvas', examined: 1, partlyExamined: 0, notExamined: 1 },
    ])
    expect(
      report.machines[0]?.groups.map(({ foundBy, examinedBy }) => `${foundBy.length} of ${examinedBy.length}`),
    ).toEqual(['2 of 2', '1 of 2'])
  })

  it.each([
    ['without a report', [], 'failed', 'not-examined'],
    [
      'with a partial report',
      [makeReport('nessus', [], { completeness: 'partial', reasons: ['cut'] })],
      'partial',
      'partly',
    ],
    ['with a report of no host', [makeReport('nessus', [], { hosts: [] })], 'not-examined', 'not-examined'],
    [
      'with a host that it did not reach the end of',
      [makeReport('nessus', [], { hosts: cut })],
      'not-examined',
      'not-examined',
    ],
    ['with findings of such a host', [makeReport('nessus', [old], { hosts: cut })], 'partial', 'partly'],
    ['with one host of two', [makeReport('nessus', [], { hosts: [...hosts, ...cut] })], 'partial', 'partly'],
    ['with a whole report', [makeReport('nessus', [])], 'done', 'examined'],
  ] as const)('takes a scan that is done %s for what it is', (_, reports, status, examined) => {
    const machine = composeOne({ examinations: [makeExamination('nessus')], reports: [...reports] })

    expect(machine.examinations.map((examination) => examination.status)).toEqual([status])
    expect(machine.examinations[0]!.reason === '').toBe(status === 'done')
    expect(machine.examined).toBe(examined)
  })

  it('takes no scanner for done when one report of two of its kind is missing', () => {
    const examinations = ['a', 'b'].map((scanner) => makeExamination('openvas', { scanner }))

    expect(composeOne({ examinations, reports: [makeReport('openvas', [])] }).examined).toBe('partly')
    expect(composeOne({ examinations, reports: [makeReport('openvas', []), makeReport('openvas', [])] }).examined).toBe(
      'examined',
    )
  })

  it('is never of an examined machine when nobody looked', () => {
    expect(composeOne({}).examined).toBe('not-examined')
    expect(composeOne({ examinations: [makeExamination('nmap', { status: 'under-way' })] }).examined).toBe(
      'not-examined',
    )
  })

  it('speaks for imported reports that no examination names', () => {
    const machine = composeOne({ reports: [makeReport('nmap', [])] })

    expect(machine.examinations).toMatchObject([{ scanner: 'nmap', status: 'done', feedVersion: '2026-11-01' }])
    expect(machine.examined).toBe('examined')
  })

  it('counts neither what is suppressed nor compliance items, and keeps both', () => {
    const findings = [
      makeFinding({ scanner: 'nessus', title: 'A', suppressed: 'accepted', level: 'critical' }),
      makeFinding({ scanner: 'nessus', title: 'B', kind: 'compliance', level: 'high' }),
      makeFinding({ scanner: 'nessus', title: 'C', level: 'info' }),
    ]
    const machine = composeOne({ reports: [makeReport('nessus', findings)] })

    expect(machine.counts).toEqual({ critical: 0, high: 0, medium: 0, low: 0, info: 1 })
    expect(machine.groups.map(({ title }) => title)).toEqual(['C', 'A'])
    expect(machine.compliance.map(({ title }) => title)).toEqual(['B'])
  })
})

describe('the difference to the previous report', () => {
  const examinations = [makeExamination('nessus')]
  const before = composeOne({ examinations, reports: [makeReport('nessus', [old])] })
  const gone = [{ id: before.groups[0]?.id, title: 'Old', level: 'high', port: old.port }]

  it('is none where there is no previous report, or one that examined nothing', () => {
    const reports = [makeReport('nessus', [old])]

    expect(composeOne({ examinations, reports }).groups.map(({ change }) => change)).toEqual([null])
    expect(composeOne({ examinations, reports, previous: composeOne({}) }).groups.map(({ change }) => change)).toEqual([
      null,
    ])
  })

  it('says what is new, what is still there, and what is gone', () => {
    const next = composeOne({ examinations, reports: [makeReport('nessus', [old, fresh])], previous: before })
    const after = composeOne({ examinations, reports: [makeReport('nessus', [fresh])], previous: before })

    expect(next.groups.map(({ title, change }) => `${title} ${change}`)).toEqual(['Old still-there', 'Fresh new'])
    expect(next.gone).toEqual([])
    expect(after.gone).toEqual(gone)
  })

  it.each([
    ['the scan is partial', { reports: [makeReport('nessus', [], { completeness: 'partial' as const })] }],
    [
      'the scanner that found it did not look',
      { examinations: [makeExamination('nmap')], reports: [makeReport('nmap', [])] },
    ],
    ['another scanner failed', { examinations: [...examinations, makeExamination('nmap', { status: 'failed' })] }],
  ])('calls nothing gone when %s', (_, parts) => {
    const machine = composeOne({ examinations, reports: [makeReport('nessus', [])], ...parts, previous: before })

    expect(machine.gone).toEqual([])
  })

  it('calls nothing new that nobody had looked for', () => {
    const after = [makeExamination('nessus'), makeExamination('openvas')]
    const reports = [makeReport('nessus', [old, fresh]), makeReport('openvas', [other])]
    const inside = after.map((examination) => ({ ...examination, authenticated: true }))
    const changes = (machine: MachineReport) => machine.groups.map(({ title, change }) => `${title} ${change}`)

    expect(changes(composeOne({ examinations: after, reports, previous: before }))).toEqual([
      'Old still-there',
      'Another null',
      'Fresh new',
    ])
    expect(changes(composeOne({ examinations: inside, reports, previous: before }))).toEqual([
      'Old still-there',
      'Another null',
      'Fresh null',
    ])
  })

  it('calls nothing gone when the scanner had credentials then and has none now', () => {
    const inside = [makeExamination('nessus', { authenticated: true })]
    const previous = { ...before, examinations: inside }
    const reports = [makeReport('nessus', [])]

    expect(composeOne({ examinations, reports, previous }).gone).toEqual([])
    expect(composeOne({ examinations: inside, reports, previous }).gone).toEqual(gone)
  })

  it('keeps the name of a group that a scanner joins or leaves', () => {
    const both = {
      examinations: [makeExamination('nessus'), makeExamination('openvas')],
      reports: [makeReport('nessus', [old]), makeReport('openvas', [same])],
    }
    const alone = composeOne({ examinations: [makeExamination('openvas')], reports: [makeReport('openvas', [same])] })
    const joined = composeOne({ ...both, previous: alone })
    const left = composeOne({ examinations, reports: [makeReport('nessus', [old])], previous: joined })

    expect(joined.groups.map(({ id, change }) => ({ id, change }))).toEqual([
      { id: alone.groups[0]?.id, change: 'still-there' },
    ])
    expect(left.groups.map(({ id, change }) => ({ id, change }))).toEqual([
      { id: alone.groups[0]?.id, change: 'still-there' },
    ])
  })

  it('gives two groups that were one two names', () => {
    const both = composeOne({ reports: [makeReport('nessus', [old]), makeReport('openvas', [same])] })
    const split = composeOne({
      reports: [makeReport('nessus', [{ ...old, cves: [] }]), makeReport('openvas', [same])],
      previous: both,
    })

    expect(split.groups.map(({ change }) => change)).toEqual(['still-there', 'still-there'])
    expect(new Set(split.groups.map(({ id }) => id)).size).toBe(2)
    expect(split.groups.map(({ id }) => id)).toContain(both.groups[0]?.id)
  })
})
