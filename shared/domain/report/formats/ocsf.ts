import { inertJson } from '../../text.ts'
import type { Finding, Level } from '../finding.ts'
import type { Examination, FindingGroup, MachineReport, Report } from '../report.ts'
import { cutAll } from './json.ts'

/** Of the schema whose fields these are: the first that knows `advisory`. */
const OCSF_VERSION = '1.4.0'
const PRODUCT = { name: 'Lazaret', vendor_name: 'Lazaret' }
const SEVERITIES = {
  critical: { severity_id: 5, severity: 'Critical' },
  high: { severity_id: 4, severity: 'High' },
  medium: { severity_id: 3, severity: 'Medium' },
  low: { severity_id: 2, severity: 'Low' },
  info: { severity_id: 1, severity: 'Informational' },
} as const satisfies Record<Level, object>
const ACTIVITIES = {
  new: { activity_id: 1, activity_name: 'Create', type_uid: 200_201, type_name: 'Vulnerability Finding: Create' },
  'still-there': {
    activity_id: 2,
    activity_name: 'Update',
    type_uid: 200_202,
    type_name: 'Vulnerability Finding: Update',
  },
  gone: { activity_id: 3, activity_name: 'Close', type_uid: 200_203, type_name: 'Vulnerability Finding: Close' },
} as const
const CLASS = {
  category_uid: 2,
  category_name: 'Findings',
  class_uid: 2002,
  class_name: 'Vulnerability Finding',
} as const
const CVSS_VERSIONS = { cvss4: '4.0', cvss3: '3.1', cvss2: '2.0', native: null, none: null } as const

/**
 * For SIEMs: Vulnerability Findings (OCSF class 2002), one event a group and line; what is gone is closed, what is suppressed has status 3.
 * Every event says in `unmapped` how far its machine was examined; of a machine without any, nothing can be said in this class, so that
 * whoever counts machines takes another format.
 */
export function writeOcsfReport(report: Report): string {
  const lines: string[] = []
  for (const machine of report.machines) {
    for (const group of machine.groups) lines.push(writeLine(describeGroup(group, machine, report)))
    for (const gone of machine.gone) lines.push(writeLine(describeGone(gone, machine, report)))
  }
  return lines.map((line) => `${line}\n`).join('')
}

/** One line, with spaces between its parts: newlines of texts are escapes, so that only those between parts are replaced. */
function writeLine(event: object): string {
  return inertJson(cutAll(event), 1).replaceAll(/\n */g, ' ')
}

function describeGroup(group: FindingGroup, machine: MachineReport, report: Report): object {
  const lead = group.findings.find(({ title }) => title === group.title) ?? group.findings[0]!
  const times = group.findings.map(({ foundAt }) => foundAt).filter((time) => time !== null)
  const confidence = lead.confidence === null ? {} : { confidence_score: Math.round(lead.confidence * 100) }
  return {
    ...describeEvent(machine, report),
    ...ACTIVITIES[group.change ?? 'new'],
    ...SEVERITIES[group.level],
    ...(group.isSuppressed ? { status_id: 3, status: 'Suppressed' } : { status_id: 1, status: 'New' }),
    ...confidence,
    message: group.title,
    finding_info: {
      uid: group.id,
      title: group.title,
      desc: lead.description,
      ...(times.length === 0 ? {} : { last_seen_time: Date.parse(times.toSorted().at(-1)!) }),
      data_sources: group.foundBy,
    },
    vulnerabilities: group.findings.flatMap(describeVulnerabilities),
    unmapped: {
      ...describeExaminations(machine),
      port: group.port.number,
      protocol: group.port.protocol,
      found_by: group.foundBy,
      examined_by: group.examinedBy,
    },
  }
}

function describeGone(gone: MachineReport['gone'][number], machine: MachineReport, report: Report): object {
  return {
    ...describeEvent(machine, report),
    ...ACTIVITIES.gone,
    ...SEVERITIES[gone.level],
    status_id: 4,
    status: 'Resolved',
    message: gone.title,
    finding_info: { uid: gone.id, title: gone.title },
    vulnerabilities: [{ title: gone.title, advisory: { uid: gone.id, title: gone.title } }],
    unmapped: { ...describeExaminations(machine), port: gone.port.number, protocol: gone.port.protocol },
  }
}

function describeEvent(machine: MachineReport, report: Report): object {
  return {
    ...CLASS,
    time: Date.parse(report.createdAt),
    metadata: { version: OCSF_VERSION, product: PRODUCT, correlation_uid: report.id },
    resources: [{ uid: machine.name, name: machine.name, type: 'Virtual Machine' }],
  }
}

function describeExaminations({ examined, examinations }: MachineReport): object {
  const entries = examinations.map(({ scanner, status, reason }: Examination) => ({ scanner, status, reason }))
  return { examined, examinations: entries }
}

/** One a CVE, since the class has room for one only; without any, the scanner's own check stands as the advisory. */
function describeVulnerabilities(finding: Finding): object[] {
  const common = {
    title: finding.title,
    desc: finding.description,
    severity: finding.native.level === '' ? finding.level : finding.native.level,
    vendor_name: finding.scanner,
    references: finding.references.map(({ id }) => id).filter((id) => /^https?:\/\//.test(id)),
    ...(finding.solution === '' ? {} : { remediation: { desc: finding.solution } }),
    ...(finding.exploitAvailable === null ? {} : { is_exploit_available: finding.exploitAvailable }),
    ...(finding.cwes[0] === undefined ? {} : { cwe: { uid: finding.cwes[0] } }),
  }
  if (finding.cves.length === 0) {
    return [{ ...common, advisory: { uid: `${finding.scanner}:${finding.check}`, title: finding.title } }]
  }
  return finding.cves.map((uid) => ({ ...common, cve: { uid, ...describeScore(finding) } }))
}

/** A score of several CVEs is that of the worst, and nobody knows which. */
function describeScore(finding: Finding): object {
  if (finding.cves.length !== 1) return {}

  const version = CVSS_VERSIONS[finding.scoreSource]
  const vector = finding.vector === '' ? {} : { vector_string: finding.vector }
  const cvss =
    version === null || finding.score === null ? {} : { cvss: [{ base_score: finding.score, version, ...vector }] }
  return { ...cvss, ...(finding.epss === null ? {} : { epss: { score: String(finding.epss) } }) }
}
