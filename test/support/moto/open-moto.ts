import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { requireTool } from '#test/support/tools.ts'
import { fetchMoto } from './fetch-moto.ts'

/** One request at a time, on a port that the system chooses and that is told on standard output. */
const SERVE = `
from werkzeug.serving import make_server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
server = make_server('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app), threaded=False)
print(server.server_port, flush=True)
server.serve_forever()
`

/** Why there can be no moto here, '' where there can be. */
export function lacksMoto(): string {
  return requireTool('python3', 'apt-get', 'dpkg-deb')
}

/** An empty moto in a process of its own. */
export async function openMoto(): Promise<{ endpoint: string; close(): Promise<void> }> {
  const root = fetchMoto()
  const server = spawn('/usr/bin/python3', ['-c', SERVE], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      HOME: root,
      PYTHONPATH: join(root, 'usr/lib/python3/dist-packages'),
      LD_LIBRARY_PATH: join(root, 'usr/lib', process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'),
      PYTHONDONTWRITEBYTECODE: '',
    },
  })
  let said = ''
  server.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4000)))
  const ended = new Promise<void>((resolve) => server.once('close', () => resolve()))
  const port = await new Promise<string>((resolve, reject) => {
    server.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString().trim()))
    server.once('exit', () => reject(new Error(`moto did not start: ${said}`)))
  })
  return {
    endpoint: `http://127.0.0.1:${port}`,
    close: async () => {
      server.kill('SIGKILL')
      await ended
    },
  }
}
