import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { Fault, isFault } from '#shared/domain/fault.ts'
import { plural } from '#shared/domain/text.ts'
import { askUpdates } from '#shared/usecases/ask-updates.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import { loadConfig } from '#station/config.ts'
import type { Config } from '#station/config.ts'
import { defaultDataFolder } from '#station/folders.ts'
import { startSchedule } from '#station/schedule.ts'
import { serve } from '#station/serve.ts'
import { openStation } from '#station/station.ts'
import type { OpenedStation } from '#station/station.ts'
import { startWorkers } from '#station/workers.ts'
import { EXIT } from '../exit-codes.ts'
import type { ExitCode } from '../exit-codes.ts'
import { terminalOf, textOption } from '../options.ts'
import { printUpdates } from '../print-updates.ts'
import type { Options } from '../program.ts'
import { placedMessage } from '../say-fault.ts'
import type { Terminal } from '../terminal.ts'

/** `lazaret up`: serves until SIGINT or SIGTERM. With `--this-machine` it registers and checks this machine first of all. */
export async function up(options: Options): Promise<ExitCode> {
  const terminal = terminalOf(options)
  const config = await loadConfig(textOption(options, 'config'), process.env)
  const folder = textOption(options, 'data') ?? config.data ?? defaultDataFolder(process.env)
  const opened = await openOnce(config, folder, options.thisMachine === true ? 'quiet' : 'json')
  const stopped = untilStopped(terminal)
  const serving = await serve(opened.api, { listen: textOption(options, 'listen') ?? config.listen, folder })
  const workers = startWorkers(opened.station, opened.waitForWork)
  const schedule = startSchedule(opened.station, config.sweepEverySeconds)
  let outcome: Awaited<ReturnType<typeof reportThisMachine>> | 'stopped' = 'no-package-manager'
  try {
    if (options.thisMachine === true) outcome = await Promise.race([reportThisMachine(opened, terminal), stopped])
    if (opened.adminTokenIsNew)
      terminal.print(`admin token (shown once; also in ${folder}/admin-token): ${opened.adminToken}`)
    if (outcome !== 'stopped') terminal.print(`listening on ${serving.url}`)
    if (options.once !== true) {
      terminal.say('Ctrl-C ends it.')
      await stopped
    }
  } finally {
    schedule.stop()
    await serving.close()
    const areDone = await within(PATIENCE_MS, workers.stop())
    await opened.close()
    // What is still under way is begun again at the next start; nothing is lost by not waiting for it.
    if (!areDone) process.exit(EXIT.done)
  }
  if (options.once !== true) return EXIT.done
  if (outcome === 'stopped') return EXIT.interrupted
  return outcome === 'failed' ? EXIT.failed : EXIT.done
}

/** How long the end waits for downloads and checks under way. */
const PATIENCE_MS = 5000

/** false: the time was over first. */
function within(ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), ms)
    work.then(() => resolve(true), reject).finally(() => clearTimeout(timer))
  })
}

/** @throws Fault `data_locked`, saying where the other station is */
async function openOnce(config: Config, folder: string, log: 'json' | 'quiet'): Promise<OpenedStation> {
  try {
    return await openStation({ config, folder, log })
  } catch (error) {
    if (!isFault(error, 'data_locked')) throw error
    const address = await readFile(join(folder, 'address'), 'utf8').catch(() => '')
    throw new Fault('data_locked', address === '' ? error.message : `${error.message} It is at ${address.trim()}`)
  }
}

/** A terminal's Ctrl-C can arrive twice, once by way of whoever started this process: within this time it is one. */
const SAME_SIGNAL_MS = 1000

/** Resolves at the first SIGINT or SIGTERM; a later one ends the process at once. */
function untilStopped(terminal: Terminal): Promise<'stopped'> {
  return new Promise((resolve) => {
    let first: number | null = null
    process.removeAllListeners('SIGINT')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (first !== null && performance.now() - first > SAME_SIGNAL_MS) process.exit(EXIT.interrupted)
        if (first === null) terminal.say('Ending …')
        first ??= performance.now()
        resolve('stopped')
      })
    }
  })
}

/** Registers and checks this machine, and prints what came of it. */
export async function reportThisMachine(
  opened: Pick<OpenedStation, 'own' | 'station'>,
  terminal: Terminal,
): Promise<'reported' | 'no-package-manager' | 'failed'> {
  const { own, station } = opened
  if (own === null) {
    terminal.print(
      'This machine has no package manager that Lazaret knows (apt or rpm): there is nothing to check on it.',
    )
    return 'no-package-manager'
  }

  try {
    const archive = packEvidence(own.evidence)
    const registered = await registerMachine(station, { name: own.name, archive: oneChunk(archive), owner: null })
    terminal.say(`Registered ${own.name}: ${plural(registered.machine.system.packages, 'package')}.`)
    for (const repository of registered.repositories) terminal.say(`  ${repository.title}`)
    terminal.say('Refreshing the repositories and checking …')
    const { report } = await askUpdates(station, own.name, {
      withinSeconds: station.settings.refreshTimeoutSeconds + 10,
    })
    printUpdates(terminal, { ...report, warnings: [...own.warnings, ...report.warnings] }, { all: false })
    terminal.print('')
    return 'reported'
  } catch (error) {
    if (!isFault(error)) throw error
    terminal.print(`This machine could not be checked: ${placedMessage(error)}`)
    return 'failed'
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
