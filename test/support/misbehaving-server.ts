import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** What the server does when it is asked for a path. Bytes are served properly; the rest is how real servers fail, or attack. */
export type Behaviour =
  | { readonly kind: 'serve'; readonly body: Uint8Array; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** Ends the connection after so many bytes of the promised body. */
  | { readonly kind: 'cut'; readonly body: Uint8Array; readonly after: number }
  /** Promises another length than it sends, and ends in peace where HTTP lets it. */
  | { readonly kind: 'wrong-length'; readonly body: Uint8Array; readonly promised: number }
  /** One byte each `everyMs`. */
  | { readonly kind: 'drip'; readonly body: Uint8Array; readonly everyMs: number }
  /** One header byte each `everyMs`. */
  | { readonly kind: 'slow-headers'; readonly everyMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'hang-up' }
  | { readonly kind: 'endless' }
  /** Sends these bytes in place of an HTTP response, then ends. */
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  /** The first requests get each its own behaviour, all later ones the last. */
  | { readonly kind: 'in-turn'; readonly steps: readonly Behaviour[] }

export interface MisbehavingServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** `127.0.0.1:PORT`, as `internalHosts` wants it. */
  readonly host: string
  /** What was asked for, in order: the raw request target, and when (ms, `performance.now`). */
  readonly requests: readonly {
    readonly path: string
    readonly headers: IncomingMessage['headers']
    readonly at: number
  }[]
  /** Connections ever accepted: a canary must have none. */
  connections(): number
  /** Paths that are not set answer 404. */
  set(path: string, behaviour: Behaviour): void
  /** A whole archive by path, beginning with a slash. */
  setAll(files: ReadonlyMap<string, Uint8Array>): void
  /** Forgets every path that begins so. */
  removeAll(prefix: string): void
  close(): Promise<void>
}

/** A web server on a loopback port of its own that does as it is told. */
export async function openMisbehavingServer(): Promise<MisbehavingServer> {
  const behaviours = new Map<string, Behaviour>()
  const turns = new Map<string, number>()
  const requests: { path: string; headers: IncomingMessage['headers']; at: number }[] = []
  const sockets = new Set<Socket>()
  let connections = 0

  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push({ path, headers: request.headers, at: performance.now() })
    const turn = turns.get(path) ?? 0
    turns.set(path, turn + 1)
    act(response, behaviours.get(path) ?? { kind: 'status', status: 404 }, turn)
  })
  server.on('connection', (socket) => {
    connections += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    origin: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    requests,
    connections: () => connections,
    set: (path, behaviour) => void behaviours.set(path, behaviour),
    setAll: (files) => {
      for (const [path, body] of files) behaviours.set(path, { kind: 'serve', body })
    },
    removeAll: (prefix) => {
      for (const paths of [behaviours, turns]) {
        for (const path of paths.keys()) if (path.startsWith(prefix)) paths.delete(path)
      }
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function act(response: ServerResponse, behaviour: Behaviour, turn: number): void {
  switch (behaviour.kind) {
    case 'serve':
      response.writeHead(200, { 'content-length': behaviour.body.length, ...behaviour.headers })
      response.end(behaviour.body)
      return
    case 'status':
      response.writeHead(behaviour.status, behaviour.headers)
      response.end(behaviour.body ?? '')
      return
    case 'redirect':
      response.writeHead(behaviour.status ?? 302, { location: behaviour.to, 'content-length': 0 })
      response.end()
      return
    case 'cut':
      response.writeHead(200, { 'content-length': behaviour.body.length })
      response.write(behaviour.body.subarray(0, behaviour.after), () => response.destroy())
      return
    case 'wrong-length':
      sendRaw(response, [
        Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${behaviour.promised}\r\nConnection: close\r\n\r\n`),
        behaviour.body,
      ])
      return
    case 'drip':
      response.writeHead(200, { 'content-length': behaviour.body.length })
      drip(response, behaviour.body, behaviour.everyMs)
      return
    case 'slow-headers':
      if (response.socket !== null)
        drip(response.socket, Buffer.from(`HTTP/1.1 200 OK\r\nX-Slow: ${'s'.repeat(9000)}`), behaviour.everyMs)
      return
    case 'silent':
      return
    case 'hang-up':
      response.destroy()
      return
    case 'endless':
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      pour(response)
      return
    case 'raw':
      sendRaw(response, [behaviour.bytes])
      return
    case 'in-turn': {
      const step = behaviour.steps[Math.min(turn, behaviour.steps.length - 1)]
      act(response, step ?? { kind: 'status', status: 404 }, 0)
      return
    }
    default:
      behaviour satisfies never
  }
}

function sendRaw(response: ServerResponse, parts: readonly Uint8Array[]): void {
  response.socket?.end(Buffer.concat(parts))
}

interface Sink {
  readonly destroyed: boolean
  write(chunk: Uint8Array): boolean
  end(): unknown
}

function drip(to: Sink, body: Uint8Array, everyMs: number): void {
  let at = 0
  const timer = setInterval(() => {
    if (to.destroyed || at >= body.length) {
      clearInterval(timer)
      if (!to.destroyed) to.end()
      return
    }
    to.write(body.subarray(at, at + 1))
    at += 1
  }, everyMs)
}

function pour(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, 'x')
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', more)
  more()
}
