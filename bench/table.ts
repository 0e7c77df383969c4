import type { Goal, Measured, Row } from './row.ts'

/** The rows for a person: each with its reference, their ratio and the goal, notes below. */
export function formatTable(rows: readonly Row[], quick: boolean): string {
  const cells = rows.map((row) => [
    row.what,
    describeMeasured(row.ours),
    row.reference === null ? '–' : describeMeasured(row.reference),
    row.ratio === null ? '–' : `${number(row.ratio)} ×`,
    row.cpuRatio === null ? '–' : `${number(row.cpuRatio)} ×`,
    describeGoal(row.goal, row.ours.unit),
    row.reached ? 'reached' : 'MISSED',
  ])
  const head = ['WHAT', 'LAZARET', 'REFERENCE', 'RATIO', 'OF CPU', 'GOAL', '']
  const widths = head.map((text, column) => Math.max(text.length, ...cells.map((row) => (row[column] ?? '').length)))
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  const notes = rows.flatMap((row) => [
    `${row.id}: ${row.ours.name}${row.reference === null ? '' : ` | ${row.reference.name}`}`,
    ...row.notes.map((note) => `    ${note}`),
  ])
  const warning = quick ? ['', 'Small sizes: this shows that everything runs, not how fast.'] : []
  return [line(head), ...cells.map(line), '', ...notes, ...warning].join('\n')
}

function describeMeasured(measured: Measured): string {
  const cpu = measured.cpuMs === null ? '' : ` (${number(measured.cpuMs)} CPU)`
  return `${number(measured.value)} ${measured.unit}${cpu}`
}

function describeGoal(goal: Goal, unit: string): string {
  return goal.of === 'ratio' ? `${goal.is} ${goal.number} ×` : `${goal.is} ${goal.number} ${unit}`
}

function number(value: number): string {
  if (Number.isNaN(value)) return '?'
  if (value >= 100) return Math.round(value).toLocaleString('en-US')

  return String(Number(value.toPrecision(2)))
}
