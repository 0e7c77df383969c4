import { connect } from 'node:net'
import type { Socket } from 'node:net'

/** One kept connection that asks and waits, as cheap for this process as can be: the server is measured, not its client. */
export interface HttpConnection {
  /** One whole request as bytes; the answer's status and body. @throws Error when the connection breaks */
  ask(request: Uint8Array): Promise<{ status: number; body: Buffer }>
  close(): void
}

export async function openConnection(host: string, port: number): Promise<HttpConnection> {
  const socket = await connected(host, port)
  let pending: { resolve: (answer: { status: number; body: Buffer }) => void; reject: (error: Error) => void } | null =
    null
  let received = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const answer = readAnswer(received)
    if (answer === null || pending === null) return

    received = Buffer.alloc(0)
    const { resolve } = pending
    pending = null
    resolve(answer)
  })
  socket.on('close', () => pending?.reject(new Error('The connection broke.')))
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        pending = { resolve, reject }
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

/** A request with a length, for a server that keeps connections. */
export function writeRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: Uint8Array = Buffer.alloc(0),
): Buffer {
  const lines = Object.entries({ host: 'station', ...headers, 'content-length': String(body.length) })
  const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

function connected(host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true }, () => resolve(socket))
    socket.once('error', reject)
  })
}

const END_OF_HEAD = Buffer.from('\r\n\r\n')
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** null: not whole yet. A body in chunks is handed over as it came. */
function readAnswer(bytes: Buffer): { status: number; body: Buffer } | null {
  const end = bytes.indexOf(END_OF_HEAD)
  if (end === -1) return null

  const head = bytes.toString('latin1', 0, end)
  const status = Number(head.slice(9, 12))
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  const body = bytes.subarray(end + 4)
  if (length !== undefined) return body.length >= Number(length) ? { status, body } : null
  if (status === 204 || status === 304) return { status, body }
  return body.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) ? { status, body } : null
}
