import type { UpdatesReport } from '#shared/domain/updates-report.ts'
import { terminalOf } from './options.ts'
import { printUpdates } from './print-updates.ts'
import type { Options } from './program.ts'

/** The answer about one machine, as `updates` and `check` print it. */
export function showUpdates(report: UpdatesReport, options: Options): void {
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson(report)
  else printUpdates(terminal, report, { all: options.all === true })
}
