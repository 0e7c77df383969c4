import { realpath } from 'node:fs/promises'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { Check } from '#shared/usecases/request-check.ts'
import { ask, machinePath, withClient } from '../ask.ts'
import type { Client } from '../client.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf, textOption } from '../options.ts'
import type { Options } from '../program.ts'
import { showUpdates } from './updates.ts'

/** `lazaret check NAME`: the station checks anew. `lazaret check --root DIR`: one check here, without a station. */
export async function check(name: string | undefined, options: Options): Promise<ExitCode> {
  const root = textOption(options, 'root')
  if (root !== undefined) return checkRoot(root, name, options)

  if (name === undefined) throw new Fault('request_invalid', 'Name a machine, or give --root DIR.')
  const report = await withClient(options, async (client) => {
    await runToItsEnd(client, name)
    return ask(client, UpdatesReport, ['GET', machinePath(name, '/updates')])
  })
  showUpdates(report, options)
  return EXIT.done
}

async function runToItsEnd(client: Client, machine: string): Promise<void> {
  let current = await ask(client, Check, ['POST', '/v1/checks', { json: { machine, force: true } }])
  while (current.status === 'queued') {
    await new Promise((resolve) => setTimeout(resolve, 200))
    current = await ask(client, Check, ['GET', `/v1/checks/${current.id}`])
  }
  if (current.status === 'failed') throw new Fault('data_damaged', current.reason ?? 'The check failed.')
}

async function checkRoot(root: string, name: string | undefined, options: Options): Promise<ExitCode> {
  const { checkFolder } = await import('#station/one-shot.ts')
  const terminal = terminalOf(options)
  const resolved = await realpath(root).catch((cause: unknown) => {
    throw new Fault('request_invalid', `There is no folder ${root}.`, { cause })
  })
  const chosen = textOption(options, 'name') ?? name
  const report = await checkFolder({
    root: resolved,
    name: chosen === undefined ? undefined : parseMachineName(chosen),
    config: textOption(options, 'config'),
    env: process.env,
    progress: (line) => terminal.say(line),
  })
  showUpdates(report, options)
  return EXIT.done
}
