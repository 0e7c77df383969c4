import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { ask, machinePath, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { numberOption, terminalOf } from '../options.ts'
import { printUpdates } from '../print-updates.ts'
import type { Options } from '../program.ts'

/** `lazaret updates NAME` */
export async function updates(name: string, options: Options): Promise<ExitCode> {
  const within = numberOption(options, 'within')
  const query = within === undefined ? '' : `?within=${within}`
  const report = await withClient(options, (client) =>
    ask(client, UpdatesReport, ['GET', machinePath(name, `/updates${query}`)]),
  )
  showUpdates(report, options)
  return EXIT.done
}

export function showUpdates(report: UpdatesReport, options: Options): void {
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson(report)
  else printUpdates(terminal, report, { all: options.all === true })
}
