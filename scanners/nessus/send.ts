import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isFault, Fault } from '#shared/domain/fault.ts'
import { connectTrusted, type Trust } from './connect.ts'

export interface Server {
  /** `https://host:8834`, without a path. */
  readonly url: string
  readonly trust: Trust
  /** Silence that is too long, on every call. */
  readonly timeoutMs: number
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

const AGENT = 'Lazaret (scanner client)'
const LONGEST_ANSWER = 64 * 1024 * 1024

/**
 * Sends one call on a connection of its own and gives the answer as soon as its head is there: a server that says 412 and hangs up
 * has said 412 (Nessus does that). The body is the caller's to read.
 * @throws Fault `scanner_unreachable`, `scanner_refused` (certificate)
 */
export async function send(
  { url, trust, timeoutMs }: Server,
  { method, path, body }: Call,
  headers: Readonly<Record<string, string>>,
): Promise<IncomingMessage> {
  const { hostname, port } = new URL(url)
  const socket = await connectTrusted(hostname, Number(port || 443), trust, timeoutMs)
  const text = body === undefined ? '' : JSON.stringify(body)

  return new Promise((resolve, reject) => {
    const request = requestHttps(`${url}${path}`, {
      method,
      createConnection: () => socket,
      headers: {
        'user-agent': AGENT,
        accept: 'application/json',
        connection: 'close',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        'content-length': String(Buffer.byteLength(text)),
        ...headers,
      },
      maxHeaderSize: 32_768,
    })
    request.setTimeout(timeoutMs, () => request.destroy(new Error('silence')))
    request.once('response', resolve)
    request.on('error', (cause) =>
      reject(new Fault('scanner_unreachable', 'The scanner broke the call off.', { cause })),
    )
    request.end(text)
  })
}

/** The whole body of an answer, as far as it came: a cut one is an error only where `isNeeded`. */
export async function readBody(answer: IncomingMessage, isNeeded: boolean): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of readWhole(answer)) {
      size += chunk.length
      if (size > LONGEST_ANSWER) throw new Fault('scanner_refused', 'The scanner’s answer is beyond 64 MiB.')
      chunks.push(Buffer.from(chunk))
    }
  } catch (error) {
    if (isNeeded) throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** @throws Fault `scanner_unreachable` when it ends before its announced end */
export async function* readWhole(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) yield chunk as Uint8Array
  } catch (cause) {
    if (isFault(cause)) throw cause
    throw new Fault('scanner_unreachable', 'The scanner broke off in the middle of an answer.', { cause })
  }
  if (!answer.complete) throw new Fault('scanner_unreachable', 'The scanner broke off in the middle of an answer.')
}
