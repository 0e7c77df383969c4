import { z } from 'zod'
import { Verdict } from '#shared/domain/verdict.ts'
import { ask, machinePath, withClient } from '../ask.ts'
import type { ExitCode } from '../exit-codes.ts'
import { EXIT } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'

const Explanation = z.looseObject({ sentence: z.string(), verdict: Verdict, command: z.string().nullable() })

/** `lazaret why NAME`: one sentence, its evidence, and the command that mends it. */
export async function why(name: string, options: Options): Promise<ExitCode> {
  const answer = await withClient(options, (client) => ask(client, Explanation, ['GET', machinePath(name, '/why')]))
  const terminal = terminalOf(options)
  if (options.json === true) {
    terminal.printJson(answer)
    return EXIT.done
  }

  terminal.print(answer.sentence)
  if (answer.command !== null) terminal.print(`  To mend it:  ${answer.command}`)
  return EXIT.done
}
