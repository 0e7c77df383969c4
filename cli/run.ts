import { CommanderError } from 'commander'
import { isFault } from '#shared/domain/fault.ts'
import { inert } from '#shared/domain/text.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'
import { buildProgram } from './program.ts'
import { sayFault } from './say-fault.ts'

/** Runs the command that this process was called with; its exit code is set when this resolves. */
export async function run(): Promise<void> {
  process.on('SIGINT', () => process.exit(EXIT.interrupted))
  process.stdout.on('error', (error: NodeJS.ErrnoException) =>
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed),
  )
  try {
    await buildProgram((code) => {
      process.exitCode = code
    }).parseAsync()
  } catch (error) {
    process.exitCode = report(error)
  }
}

/** Says what went wrong on standard error and returns the exit code. */
function report(error: unknown): number {
  // Commander has printed its own message already; help and version are no errors.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage

  if (isFault(error)) {
    sayFault(error)
    return exitCodeOf(error)
  }
  process.stderr.write(
    `lazaret: a defect of Lazaret itself: ${inert(error instanceof Error ? (error.stack ?? error.message) : String(error))}\n`,
  )
  return EXIT.failed
}
