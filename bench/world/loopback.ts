import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Archives on loopback, from memory: as a proxy (apt) and below a path (ours, by a mirror rule). */
export interface Loopback {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string
  /** By host and path without scheme: `mirror.example.org/debian/dists/…`. */
  readonly files: Map<string, Uint8Array>
  /** Requests so far. */
  readonly requests: () => number
  close(): Promise<void>
}

export async function openLoopback(): Promise<Loopback> {
  const files = new Map<string, Uint8Array>()
  const since = new Date().toUTCString()
  const etags = new WeakMap<Uint8Array, string>()
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    answer(request, response, { files, since, etags })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/`,
    files,
    requests: () => requests,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  served: { files: ReadonlyMap<string, Uint8Array>; since: string; etags: WeakMap<Uint8Array, string> },
): void {
  const path = decodeURIComponent((request.url ?? '').replace(/^http:\/\//, '').replace(/^\//, ''))
  const bytes = served.files.get(path)
  if (bytes === undefined) {
    response.writeHead(404, { 'content-length': '0' }).end()
    return
  }

  const etag = served.etags.get(bytes) ?? `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`
  served.etags.set(bytes, etag)
  const headers = { etag, 'last-modified': served.since }
  const isKnown = request.headers['if-none-match'] === etag || request.headers['if-modified-since'] === served.since
  if (isKnown) response.writeHead(304, headers).end()
  else response.writeHead(200, { ...headers, 'content-length': String(bytes.length) }).end(bytes)
}
