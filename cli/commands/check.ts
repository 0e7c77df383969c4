import { Fault } from '#shared/domain/fault.ts'
import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { Check } from '#shared/usecases/request-check.ts'
import { ask, machinePath, ofRegistered, withClient } from '../ask.ts'
import type { Client } from '../client.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import type { Options } from '../program.ts'
import { showUpdates } from '../show-updates.ts'

/** `lazaret check NAME`: the station checks anew. */
export async function check(name: string | undefined, options: Options): Promise<ExitCode> {
  if (name === undefined) throw new Fault('request_invalid', 'Name a machine, or give --root DIR.')
  return ofRegistered(async () => {
    const report = await withClient(options, async (client) => {
      await runToItsEnd(client, name)
      return ask(client, UpdatesReport, ['GET', machinePath(name, '/updates')])
    })
    showUpdates(report, options)
    return EXIT.done
  })
}

async function runToItsEnd(client: Client, machine: string): Promise<void> {
  let current = await ask(client, Check, ['POST', '/v1/checks', { json: { machine, force: true } }])
  client.startWork()
  while (current.status === 'queued') {
    await new Promise((resolve) => setTimeout(resolve, 200))
    current = await ask(client, Check, ['GET', `/v1/checks/${current.id}`])
  }
  if (current.status === 'failed') throw new Fault('data_damaged', current.reason ?? 'The check failed.')
}
