import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')

/** A station in a process of its own, as `lazaret up` starts it. */
export interface RunningStation {
  readonly process: ChildProcess
  /** Resolves to its URL once it listens; null when it ended before. */
  readonly listening: Promise<string | null>
  /** Resolves to how it ended. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** What it has written to standard error so far. */
  stderr(): string
  /** What it has written to standard output so far. */
  stdout(): string
}

/**
 * Starts a station on a free port of loopback with this data folder and configuration file. `node`: options of Node.js; `ulimit`: of
 * the shell's command of this name (`-n 64`).
 */
export function runStation(options: {
  data: string
  config: string
  node?: readonly string[]
  env?: Readonly<Record<string, string>>
  ulimit?: string
}): RunningStation {
  const args = ['up', '--data', options.data, '--listen', '127.0.0.1:0', '--config', options.config]
  const command = [process.execPath, ...(options.node ?? []), MAIN, ...args]
  const limited =
    options.ulimit === undefined ? command : ['sh', '-c', `ulimit ${options.ulimit} && exec "$0" "$@"`, ...command]
  const [program = '', ...rest] = limited
  const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment(options.env) })
  let out = ''
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }))
  })
  const listening = new Promise<string | null>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk
      const url = /^listening on (\S+)$/m.exec(out)?.[1]
      if (url !== undefined) resolve(url)
    })
    void ended.then(() => resolve(null))
  })
  return { process: child, listening, ended, stderr: () => said, stdout: () => out }
}

/** The first admin token, as the data folder keeps it. */
export async function readAdminToken(data: string): Promise<string> {
  return (await readFile(join(data, 'admin-token'), 'utf8')).trim()
}

/** This process's environment without what would change what Lazaret, Node.js or npm do. */
export function cleanEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || /^(?:LAZARET_|NO_COLOR$|CLICOLOR|FORCE_COLOR$|NODE_|VITEST|npm_)/.test(name)
      ? []
      : [[name, value] as const],
  )
  return { ...Object.fromEntries(kept), ...more }
}
