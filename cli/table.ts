import { inertLine } from '#shared/domain/text.ts'
import { paint } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

/** A stranger's longest word must not make every row as wide; `--json` has it whole. */
const WIDEST = 200

/** A table with a heading, columns as wide as their widest cell; the last column is not padded. Says nothing for no rows. */
export function printTable(
  terminal: Terminal,
  heading: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
): void {
  if (rows.length === 0) return

  const cells = rows.map((row) => row.map(readCell))
  const widths = heading.map((title, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.text.length ?? 0), title.length),
  )
  terminal.print(
    line(
      terminal,
      heading.map((text) => ({ text, tone: 'bold' as const })),
      widths,
    ),
  )
  for (const row of cells) terminal.print(line(terminal, row, widths))
}

function readCell(cell: string | Cell): Cell {
  const { text, ...rest } = typeof cell === 'string' ? { text: cell } : cell
  const safe = inertLine(text).replaceAll('\t', ' ')
  return { text: safe.length > WIDEST ? `${safe.slice(0, WIDEST)}…` : safe, ...rest }
}

function line(terminal: Terminal, row: readonly Cell[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => {
    const { text } = cell
    const padding = column === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length))
    return paint(terminal, cell.tone ?? 'plain', text) + padding
  })
  return padded.join('  ').trimEnd()
}
