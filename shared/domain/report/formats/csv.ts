import type { FindingGroup, MachineReport, Report } from '../report.ts'
import { cutLong, showLine } from './show-text.ts'

const COLUMNS = [
  'machine',
  'examined',
  'not examined because',
  'level',
  'score',
  'port',
  'protocol',
  'title',
  'cves',
  'found by',
  'examined by',
  'change',
  'suppressed',
  'solution',
  'group',
] as const
type Row = Partial<Record<(typeof COLUMNS)[number], string>>

const MAX_SOLUTION = 1000
/** What a spreadsheet takes for a formula, also after white space and in wide letters. */
const FORMULA = /^\s*[=+\-@|%\uff1d\uff0b\uff0d\uff20]/

/**
 * One row a group, and one for each machine that has none: whether it was examined stands in every row. Every field is quoted (RFC 4180); one
 * that a spreadsheet would take for a formula begins with an apostrophe. Lines end with a newline.
 */
export function writeCsvReport(report: Report): string {
  const lines = [COLUMNS.map((name) => `"${name}"`).join(',')]
  for (const machine of report.machines) {
    const rows = machine.groups.map((group) => describeGroup(group))
    const gone = machine.gone.map(({ id, title, level, port }): Row => {
      return { level, ...describePort(port), title, change: 'gone', group: id }
    })
    for (const row of rows.length + gone.length === 0 ? [{}] : [...rows, ...gone]) {
      lines.push(writeRow({ ...describeMachine(machine), ...row }))
    }
  }
  return `${lines.join('\n')}\n`
}

function describeMachine({ name, examined, examinations }: MachineReport): Row {
  const reasons = examinations
    .filter(({ status }) => status !== 'done')
    .map(({ scanner, status, reason }) => `${scanner}: ${status}${reason === '' ? '' : `, ${reason}`}`)
  return { machine: name, examined, 'not examined because': reasons.join('; ') }
}

function describeGroup(group: FindingGroup): Row {
  const lead = group.findings.find(({ level, suppressed }) => level === group.level && suppressed === null)
  const suppressed = group.findings.map((finding) => finding.suppressed).filter((reason) => reason !== null)
  return {
    level: group.level,
    score: lead?.score?.toString() ?? '',
    ...describePort(group.port),
    title: group.title,
    cves: group.cves.join(' '),
    'found by': group.foundBy.join(' '),
    'examined by': group.examinedBy.join(' '),
    change: group.change ?? '',
    suppressed: group.isSuppressed ? suppressed.join('; ') : '',
    solution: group.findings.find(({ solution }) => solution !== '')?.solution ?? '',
    group: group.id,
  }
}

function describePort({ number, protocol }: FindingGroup['port']): Row {
  return { port: number?.toString() ?? '', protocol }
}

function writeRow(row: Row): string {
  return COLUMNS.map((name) => writeField(cutLong(row[name] ?? '', MAX_SOLUTION))).join(',')
}

function writeField(text: string): string {
  const shown = showLine(text)
  const defused = FORMULA.test(text) || FORMULA.test(shown) ? `'${shown}` : shown
  return `"${defused.replaceAll('"', '""')}"`
}
