import { machinePath, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf } from '../options.ts'
import type { Options } from '../program.ts'

/** `lazaret forget NAME` */
export async function forget(name: string, options: Options): Promise<ExitCode> {
  await withClient(options, (client) => client.request('DELETE', machinePath(name)))
  terminalOf(options).say(`Forgotten: ${name}`)
  return EXIT.done
}
