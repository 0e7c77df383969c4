import { realpath } from 'node:fs/promises'
import { checkFolder } from '#station/one-shot.ts'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf, textOption } from '../options.ts'
import type { Options } from '../program.ts'
import { showUpdates } from '../show-updates.ts'

/** `lazaret check --root DIR`: one check here, without a station. */
export async function checkRoot(root: string, name: string | undefined, options: Options): Promise<ExitCode> {
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
