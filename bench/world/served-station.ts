import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../bench.ts'
import { configureCli } from './cli.ts'

/** A station of its own process, as it is published, on loopback. */
export interface ServedStation {
  readonly host: string
  readonly port: number
  readonly token: string
  close(): Promise<void>
}

export async function startStation(bench: Bench, folder: string): Promise<ServedStation> {
  const { entry, env } = await configureCli(bench, join(folder, 'cache'))
  const data = join(folder, 'data')
  const settings = { LAZARET_SWEEP_EVERY_SECONDS: '86400', LAZARET_VALIDITY_SECONDS: '86400' }
  const args = [entry, 'up', '--data', data, '--listen', '127.0.0.1:0']
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env, ...settings },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      const found = /listening on (http:\S+)/i.exec(said)
      if (found?.[1] !== undefined) resolve(found[1])
    })
    child.on('exit', (code) => reject(new Error(`the station ended with ${code}: ${said}`)))
  })
  const { hostname, port } = new URL(url)
  return {
    host: hostname,
    port: Number(port),
    token: readFileSync(join(data, 'admin-token'), 'utf8').trim(),
    close: () =>
      new Promise((resolve) => {
        child.removeAllListeners('exit').on('exit', () => resolve())
        child.kill('SIGTERM')
      }),
  }
}
