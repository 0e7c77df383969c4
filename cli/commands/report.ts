import { createReadStream } from 'node:fs'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { composeReport } from '#shared/domain/report/compose-report.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { LEVELS } from '#shared/domain/report/finding.ts'
import type { Report } from '#shared/domain/report/report.ts'
import { plural } from '#shared/domain/text.ts'
import { withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf, textOption } from '../options.ts'
import type { Options } from '../program.ts'
import { printTable } from '../table.ts'
import type { Terminal } from '../terminal.ts'

/** `lazaret report ID --format F`: the report as the station writes it, to standard output. */
export async function report(id: string | undefined, options: Options): Promise<ExitCode> {
  if (id === undefined) throw new Fault('request_invalid', 'Name the scan whose report you want.')
  const format = textOption(options, 'format') ?? 'json'
  const path = `/v1/scans/${encodeURIComponent(id)}/report?format=${encodeURIComponent(format)}`
  const answer = await withClient(options, (client) => client.request('GET', path, { asText: true }))
  // Nothing in it does anything to a terminal: each format's writer sees to that.
  process.stdout.write(String(answer))
  return EXIT.done
}

/**
 * `lazaret report import FILE` and `lazaret report merge FILE FILE…`: what reports say, unified. No station is asked. One that cannot be
 * read ends with a sentence and no output; one that is not complete says `partial`.
 * @throws Fault `report_malformed`, `report_too_large`, `name_invalid`
 */
export async function showReports(files: readonly string[], options: Options): Promise<ExitCode> {
  const name = textOption(options, 'machine')
  const machine = name === undefined ? null : parseMachineName(name)
  const reports: ScannerReport[] = []
  for (const file of files) reports.push(await readReport(file, machine))
  const unified = composeReport({
    id: 'import',
    createdAt: new Date().toISOString(),
    machines: machinesIn(reports, machine).map((one) => ({
      name: one,
      examinations: [],
      reports: reports.map((whole) => partOf(whole, one, machine)).filter((part) => part !== null),
      previous: null,
    })),
  })
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson(unified)
  else printReport(terminal, unified)
  for (const [at, one] of reports.entries()) {
    if (one.completeness === 'partial')
      terminal.say(`partial: ${files[at] ?? ''}: ${one.reasons.slice(0, 5).join('; ')}`)
  }
  if (unified.machines.length === 0) terminal.say('partial: no machine is in it, so it says nothing of any.')
  return EXIT.done
}

async function readReport(file: string, machine: string | null): Promise<ScannerReport> {
  const { readAnyReport } = await import('#scanners/detect-report.ts')
  try {
    return await readAnyReport(createReadStream(file), machine)
  } catch (error) {
    if (error instanceof Fault) {
      throw new Fault(error.code, `${file}: ${error.message}`, { cause: error, place: { ...error.place, file } })
    }
    throw new Fault('report_malformed', `${file} cannot be read.`, { cause: error, place: { file } })
  }
}

function machinesIn(reports: readonly ScannerReport[], machine: string | null): string[] {
  if (machine !== null) return [machine]

  const names = reports.flatMap((one) => [
    ...one.hosts.map((host) => host.address),
    ...one.findings.map((finding) => finding.machine),
  ])
  return [...new Set(names)]
}

/** What a report says of one machine; null: nothing. One for a single machine is about that as a whole. */
function partOf(whole: ScannerReport, name: string, machine: string | null): ScannerReport | null {
  if (machine !== null) return whole

  const hosts = whole.hosts.filter((host) => host.address === name)
  const findings = whole.findings.filter((finding) => finding.machine === name)
  return hosts.length + findings.length === 0 ? null : { ...whole, hosts, findings }
}

const MOST_SHOWN = 200

function printReport(terminal: Terminal, unified: Report): void {
  for (const machine of unified.machines) {
    const counts = LEVELS.map((level) => `${machine.counts[level]} ${level}`).join(', ')
    terminal.print(`${machine.name}: ${machine.examined}, ${counts}`)
    for (const one of machine.examinations) {
      if (one.status !== 'done') terminal.print(`  ${one.scanner}: ${one.status}: ${one.reason}`)
    }
  }
  const groups = unified.machines.flatMap((machine) => machine.groups)
  printTable(
    terminal,
    ['MACHINE', 'LEVEL', 'PORT', 'FOUND BY', 'FINDING'],
    groups
      .slice(0, MOST_SHOWN)
      .map((group) => [
        group.machine,
        { text: group.level, tone: group.level === 'critical' || group.level === 'high' ? ('bad' as const) : 'plain' },
        group.port.number === null ? 'machine' : `${group.port.number}/${group.port.protocol}`,
        `${group.foundBy.length} of ${group.examinedBy.length}`,
        group.title,
      ]),
  )
  if (groups.length > MOST_SHOWN) terminal.say(`${groups.length - MOST_SHOWN} more: --json has them all.`)
  terminal.print(
    `${plural(unified.summary.machines, 'machine')}: ${unified.summary.examined} examined, ` +
      `${unified.summary.partlyExamined} in part, ${unified.summary.notExamined} not.`,
  )
}
