import { rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createAdaptorServer } from '@hono/node-server'
import { Fault } from '#shared/domain/fault.ts'
import type { Api } from '#shared/api/app.ts'

/** Bounds on what a client may keep the server waiting for. */
const HEADERS_TIMEOUT_MS = 30_000
const REQUEST_TIMEOUT_MS = 300_000
const KEEP_ALIVE_MS = 65_000

export interface Serving {
  /** `http://127.0.0.1:7412` */
  readonly url: string
  /** Takes no new request and resolves when those under way have ended, at the latest after a few seconds. */
  close(): Promise<void>
}

/**
 * Serves the API at `ADDRESS:PORT` (port 0: a free one) and notes the address in the data folder, where commands on this machine
 * find it. @throws Fault `config_invalid` when the address cannot be listened on
 */
export async function serve(api: Api, options: { listen: string; folder: string }): Promise<Serving> {
  const at = options.listen.lastIndexOf(':')
  const host = options.listen.slice(0, at).replace(/^\[|\]$/g, '')
  const port = Number(options.listen.slice(at + 1))
  const server = createAdaptorServer({
    fetch: api.fetch,
    overrideGlobalObjects: false,
    // How often Node looks for clients beyond the times below; left at its 30 s a header could take a minute.
    serverOptions: { connectionsCheckingInterval: 5000 },
  }) as Server
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.maxHeadersCount = 100
  server.maxRequestsPerSocket = 0

  await listen(server, port, host, options.listen)
  const address = server.address() as AddressInfo
  const url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`
  const note = join(options.folder, 'address')
  await writeFile(note, `${url}\n`, { mode: 0o600 })
  return {
    url,
    close: async () => {
      await rm(note, { force: true })
      await stop(server)
    },
  }
}

function listen(server: Server, port: number, host: string, given: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      reject(new Fault('config_invalid', `Cannot listen on ${given}: ${explain(cause)}.`, { cause }))
    })
    server.listen(port, host, resolve)
  })
}

function explain(error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') return 'something listens there already; --listen ADDRESS:0 takes a free port'
  if (error.code === 'EADDRNOTAVAIL') return 'this machine has no such address'
  if (error.code === 'EACCES') return 'the system does not allow it'
  return error.code ?? error.message
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise((resolve) => {
    server.close(resolve)
  })
  server.closeIdleConnections()
  const impatient = setTimeout(() => server.closeAllConnections(), 3000)
  await closed
  clearTimeout(impatient)
}
