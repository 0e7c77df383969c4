import { z } from 'zod'
import { Verdict } from '#shared/domain/verdict.ts'
import type { Decision } from '#shared/domain/verdict.ts'
import { ask, machinePath, withClient } from '../ask.ts'
import type { Client } from '../client.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { numberOption, terminalOf } from '../options.ts'
import type { Options } from '../program.ts'
import { paint } from '../terminal.ts'
import type { Terminal, Tone } from '../terminal.ts'

/** `lazaret gate NAME [--scan]`: the verdict in the exit code, its reasons one a line. With `--scan` findings count, and are waited for. */
export async function gate(name: string, options: Options): Promise<ExitCode> {
  const within = numberOption(options, 'within')
  const query = within === undefined ? '' : `?within=${within}`
  const verdict = await withClient(options, (client) =>
    options.scan === true
      ? askWithScan(client, name, options)
      : ask(client, Verdict, ['GET', machinePath(name, `/verdict${query}`)]),
  )
  const terminal = terminalOf(options)
  if (options.json === true) terminal.printJson(verdict)
  else printVerdict(terminal, verdict)
  return exitCodeOfVerdict(verdict, options.strict === true)
}

const ScanRequired = z.looseObject({ schema: z.literal('lazaret.scan-required/1'), scan: z.string() })
const ASK_AGAIN_MS = 2000

/** Until there is a report that is new enough: the scan is begun by the first question. */
async function askWithScan(client: Client, name: string, options: Options): Promise<Verdict> {
  const terminal = terminalOf(options)
  let said = ''
  for (;;) {
    const path = machinePath(name, '/verdict?scan=required')
    const answer = await ask(client, z.union([Verdict, ScanRequired]), ['POST', path])
    if (!('scan' in answer) || typeof answer.scan !== 'string') return Verdict.parse(answer)

    client.startWork()
    if (said !== answer.scan) terminal.say(`Waiting for the scan ${answer.scan}.`)
    said = answer.scan
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
  }
}

const TONES: Record<Decision, Tone> = { allow: 'good', warn: 'warn', deny: 'bad' }

export function printVerdict(terminal: Terminal, verdict: Verdict): void {
  terminal.print(`${paint(terminal, TONES[verdict.decision], verdict.decision)} ${verdict.machine}`)
  for (const reason of verdict.reasons) terminal.print(`  ${reason.decision}: ${reason.message}`)
}

/** A denial out of ignorance is `cannot tell`; with `--strict` a warning counts as a denial. */
export function exitCodeOfVerdict(verdict: Verdict, strict: boolean): ExitCode {
  const refused = verdict.decision === 'deny' || (strict && verdict.decision === 'warn')
  if (!refused) return EXIT.done

  return verdict.canTell ? EXIT.denied : EXIT.cannotTell
}
