import http from 'node:http'
import https from 'node:https'
import { isIP, type Socket } from 'node:net'
import { Fault } from '#shared/domain/fault.ts'
import { refuseConnection, type FetchPermission } from '#shared/domain/fetching/fetch-permission.ts'
import { describeUrl, type FetchTarget } from '#shared/domain/fetching/fetch-target.ts'

/** One request on the wire. */
export interface Exchange {
  readonly target: FetchTarget
  readonly permission: FetchPermission
  /** Checked already; the connection goes to one of these and nowhere else. */
  readonly addresses: readonly string[]
  readonly headers: Readonly<Record<string, string>>
  readonly agent: http.Agent
  readonly headerBytes: number
  /** Aborted with the Fault to raise: ends the request and its body at any moment. */
  readonly signal: AbortSignal
}

/**
 * Sends one GET and resolves with the response's head; redirects are the caller's matter. Once the response was handed over, an
 * abort destroys it with the signal's reason. @throws Fault `repository_unreachable`, `address_refused`
 */
export async function exchange(one: Exchange): Promise<http.IncomingMessage> {
  try {
    return await send(one)
  } catch (error) {
    // A kept connection that the server had closed in the meantime: nothing of the request was heard, so it is sent once more.
    const isStale = error instanceof Fault && error.cause instanceof Error && STALE.has(error.cause)
    if (!isStale) throw error

    return await send(one)
  }
}

const STALE = new WeakSet<Error>()

function send(one: Exchange): Promise<http.IncomingMessage> {
  const { target, signal } = one
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error)
      return
    }
    const request = (target.scheme === 'https' ? https : http).request({
      agent: one.agent,
      method: 'GET',
      hostname: target.host,
      port: target.port,
      path: target.path,
      headers: { ...one.headers, host: new URL(target.url).host, 'accept-encoding': 'identity' },
      lookup: pinned(one.addresses),
      maxHeaderSize: one.headerBytes,
    })
    const abort = (): void => void request.destroy(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })

    request.on('socket', (socket) => guard(socket, one, request))
    request.on('error', (error) => {
      signal.removeEventListener('abort', abort)
      if (request.reusedSocket && isReset(error)) STALE.add(error)
      reject(asFault(error, target.url))
    })
    request.on('response', (response) => {
      signal.removeEventListener('abort', abort)
      const end = (): void => void response.destroy(signal.reason as Error)
      signal.addEventListener('abort', end, { once: true })
      // Heard by whoever reads the body; without a reader it must not end the process.
      response.on('error', () => {})
      response.on('close', () => signal.removeEventListener('abort', end))
      resolve(response)
    })
    request.end()
  })
}

type Lookup = NonNullable<http.RequestOptions['lookup']>

/** Answers every question for a name with the addresses that were checked, so that a second resolution cannot differ. */
function pinned(addresses: readonly string[]): Lookup {
  const all = addresses.map((address) => ({ address, family: isIP(address) }))
  return (_name, options, callback) => {
    const [first] = all
    if (options.all === true || first === undefined) callback(null, all)
    else callback(null, first.address, first.family)
  }
}

/** The last look: whatever way a connection came about, new or kept, nothing is said on one that leads where it must not. */
function guard(socket: Socket, one: Exchange, request: http.ClientRequest): void {
  const look = (): void => {
    const isWrong = socket.remoteAddress !== undefined && !one.permission.allows(socket.remoteAddress)
    if (isWrong) request.destroy(refuseConnection(one.target))
  }
  if (socket.connecting) socket.prependOnceListener('connect', look)
  else look()
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE')
}

/** A trouble of the network as a Fault with one sentence for a person. A Fault stays what it is. */
export function asFault(error: unknown, url: string): Fault {
  if (error instanceof Fault) return error

  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const shown = describeUrl(url)
  return new Fault('repository_unreachable', `${shown} ${explain(code)}`, { cause: error, place: { file: shown } })
}

const EXPLAINED = new Map([
  ['ECONNREFUSED', 'refuses the connection'],
  ['ECONNRESET', 'cut the connection'],
  ['EPIPE', 'cut the connection'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'cut the connection'],
  ['ENOTFOUND', 'has no address'],
  ['EAI_AGAIN', 'cannot be looked up: the name server does not answer'],
  ['ENETUNREACH', 'cannot be reached: there is no way to its network'],
  ['EHOSTUNREACH', 'cannot be reached'],
  ['ETIMEDOUT', 'does not answer'],
  ['HPE_HEADER_OVERFLOW', 'sends too long headers'],
])

function explain(code: string): string {
  const known = EXPLAINED.get(code)
  if (known !== undefined) return known
  if (code.startsWith('HPE_')) return `does not speak proper HTTP (${code})`
  if (/CERT|TLS|SSL|ISSUER|SIGNATURE/.test(code)) return `does not prove who it is: ${code}`

  return code === '' ? 'cannot be reached' : `cannot be reached (${code})`
}
