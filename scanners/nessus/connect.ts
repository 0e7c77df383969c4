import { createHash, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { Fault } from '#shared/domain/fault.ts'

/** Why this server is the right one. `pin`: SHA-256 (hex) of its certificate. `insecure`: whoever answers is believed. */
export type Trust =
  | { readonly kind: 'system' }
  | { readonly kind: 'ca'; readonly ca: string }
  | { readonly kind: 'pin'; readonly sha256: string }
  | { readonly kind: 'insecure' }

/**
 * A TLS connection that is trusted already: nothing, no key above all, is sent before.
 * @throws Fault `scanner_refused` where the certificate is another one, `scanner_unreachable`
 */
export async function connectTrusted(host: string, port: number, trust: Trust, timeoutMs: number): Promise<TLSSocket> {
  const bare = host.replace(/^\[|\]$/g, '')
  const socket = connectTls({
    host: bare,
    port,
    ...(isIP(bare) === 0 ? { servername: bare } : {}),
    ...(trust.kind === 'ca' ? { ca: trust.ca } : {}),
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: trust.kind === 'system' || trust.kind === 'ca',
  })
  socket.setTimeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const fail = (fault: Fault) => {
      socket.destroy()
      reject(fault)
    }
    socket.once('timeout', () => fail(new Fault('scanner_unreachable', 'The scanner does not answer in time.')))
    socket.once('error', (cause) => fail(explain(cause)))
    socket.once('secureConnect', () => {
      if (trust.kind === 'pin' && !isPinned(socket, trust.sha256)) {
        fail(new Fault('scanner_refused', 'The scanner’s certificate is not the one that is pinned.'))
        return
      }
      socket.removeAllListeners('error')
      socket.removeAllListeners('timeout')
      socket.setTimeout(0)
      resolve(socket)
    })
  })
}

function isPinned(socket: TLSSocket, sha256: string): boolean {
  const { raw } = socket.getPeerCertificate()
  const wanted = Buffer.from(sha256, 'hex')
  const found = createHash('sha256')
    .update(raw ?? '')
    .digest()
  return wanted.length === found.length && timingSafeEqual(wanted, found)
}

const CERTIFICATE_CODES =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA)/

function explain(cause: NodeJS.ErrnoException): Fault {
  const code = cause.code ?? 'an error'
  if (CERTIFICATE_CODES.test(code)) {
    return new Fault('scanner_refused', `The scanner’s certificate is not trusted (${code}).`, { cause })
  }
  return new Fault('scanner_unreachable', `The scanner cannot be reached (${code}).`, { cause })
}
