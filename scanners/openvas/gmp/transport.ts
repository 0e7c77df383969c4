import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { Fault } from '#shared/domain/fault.ts'

/** Where gvmd listens. It does so on one of them, never on two. */
export type GmpAddress = { readonly unix: string } | { readonly tls: TlsAddress } | { readonly ssh: SshAddress }

export interface TlsAddress {
  readonly host: string
  readonly port: number
  /** The name that the certificate must have; left out: the host. */
  readonly serverName?: string | undefined
  /** PEM of the authority that signed the certificate. One of this and `fingerprint`. */
  readonly authorityFile?: string | undefined
  /** SHA-256 of the certificate itself, as `openssl x509 -fingerprint -sha256` prints it; then its names and dates do not matter. */
  readonly fingerprint?: string | undefined
  readonly certificateFile?: string | undefined
  readonly keyFile?: string | undefined
}

export interface SshAddress {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly identityFile: string
  readonly knownHostsFile: string
  /** The program; a name on the PATH or a path. */
  readonly program: string
}

/** An open line to gvmd. */
export interface GmpLine {
  readonly stream: Duplex
  /** Why it broke, where the way itself knows (ssh); null: nothing to add. */
  explain(): Promise<Fault | null>
  close(): void
}

/** @throws Fault `scanner_unreachable`; `scanner_refused` where the other side is not who it should be */
export async function openUnixLine(path: string, timeoutMs: number): Promise<GmpLine> {
  return lineOf(await opened(connect({ path }), 'connect', timeoutMs, `the socket ${path}`))
}

/** The certificate is checked before a byte is sent. @throws as `openUnixLine`; `config_invalid` for files that cannot be read */
export async function openTlsLine(address: TlsAddress, timeoutMs: number): Promise<GmpLine> {
  const { host, port, fingerprint, serverName } = address
  const options: ConnectionOptions = {
    host,
    port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: fingerprint === undefined,
    ...(serverName === undefined ? {} : { servername: serverName }),
    ...(address.authorityFile === undefined ? {} : { ca: read(address.authorityFile) }),
    ...(address.certificateFile === undefined ? {} : { cert: read(address.certificateFile) }),
    ...(address.keyFile === undefined ? {} : { key: read(address.keyFile) }),
  }
  const place = `${host} port ${port}`
  const socket: TLSSocket = await opened(connectTls(options), 'secureConnect', timeoutMs, place)
  if (fingerprint === undefined || sameFingerprint(socket.getPeerCertificate().fingerprint256, fingerprint)) {
    return lineOf(socket)
  }
  socket.destroy()
  throw new Fault('scanner_refused', `The certificate of ${place} has another fingerprint than the configured one.`)
}

function lineOf(stream: Socket): GmpLine {
  return { stream, explain: async () => null, close: () => void stream.destroy() }
}

function opened<Kind extends Socket>(socket: Kind, event: string, timeoutMs: number, place: string): Promise<Kind> {
  return new Promise((resolve, reject) => {
    const fail = (fault: Fault): void => {
      socket.destroy()
      reject(fault)
    }
    const late = (): void => fail(new Fault('scanner_unreachable', `There is no connection to ${place} in time.`))
    const timer = setTimeout(late, timeoutMs)
    // It stays: what breaks later is told by the read that follows.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      fail(describe(error, place))
    })
    socket.once('close', () => {
      clearTimeout(timer)
      fail(new Fault('scanner_unreachable', `${place} closes the connection at once.`))
    })
    socket.once(event, () => {
      clearTimeout(timer)
      resolve(socket)
    })
  })
}

const CERTIFICATE_CODES = /CERT|SELF_SIGNED|UNABLE_TO_|ALTNAME|HOSTNAME/

function describe(error: NodeJS.ErrnoException, place: string): Fault {
  const code = (error.code ?? 'unknown error').slice(0, 60)
  if (CERTIFICATE_CODES.test(code)) {
    return new Fault('scanner_refused', `The certificate of ${place} is not the one that is trusted (${code}).`)
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new Fault('scanner_refused', `The station may not open ${place} (${code}).`)
  }
  return new Fault('scanner_unreachable', `There is no connection to ${place} (${code}).`)
}

function sameFingerprint(seen: string | undefined, wanted: string): boolean {
  const digits = (text: string): string => text.replace(/[^0-9a-f]/gi, '').toLowerCase()
  return seen !== undefined && digits(seen).length === 64 && digits(seen) === digits(wanted)
}

function read(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Fault('config_invalid', 'A certificate or key file cannot be read.', { cause, place: { file } })
  }
}
