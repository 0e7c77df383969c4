import { inert } from '#shared/domain/text.ts'
import { paint } from './terminal.ts'
import type { Terminal, Tone } from './terminal.ts'

export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

/** A table with a heading, columns as wide as their widest cell; the last column is not padded. Says nothing for no rows. */
export function printTable(
  terminal: Terminal,
  heading: readonly string[],
  rows: readonly (readonly (string | Cell)[])[],
): void {
  if (rows.length === 0) return

  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)))
  const widths = heading.map((title, column) =>
    Math.max(title.length, ...cells.map((row) => inert(row[column]?.text ?? '').length)),
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

function line(terminal: Terminal, row: readonly Cell[], widths: readonly number[]): string {
  const padded = row.map((cell, column) => {
    const text = inert(cell.text)
    const padding = column === row.length - 1 ? '' : ' '.repeat(Math.max(0, (widths[column] ?? 0) - text.length))
    return paint(terminal, cell.tone ?? 'plain', text) + padding
  })
  return padded.join('  ').trimEnd()
}
