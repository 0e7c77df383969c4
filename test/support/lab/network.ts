import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findTool } from '#test/support/tools.ts'

export interface NetworkLab {
  /** Runs nmap where the lab's machines are. */
  readonly program: string
  readonly port: number
  /** An old OpenSSH answers there. */
  readonly vulnerable: { readonly four: string; readonly six: string }
  readonly closed: string
  close(): void
}

const SERVE = fileURLToPath(new URL('./serve.ts', import.meta.url))
const INSIDE = `
ip link set lo up
for address in 10.99.0.1/32 10.99.0.2/32; do ip address add "$address" dev lo; done
ip -6 address add fd99::1/128 dev lo
exec "$0" "$@"
`

/** A network of its own that nobody else is in; loopback addresses where no network namespace may be made. */
export async function openNetworkLab(): Promise<NetworkLab> {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-lab-'))
  const isAllowed =
    findTool('ip') !== null && spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0
  const lab = isAllowed
    ? { port: 22, vulnerable: { four: '10.99.0.1', six: 'fd99::1' }, closed: '10.99.0.2' }
    : { port: 20_022, vulnerable: { four: '127.0.0.1', six: '::1' }, closed: '127.0.0.3' }
  const serving = [process.execPath, SERVE, String(lab.port), lab.vulnerable.four, lab.vulnerable.six]
  const services = isAllowed
    ? spawn('unshare', ['-rn', '--kill-child', '/bin/sh', '-ec', INSIDE, ...serving])
    : spawn(process.execPath, serving.slice(1))
  await ready(services)

  const program = join(folder, 'nmap')
  const enter = isAllowed ? `nsenter -t ${services.pid} -U -n --preserve-credentials -- ` : ''
  writeFileSync(program, `#!/bin/sh\nexec ${enter}${findTool('nmap')} "$@"\n`)
  chmodSync(program, 0o755)
  return {
    ...lab,
    program,
    close: () => {
      services.kill('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function ready(services: ChildProcess): Promise<void> {
  let complaint = ''
  services.stderr?.on('data', (chunk) => (complaint += String(chunk)))
  await new Promise<void>((resolve, reject) => {
    services.stdout?.once('data', () => resolve())
    services.once('exit', () => reject(new Error(`The lab did not start: ${complaint}`)))
  })
}
