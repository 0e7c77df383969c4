import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { findTool } from './tools.ts'

export const IMPORTER = fileURLToPath(new URL('../../agents/remote-importer/lazaret-importer', import.meta.url))

/** What a Unix has anyway: all that the importer may use besides a client. */
const BASICS =
  'cat chmod cp date dpkg find grep gzip head id ln mkdir mktemp mv od readlink rm rmdir sed sleep sort tail tar touch tr uname wc'

/** Which programs a world has: the basics from the system or all from busybox, and one client or none. */
export interface World {
  readonly basics: 'system' | 'busybox'
  readonly client: 'curl' | 'wget' | 'busybox' | 'none'
}

/** Makes a folder to be the only PATH. curl and wget note their arguments and environment in `calls`. */
export async function makeWorld(folder: string, { basics, client }: World): Promise<{ path: string; calls: string }> {
  const bin = join(folder, 'bin')
  const calls = join(folder, 'calls')
  await mkdir(bin)
  const busybox = findTool('busybox') ?? 'busybox'
  for (const name of BASICS.split(' ')) {
    const tool = basics === 'busybox' && name !== 'dpkg' ? busybox : findTool(name)
    if (tool !== null) await symlink(tool, join(bin, name))
  }
  if (client === 'busybox') for (const name of ['wget', 'nc']) await symlink(busybox, join(bin, name))
  if (client === 'curl' || client === 'wget') {
    const script = `#!/bin/sh\n{ /usr/bin/env; printf '%s\\n' "$@"; } >>'${calls}'\nexec ${findTool(client)} "$@"\n`
    await writeFile(join(bin, client), script)
    await chmod(join(bin, client), 0o755)
  }
  return { path: bin, calls }
}

export interface Ran {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs the importer under a shell (`dash`, `busybox sh`) and waits for its end. */
export async function runImporter(
  shell: string,
  args: readonly string[],
  options: { env?: Record<string, string>; stdin?: string } = {},
): Promise<Ran> {
  const [program = '', ...first] = shell.split(' ')
  const script = options.stdin === undefined ? [IMPORTER] : ['-s', '--']
  const child = spawn(findTool(program) ?? program, [...first, ...script, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...options.env },
  })
  child.stdin.on('error', () => undefined).end(options.stdin ?? '')
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close') as Promise<[number | null]>])
  return { code, stdout: Buffer.concat(chunks), stderr }
}

/** Runs one command line in a shell under a PATH of its own; its exit code. */
export async function runCommand(shell: string, command: string, path: string): Promise<number | null> {
  const [program = '', ...first] = shell.split(' ')
  const child = spawn(findTool(program) ?? program, [...first, '-c', command], { env: { PATH: path }, stdio: 'ignore' })
  const [code] = (await once(child, 'close')) as [number | null]
  return code
}

export interface Posted {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** A double of the one route that the importer uses, on loopback; `answer` decides what it says. */
export async function openStationDouble(answer: { status: number; type: string; body: string }) {
  const posted: Posted[] = []
  const server = createServer(recordTo(posted, answer))
  return { posted, answer, ...(await listenOn(server)) }
}

/** Notes each request whole and gives the answer as it is set at that moment. */
export function recordTo(posted: Posted[], answer: { status: number; type: string; body: string }): RequestListener {
  return (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      posted.push({ method, url, headers, body: Buffer.concat(chunks) })
      response.writeHead(answer.status, { 'content-type': answer.type, location: 'http://127.0.0.1:9/' })
      response.end(answer.body)
    })
  }
}

export async function listenOn(server: Server): Promise<{ port: number; close: () => Promise<void> }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, close }
}
