import { compareWithPrevious } from './difference.ts'
import type { ScannerReport } from './finding.ts'
import { compareText, foldRepeats } from './fold-repeats.ts'
import { judgeExaminations } from './judge-examinations.ts'
import { mergeFindings } from './merge.ts'
import type { Examination, FindingGroup, LevelCounts, MachineReport, Report } from './report.ts'

export interface MachineOfReport {
  readonly name: string
  /** Of every scanner that was asked for, also of those that failed. */
  readonly examinations: readonly Examination[]
  /** What came back, of this machine only. */
  readonly reports: readonly ScannerReport[]
  /** The machine's part of its previous report; null: there is none. */
  readonly previous: Pick<MachineReport, 'examined' | 'examinations' | 'groups'> | null
}

export interface ReportOptions {
  readonly id: string
  /** ISO UTC. */
  readonly createdAt: string
  readonly machines: readonly MachineOfReport[]
}

/**
 * The unified report. It always states the denominator: machines that were examined to the end, in part, and not at all. Counts are of groups,
 * each by its highest level; what is suppressed and compliance items are kept and not counted. Machines in the order of their names.
 */
export function composeReport({ id, createdAt, machines }: ReportOptions): Report {
  const composed = machines.map(composeMachine).toSorted((one, other) => compareText(one.name, other.name))
  const having = (state: MachineReport['examined']): number =>
    composed.filter(({ examined }) => examined === state).length

  return {
    schema: 'lazaret.report/1',
    id,
    createdAt,
    machines: composed,
    summary: {
      machines: composed.length,
      examined: having('examined'),
      partlyExamined: having('partly'),
      notExamined: having('not-examined'),
      counts: addCounts(composed.map(({ counts }) => counts)),
    },
    scanners: summarizeScanners(composed),
  }
}

function composeMachine({ name, examinations, reports, previous }: MachineOfReport): MachineReport {
  const judged = judgeExaminations(examinations, reports)
  const findings = reports.flatMap((report) => report.findings)
  const examinedBy = judged.examinations
    .filter(({ status }) => status === 'done' || status === 'partial')
    .map(({ kind }) => kind)
  const merged = mergeFindings(findings, examinedBy)
  const { groups, gone } = compareWithPrevious({ ...judged, groups: merged }, previous)
  const compliance = foldRepeats(findings.filter(({ kind }) => kind === 'compliance'))

  return { name, ...judged, counts: countLevels(groups), groups, compliance, gone }
}

/** Groups by level, without those that are suppressed. */
export function countLevels(groups: readonly Pick<FindingGroup, 'level' | 'isSuppressed'>[]): LevelCounts {
  const counts = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const { level, isSuppressed } of groups) if (!isSuppressed) counts[level] += 1
  return counts
}

function addCounts(all: readonly LevelCounts[]): LevelCounts {
  const sum = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const counts of all) {
    sum.critical += counts.critical
    sum.high += counts.high
    sum.medium += counts.medium
    sum.low += counts.low
    sum.info += counts.info
  }
  return sum
}

function summarizeScanners(machines: readonly MachineReport[]): Report['scanners'] {
  const examinations = machines.flatMap((machine) => machine.examinations)
  return [...Map.groupBy(examinations, ({ scanner }) => scanner)]
    .map(([scanner, ofScanner]) => ({
      scanner,
      kind: ofScanner[0]!.kind,
      examined: ofScanner.filter(({ status }) => status === 'done').length,
      partlyExamined: ofScanner.filter(({ status }) => status === 'partial').length,
      notExamined: ofScanner.filter(({ status }) => status !== 'done' && status !== 'partial').length,
    }))
    .toSorted((one, other) => compareText(one.scanner, other.scanner))
}
