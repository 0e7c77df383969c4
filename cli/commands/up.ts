import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { isFault } from '#shared/domain/fault.ts'
import { plural } from '#shared/domain/text.ts'
import { askUpdates } from '#shared/usecases/ask-updates.ts'
import { registerMachine } from '#shared/usecases/register-machine.ts'
import { loadConfig } from '#station/config.ts'
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
import type { Terminal } from '../terminal.ts'

/** `lazaret up`: serves until SIGINT or SIGTERM. With `--this-machine` it registers and checks this machine first of all. */
export async function up(options: Options): Promise<ExitCode> {
  const terminal = terminalOf(options)
  const config = await loadConfig(textOption(options, 'config'), process.env)
  const folder = textOption(options, 'data') ?? config.data ?? defaultDataFolder(process.env)
  const opened = await openStation({ config, folder, log: options.thisMachine === true ? 'quiet' : 'json' })
  const stopped = untilStopped()
  const serving = await serve(opened.api, { listen: textOption(options, 'listen') ?? config.listen, folder })
  const workers = startWorkers(opened.station, opened.waitForWork)
  const schedule = startSchedule(opened.station, config.sweepEverySeconds)
  try {
    if (options.thisMachine === true) await Promise.race([reportThisMachine(opened, terminal), stopped])
    if (opened.adminTokenIsNew)
      terminal.print(`admin token (shown once; also in ${folder}/admin-token): ${opened.adminToken}`)
    terminal.print(`listening on ${serving.url}`)
    if (options.once !== true) {
      terminal.say('Ctrl-C ends it.')
      await stopped
    }
  } finally {
    schedule.stop()
    await serving.close()
    await workers.stop()
    await opened.close()
  }
  return EXIT.done
}

/** A terminal's Ctrl-C can arrive twice, once by way of whoever started this process: within this time it is one. */
const SAME_SIGNAL_MS = 1000

/** Resolves at the first SIGINT or SIGTERM; a later one ends the process at once. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | null = null
    process.removeAllListeners('SIGINT')
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (first !== null && performance.now() - first > SAME_SIGNAL_MS) process.exit(EXIT.interrupted)
        first ??= performance.now()
        resolve()
      })
    }
  })
}

async function reportThisMachine(opened: OpenedStation, terminal: Terminal): Promise<void> {
  const { own, station } = opened
  if (own === null) {
    terminal.print('This machine has no package manager that Lazaret knows (apt): there is nothing to check on it.')
    return
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
  } catch (error) {
    if (!isFault(error)) throw error
    terminal.print(`This machine could not be checked: ${error.message}`)
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
