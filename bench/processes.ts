import { spawn } from 'node:child_process'
import type { Sample } from './row.ts'

/** How a program is called. */
export interface Calling {
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

// The shell's own clock: wall, user and system seconds of the program with its children, nothing of the shell.
const TIMED = 'TIMEFORMAT="%3R %3U %3S"; { time "$@" >/dev/null 2>&3; } 3>/dev/null'

/** One whole run of a program, its output thrown away. @throws Error when it fails */
export async function timeProgram(command: readonly string[], calling: Calling = {}): Promise<Sample> {
  const { stderr } = await callProgram(['bash', '-c', TIMED, 'bash', ...command], calling)
  const [wall = 0, user = 0, system = 0] = stderr.trim().split(' ').map(Number)
  return { value: wall * 1000, cpuMs: (user + system) * 1000 }
}

/** What a program says. @throws Error with the end of what it said when it fails */
export async function callProgram(
  command: readonly string[],
  calling: Calling = {},
): Promise<{ stdout: string; stderr: string }> {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    cwd: calling.cwd,
    env: { ...process.env, ...calling.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code === 0) return said

  throw new Error(`${command.join(' ')} ended with ${code}: ${(said.stderr || said.stdout).slice(-1000)}`)
}
