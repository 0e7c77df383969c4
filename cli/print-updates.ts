import type { Update } from '#shared/domain/packaging/update.ts'
import { plural } from '#shared/domain/text.ts'
import { listOutstanding } from '#shared/domain/updates-report.ts'
import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { printTable } from './table.ts'
import { paint } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

/**
 * The report for a person: the updates (security last, nearest the prompt), then what was not found in any repository, warnings,
 * the counts, and, last of all, how far the answer can be trusted.
 */
export function printUpdates(terminal: Terminal, report: UpdatesReport, options: { all: boolean }): void {
  printTable(
    terminal,
    ['PACKAGE', 'INSTALLED', 'CANDIDATE', 'KIND', 'REPOSITORY', 'NOTE'],
    report.updates
      .toSorted(bySeverity)
      .map((update) => [
        nameOf(update, report),
        update.installed,
        `→ ${update.candidate}`,
        { text: kindOf(update), tone: toneOf(update) },
        update.repository,
        { text: noteOf(update), tone: 'dim' },
      ]),
  )
  if (report.updates.length > 0) terminal.print('')
  for (const one of report.replacements) {
    terminal.print(`Replaced: ${one.name} ${one.installed} by ${one.replacedBy} ${one.candidate} (${kindOf(one)})`)
  }
  for (const one of report.hidden) {
    terminal.print(
      `Hidden from its package manager: ${one.name} ${one.installed} → ${one.candidate} (${kindOf(one)}), ${one.heldBackBy.join(', ')}`,
    )
  }
  printLocal(terminal, report, options.all)
  for (const warning of report.warnings) terminal.print(`${paint(terminal, 'warn', 'warning')}: ${warning}`)
  printSummary(terminal, report)
}

/** The worst last. */
const SEVERITIES: readonly Update['severity'][] = ['low', 'medium', 'unknown', 'high', 'critical']

function bySeverity(a: Update, b: Update): number {
  const rank = (update: Update) => (update.kind === 'security' ? 1 + SEVERITIES.indexOf(update.severity) : 0)
  return rank(a) - rank(b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)
}

function nameOf(update: Update, report: UpdatesReport): string {
  const twins = report.updates.filter((other) => other.name === update.name).length
  return twins > 1 ? `${update.name}:${update.architecture}` : update.name
}

function kindOf(update: Update): string {
  return update.severity === 'unknown' ? update.kind : `${update.kind}/${update.severity}`
}

function toneOf(update: Update): Tone {
  return update.kind === 'security' ? 'bad' : 'plain'
}

function noteOf(update: Update): string {
  return update.installable ? '' : `kept back: ${update.heldBackBy.join(', ')}`
}

function printLocal(terminal: Terminal, report: UpdatesReport, all: boolean): void {
  if (report.local.length === 0) return

  const shown = all ? report.local : report.local.slice(0, 5)
  const names = shown.map((entry) => entry.name).join(', ')
  const more =
    report.local.length > shown.length ? ` and ${report.local.length - shown.length} more (--all lists them)` : ''
  terminal.print(`In no repository, so nobody can tell (local): ${names}${more}`)
}

function printSummary(terminal: Terminal, report: UpdatesReport): void {
  const { counts } = report
  const kinds = [
    [counts.security, 'security'],
    [counts.bugfix, 'bugfix'],
    [counts.enhancement, 'enhancement'],
    [counts.unknown, 'of unknown kind'],
  ] as const
  const parts = kinds.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`)
  const held = counts.heldBack > 0 ? `; ${counts.heldBack} kept back` : ''
  const updates =
    counts.updates === 0 ? 'no updates' : `${plural(counts.updates, 'update')}: ${parts.join(', ')}${held}`
  const replaced = counts.replacements > 0 ? `, ${counts.replacements} to be replaced` : ''
  const hidden = counts.hidden > 0 ? `, ${counts.hidden} hidden` : ''
  const local = counts.local > 0 ? `, ${counts.local} local` : ''
  terminal.print(
    `${paint(terminal, 'bold', report.machine)}: ${plural(counts.packages, 'package')}${local}, ${updates}${replaced}${hidden}`,
  )
  for (const reason of report.reasons) terminal.print(`  ${paint(terminal, 'warn', report.freshness)}: ${reason}`)
  terminal.print(`State: ${paint(terminal, toneOfState(report), stateOf(report))}`)
}

/** One word first, so that a person and a grep both find it. Never "up to date" out of ignorance. */
function stateOf(report: UpdatesReport): string {
  if (report.freshness === 'unknown') return 'unknown – something needed for the answer is missing (see above)'
  if (report.freshness === 'stale') return 'stale – drawn from old snapshots (see above)'
  return isCurrent(report) ? 'up to date' : 'outdated'
}

function toneOfState(report: UpdatesReport): Tone {
  if (report.freshness !== 'fresh') return 'warn'
  return isCurrent(report) ? 'good' : 'bad'
}

function isCurrent(report: UpdatesReport): boolean {
  return listOutstanding(report).length === 0
}
