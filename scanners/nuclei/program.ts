import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'

const TIMEOUT_MS = 30_000

/** The program's version; null and why where there is none. It opens no connection for that. Never throws. */
export async function askVersion(
  program: string,
  environment: Readonly<Record<string, string>>,
): Promise<{ readonly version: string | null; readonly reason: string }> {
  return new Promise((resolve) => {
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...environment }
    const options = { timeout: TIMEOUT_MS, maxBuffer: 1 << 20, env }
    execFile(program, ['-version', '-disable-update-check'], options, (_error, stdout, stderr) => {
      const version = /Version:\s*v?(\d[\w.-]{0,40})/.exec(`${stdout}\n${stderr}`)?.[1] ?? null
      resolve({ version, reason: version === null ? `${program} is not a working nuclei.` : '' })
    })
  })
}

/** True when there is something in it: nuclei would download its own templates otherwise, or find nothing at all. */
export async function hasTemplates(folder: string): Promise<boolean> {
  return readdir(folder).then(
    (entries) => entries.length > 0,
    () => false,
  )
}
