import { readFile, realpath } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { z } from 'zod'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { Fault } from '#shared/domain/fault.ts'
import { recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import { plural } from '#shared/domain/text.ts'
import { ownName } from '#station/own-machine.ts'
import { readSystem } from '#station/read-system.ts'
import { ask, machinePath, withClient } from '../ask.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf, textOption } from '../options.ts'
import type { Options } from '../program.ts'

const Answer = z.looseObject({
  machine: z.string(),
  changed: z.boolean(),
  packages: z.number(),
  repositories: z.array(z.looseObject({ title: z.string() })),
  warnings: z.array(z.string()),
  problems: z.array(z.string()),
})

/** `lazaret register [NAME]`: this very machine. */
export async function register(name: string | undefined, options: Options): Promise<ExitCode> {
  return send(name ?? ownName(), await packFolder('/', options), options)
}

/** `lazaret import NAME --root DIR | --evidence FILE` */
export async function importMachine(name: string, options: Options): Promise<ExitCode> {
  const root = textOption(options, 'root')
  const file = textOption(options, 'evidence')
  if ((root === undefined) === (file === undefined))
    throw new Fault('request_invalid', 'Give either --root DIR or --evidence FILE.')

  const archive = root === undefined ? await readArchive(file ?? '-') : await packFolder(root, options)
  return send(name, archive, options)
}

async function readArchive(file: string): Promise<Uint8Array> {
  if (file === '-') return buffer(process.stdin)

  return readFile(file).catch((cause: unknown) => {
    throw new Fault('request_invalid', `${file} cannot be read.`, { cause })
  })
}

async function packFolder(folder: string, options: Options): Promise<Uint8Array> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw new Fault('request_invalid', `There is no folder ${folder}.`, { cause })
  })
  const { evidence, warnings } = await readSystem(root)
  recognisePackageSystem(evidence)
  for (const warning of warnings) terminalOf(options).say(`warning: ${warning}`)
  return packEvidence(evidence)
}

async function send(name: string, archive: Uint8Array, options: Options): Promise<ExitCode> {
  const request = { body: archive, contentType: 'application/gzip' }
  const answer = await withClient(
    options,
    (client) => ask(client, Answer, ['PUT', machinePath(name, '/evidence'), request]),
    { makesFolder: true },
  )
  const terminal = terminalOf(options)
  if (options.json === true) {
    terminal.printJson(answer)
    return EXIT.done
  }

  const news = answer.changed ? 'registered' : 'unchanged'
  terminal.print(
    `${answer.machine}: ${news}, ${plural(answer.packages, 'package')}, ${plural(answer.repositories.length, 'repository')}`,
  )
  for (const problem of answer.problems) terminal.print(`problem: ${problem}`)
  for (const warning of answer.warnings) terminal.print(`warning: ${warning}`)
  return EXIT.done
}
