import type { Finding } from '../finding.ts'
import type { Examination, FindingGroup, LevelCounts, MachineReport, Report } from '../report.ts'
import { showText } from './show-text.ts'

type Value = string | number | boolean | null
type Attributes = Readonly<Record<string, Value>>

/**
 * The report as XML 1.0: the summary (with the machines and their groups), then each kind of scanner, then each machine with what this scanner
 * said of it. What XML forbids and what hides or reorders text stands as `\u…`. An attribute that is not there is not known.
 */
export function writeXmlReport(report: Report): string {
  const { schema, id, createdAt, machines, scanners } = report
  const kinds = [
    ...new Set([...scanners.map(({ kind }) => kind), ...listFindings(machines).map(({ scanner }) => scanner)]),
  ]
  const body = [writeSummary(report), ...kinds.toSorted().map((kind) => writeScanner(kind, machines))]
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('report', { schema, id, createdAt }, body)}`
}

function listFindings(machines: readonly MachineReport[]): Finding[] {
  return machines.flatMap(({ groups, compliance }) => [...groups.flatMap(({ findings }) => findings), ...compliance])
}

function writeSummary({ summary, scanners, machines }: Report): string {
  const { counts, ...totals } = summary
  return element('summary', totals, [
    writeCounts(counts),
    ...scanners.map((scanner) => element('scanner', scanner)),
    ...machines.map(({ name, examined, counts: own, groups, gone }) =>
      element('machine', { name, examined }, [
        writeCounts(own),
        ...groups.map((group) => writeGroup(group)),
        ...gone.map(({ id, title, level, port }) => element('gone', { id, level, ...port, title })),
      ]),
    ),
  ])
}

function writeCounts(counts: LevelCounts): string {
  return element('counts', counts)
}

function writeGroup(group: FindingGroup): string {
  const { id, level, port, title, isSuppressed, change } = group
  const foundBy = `${group.foundBy.length} of ${group.examinedBy.length}`
  return element('group', { id, level, port: port.number, protocol: port.protocol, foundBy, isSuppressed, change }, [
    text('title', title),
    ...group.cves.map((cve) => text('cve', cve)),
    ...group.findings.map((finding) => element('member', { scanner: finding.scanner, finding: finding.id })),
    ...group.possiblySame.map((other) => element('possiblySame', { group: other })),
  ])
}

function writeScanner(kind: string, machines: readonly MachineReport[]): string {
  return element(
    'scanner',
    { kind },
    machines.map((machine) => writeMachine(kind, machine)),
  )
}

function writeMachine(kind: string, { name, examinations, groups, compliance }: MachineReport): string {
  const own = groups.flatMap((group) =>
    group.findings.filter(({ scanner }) => scanner === kind).map((finding) => writeFinding(finding, group.id)),
  )
  const items = compliance.filter(({ scanner }) => scanner === kind).map((finding) => writeFinding(finding, null))
  const how = examinations.filter((examination) => examination.kind === kind).map(writeExamination)
  return element('machine', { name }, [...how, ...own, ...items])
}

function writeExamination(examination: Examination): string {
  return element('examination', examination)
}

function writeFinding(finding: Finding, group: string | null): string {
  const { id, kind, level, score, scoreSource, port, service, check, family, path, occurrences, confidence } = finding
  const { epss, knownExploited, exploitAvailable, foundAt, address } = finding
  const place = { address, port: port.number, protocol: port.protocol, service, path }
  const risk = { level, score, scoreSource, confidence, epss, knownExploited, exploitAvailable }
  return element('finding', { id, group, kind, ...risk, ...place, check, family, occurrences, foundAt }, [
    text('title', finding.title),
    element('native', { ...finding.native, vector: finding.vector }),
    ...(finding.suppressed === null ? [] : [text('suppressed', finding.suppressed)]),
    text('description', finding.description),
    text('solution', finding.solution),
    ...finding.cves.map((cve) => text('cve', cve)),
    ...finding.bids.map((bid) => text('bid', bid)),
    ...finding.cwes.map((cwe) => text('cwe', cwe)),
    ...finding.references.map((reference) => element('reference', reference)),
    ...finding.evidence.map((evidence) => text('evidence', evidence)),
  ])
}

function text(name: string, content: string): string {
  return content === '' ? '' : `<${name}>${escapeXml(content)}</${name}>\n`
}

function element(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== null && value !== '')
    .map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`)
    .join('')
  const body = children.join('')
  return body === '' ? `<${name}${written}/>\n` : `<${name}${written}>\n${body}</${name}>\n`
}

/** Newlines as references: a parser gives them back, also in attributes, and no line of the file begins with a scanner's words. */
function escapeXml(content: string): string {
  return showText(content)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;')
}
