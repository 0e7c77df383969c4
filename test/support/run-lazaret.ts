import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cleanEnvironment } from './run-station.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Call {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly cwd?: string
  /** Standard error is closed from the start. */
  readonly isMute?: boolean
}

/** Runs one command of `lazaret` in a process of its own, and waits for its end. */
export async function runLazaret(args: readonly string[], call: Call = {}): Promise<Ended> {
  return runProgram(process.execPath, [MAIN, ...args], call)
}

/** Runs any program without the settings of this process, and waits for its end. */
export async function runProgram(program: string, args: readonly string[], call: Call = {}): Promise<Ended> {
  const command =
    call.isMute === true ? ['/bin/sh', '-c', 'exec "$@" 2>&-', 'sh', program, ...args] : [program, ...args]
  const [first = '', ...rest] = command
  const child = spawn(first, rest, {
    env: cleanEnvironment(call.env),
    ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
  })
  child.stdin.on('error', () => undefined).end(call.stdin ?? '')
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}
