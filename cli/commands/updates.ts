import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { ask, machinePath, ofRegistered, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { numberOption } from '../options.ts'
import type { Options } from '../program.ts'
import { showUpdates } from '../show-updates.ts'

/** `lazaret updates NAME` */
export async function updates(name: string, options: Options): Promise<ExitCode> {
  const within = numberOption(options, 'within')
  const query = within === undefined ? '' : `?within=${within}`
  return ofRegistered(async () => {
    const report = await withClient(options, (client) =>
      ask(client, UpdatesReport, ['GET', machinePath(name, `/updates${query}`)]),
    )
    showUpdates(report, options)
    return EXIT.done
  })
}
