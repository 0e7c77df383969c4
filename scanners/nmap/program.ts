import { execFile } from 'node:child_process'

export interface ProgramVersion {
  /** null: it is not there, or is not nmap. */
  readonly version: string | null
  readonly hasVulners: boolean
  /** Why there is no version. */
  readonly reason: string
}

const TIMEOUT_MS = 20_000

/** Asks the program itself; it opens no connection for that. Never throws. */
export async function askVersion(program: string): Promise<ProgramVersion> {
  const told = await ask(program, ['--version'])
  const version = /^Nmap version (\S{1,40})/m.exec(told.text)?.[1] ?? null
  if (version === null)
    return { version, hasVulners: false, reason: `${program} is not a working nmap. ${told.error}`.trim() }

  const scripts = await ask(program, ['--script-help', 'vulners'])
  return { version, hasVulners: /^vulners$/m.test(scripts.text), reason: '' }
}

async function ask(program: string, args: readonly string[]): Promise<{ text: string; error: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }
    execFile(program, [...args], { timeout: TIMEOUT_MS, maxBuffer: 1 << 20, env }, (error, stdout) =>
      resolve({ text: stdout, error: error === null ? '' : `It ended with ${String(error.code ?? 'an error')}.` }),
    )
  })
}
