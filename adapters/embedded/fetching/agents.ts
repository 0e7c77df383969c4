import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import tls from 'node:tls'
import { Fault } from '#shared/domain/fault.ts'
import type { Mirror } from '#shared/domain/fetching/mirror-map.ts'

/** Connections that are kept for a while. Those that show a client certificate are never used without it. */
export interface Agents {
  pick(scheme: 'http' | 'https', mirror: Mirror | null): http.Agent
  close(): void
}

const SOCKETS_PER_HOST = 8
const IDLE_MS = 10_000

/**
 * Reads the PEM files at once, so that a wrong path is heard of at start. `authority` adds to the certificate authorities that
 * Node.js trusts, it does not replace them. @throws Fault `config_invalid` naming the file
 */
export function openAgents(options: { authority: string | null; mirrors: readonly Mirror[] }): Agents {
  const shared = {
    keepAlive: true,
    maxSockets: SOCKETS_PER_HOST,
    timeout: IDLE_MS,
    // Node's own 250 ms for each address of a name is less than a far server needs.
    autoSelectFamilyAttemptTimeout: 2000,
  }
  const trust = {
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(options.authority === null
      ? {}
      : { ca: [...tls.getCACertificates('default'), readPem(options.authority, 'certificateAuthority')] }),
  }
  const plain = new http.Agent(shared)
  const secure = new https.Agent({ ...shared, ...trust })
  const withCertificate = new Map<Mirror, https.Agent>()
  for (const mirror of options.mirrors) {
    if (mirror.clientCertificate === undefined) continue
    const cert = readPem(mirror.clientCertificate.certificate, 'mirrors: clientCertificate: certificate')
    const key = readPem(mirror.clientCertificate.key, 'mirrors: clientCertificate: key')
    withCertificate.set(mirror, new https.Agent({ ...shared, ...trust, cert, key }))
  }

  return {
    pick: (scheme, mirror) => {
      if (scheme === 'http') return plain

      return (mirror === null ? undefined : withCertificate.get(mirror)) ?? secure
    },
    close: () => {
      for (const agent of [plain, secure, ...withCertificate.values()]) agent.destroy()
    },
  }
}

function readPem(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Fault('config_invalid', `${key}: the file ${path} cannot be read`, { cause })
  }
}
