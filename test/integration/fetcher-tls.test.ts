import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openFetcher, type FetcherOptions } from '#adapters/embedded/fetcher.ts'
import type { Fetcher } from '#shared/ports/fetcher.ts'
import { openMisbehavingServer, type MisbehavingServer } from '#test/support/misbehaving-server.ts'
import { requireTool } from '#test/support/tools.ts'

/** A certificate authority made on the spot, a server that it vouches for under the name of 127.0.0.1, and a client of it. */
const opensslIsMissing = requireTool('openssl')
let folder: string
let server: Server
let host: string
let plain: MisbehavingServer
const clients: (string | null)[] = []
const opened: (Fetcher & { close(): void })[] = []

const at = (file: string): string => join(folder, file)

beforeAll(() => {
  if (opensslIsMissing !== '') return
  folder = mkdtempSync(join(tmpdir(), 'lazaret-tls-'))
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=authority', '-days', '2')
  writeFileSync(at('server.ext'), 'subjectAltName=IP:127.0.0.1\n')
  writeFileSync(at('client.ext'), 'extendedKeyUsage=clientAuth\n')
  for (const who of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${who}.key`, '-out', `${who}.csr`, '-subj', `/CN=${who}`)
    const signed = ['-in', `${who}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-out', `${who}.pem`]
    openssl('x509', '-req', ...signed, '-days', '2', '-extfile', `${who}.ext`)
  }
})
afterAll(() => {
  if (opensslIsMissing === '') rmSync(folder, { recursive: true, force: true })
})

beforeEach(async () => {
  if (opensslIsMissing !== '') return
  plain = await openMisbehavingServer()
  const tls = {
    key: readFileSync(at('server.key')),
    cert: readFileSync(at('server.pem')),
    ca: readFileSync(at('ca.pem')),
  }
  server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate()
    clients.push(typeof subject?.CN === 'string' ? subject.CN : null)
    if (request.url === '/down') response.writeHead(302, { location: `${plain.origin}/x` })
    response.end('over tls')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  if (opensslIsMissing !== '') return
  for (const fetcher of opened.splice(0)) fetcher.close()
  clients.length = 0
  server.closeAllConnections()
  server.close()
  await plain.close()
})

function open(options: Partial<FetcherOptions> = {}): Fetcher {
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const fetcher = openFetcher({ internalHosts: [host, plain.host], ownSources: [], mirrors: [], log, ...options })
  opened.push(fetcher)
  return fetcher
}

async function get(fetcher: Fetcher, url: string): Promise<string> {
  const response = await fetcher.fetch({ url, maxBytes: 1e6, timeoutMs: 5000 })
  let text = ''
  for await (const chunk of response.body) text += Buffer.from(chunk).toString()
  return text
}

describe.skipIf(opensslIsMissing !== '')(`TLS${opensslIsMissing}`, () => {
  it('does not believe a server whose authority it does not know, and says so', async () => {
    await expect(get(open(), `https://${host}/`)).rejects.toThrow(/does not prove who it is/)
    expect(clients).toEqual([])
  })

  it('believes it once the operator names the authority', async () => {
    expect(await get(open({ certificateAuthority: at('ca.pem') }), `https://${host}/`)).toBe('over tls')
  })

  it('does not believe a certificate for another name', async () => {
    const port = host.split(':')[1] ?? ''
    const fetcher = open({
      certificateAuthority: at('ca.pem'),
      internalHosts: [`mirror.example.org:${port}`],
      resolve: async () => ['127.0.0.1'],
    })

    await expect(get(fetcher, `https://mirror.example.org:${port}/`)).rejects.toThrow(/does not prove who it is/)
  })

  it('does not follow a redirect from https to http', async () => {
    const fetcher = open({ certificateAuthority: at('ca.pem') })

    await expect(get(fetcher, `https://${host}/down`)).rejects.toMatchObject({ code: 'address_refused' })
    expect(plain.connections()).toBe(0)
  })

  it('shows a client certificate to the mirror that it is meant for, and only on the way through that mirror', async () => {
    const clientCertificate = { certificate: at('client.pem'), key: at('client.key') }
    const fetcher = open({
      certificateAuthority: at('ca.pem'),
      mirrors: [{ from: 'http://archive.example.org/debian', to: `https://${host}/deb`, clientCertificate }],
    })
    await get(fetcher, 'http://archive.example.org/debian/x')
    await get(fetcher, `https://${host}/deb/x`)

    expect(clients).toEqual(['client', null])
  })
})
