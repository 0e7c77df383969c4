import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { makeCertificate, type Certificate } from './certificate.ts'
import { nessusReport } from './report.ts'

export const ACCESS_KEY = 'access-key-CANARY'
export const SECRET_KEY = 'secret-key-CANARY'
export const PASSWORD = 'password-CANARY'
/** A scan of it runs until it is stopped. */
export const SLOW_ADDRESS = '192.0.2.66'
const RUN_MS = 150

export interface Received {
  readonly method: string
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Native {
  readonly id: number
  readonly name: string
  readonly targets: readonly string[]
  launchedAt: number | null
  stoppedAt: number | null
  launches: number
}

/** What the next calls that fit are answered with instead. */
export interface Interference {
  readonly of: RegExp
  readonly times?: number
  readonly answer: (response: ServerResponse, request: Received) => void
}

/** Nessus Manager as far as its adapter asks it; with a page of the answers that were recorded from real ones. */
export interface NessusDouble {
  readonly url: string
  readonly certificate: Certificate
  readonly received: Received[]
  readonly natives: Map<number, Native>
  properties: Record<string, unknown>
  status: string
  interfere(how: Interference): void
  forgetSessions(): void
  close(): Promise<void>
}

export const MANAGER = {
  nessus_type: 'Nessus Manager',
  server_version: '10.8.3',
  loaded_plugin_set: '202609210000',
  license: { type: 'manager', features: { scan_api: true } },
}

export async function openNessusDouble(): Promise<NessusDouble> {
  const certificate = makeCertificate()
  const interferences: { left: number; how: Interference }[] = []
  const natives = new Map<number, Native>()
  const sessions = new Set<string>()
  const exports = new Map<string, { asked: number; body: string }>()
  let made = 0

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', url = '', headers } = request
    const received: Received = { method, path: url, headers, body: await readAll(request) }
    double.received.push(received)
    const taken = interferences.find(({ left, how }) => left > 0 && how.of.test(`${method} ${url}`))
    if (taken === undefined) return answer(received, response)

    taken.left -= 1
    taken.how.answer(response, received)
  }
  const { key, cert } = certificate
  const server = createServer({ key, cert }, (request, response) => void handle(request, response))

  const answer = ({ method, path, headers, body }: Received, response: ServerResponse): void => {
    const line = `${method} ${path}`
    if (line === 'GET /server/status') return json(response, 200, { code: 200, status: double.status })
    if (line === 'GET /server/properties') return json(response, 200, double.properties)
    if (line === 'POST /session') {
      const { username, password } = JSON.parse(body) as { username: string; password: string }
      if (username !== 'lazaret' || password !== PASSWORD) return json(response, 401, { error: 'Invalid Credentials' })
      made += 1
      sessions.add(`token-CANARY-${made}`)
      return json(response, 200, { token: `token-CANARY-${made}` })
    }
    const token = /^token=(.*)$/.exec(String(headers['x-cookie'] ?? ''))?.[1] ?? ''
    const isIn = headers['x-apikeys'] === `accessKey=${ACCESS_KEY}; secretKey=${SECRET_KEY}` || sessions.has(token)
    if (!isIn) return json(response, 401, { error: 'Invalid Credentials' })
    if (line === 'DELETE /session') {
      sessions.delete(token)
      return json(response, 200, {})
    }
    if (line === 'GET /editor/scan/templates') {
      const templates = [
        { name: 'discovery', uuid: 'aaaa-1' },
        { name: 'basic', uuid: 'bbbb-2' },
      ]
      return json(response, 200, { templates })
    }
    if (line === 'GET /scans') {
      const scans = [...natives.values()].map((native) => ({ ...summary(native), status: statusOf(native) }))
      return json(response, 200, { folders: [], scans: scans.length === 0 ? null : scans, timestamp: 1 })
    }
    const isReadOnly = JSON.stringify(double.properties).includes('"scan_api":false')
    if (method !== 'GET' && isReadOnly && !path.includes('/export')) {
      return json(response, 412, { error: 'API is not available' })
    }
    if (line === 'POST /scans') return create(body, response)

    const [, id = '', rest = ''] = /^\/scans\/(\d+)(.*)$/.exec(path) ?? []
    const native = natives.get(Number(id))
    if (native === undefined) return json(response, 404, { error: 'The requested file was not found.' })
    return serveScan(native, `${method} ${rest}`, response)
  }

  const create = (body: string, response: ServerResponse): void => {
    const { uuid, settings } = JSON.parse(body) as { uuid: string; settings: { name: string; text_targets: string } }
    if (uuid !== 'bbbb-2') return json(response, 400, { error: 'Invalid template' })
    made += 1
    const targets = settings.text_targets.split(',')
    natives.set(made, { id: made, name: settings.name, targets, launchedAt: null, stoppedAt: null, launches: 0 })
    return json(response, 200, { scan: { id: made, uuid: `template-${made}`, name: settings.name } })
  }

  const serveScan = (native: Native, line: string, response: ServerResponse): void => {
    const status = statusOf(native)
    if (line === 'GET ') return json(response, 200, detailsOf(native))
    if (line === 'POST /launch') {
      if (status === 'running') return json(response, 409, { error: 'Scan is already running' })
      native.launchedAt = Date.now()
      native.launches += 1
      return json(response, 200, { scan_uuid: runOf(native) })
    }
    if (line === 'POST /stop') {
      if (status !== 'running') return json(response, 409, { error: 'Scan is not active' })
      native.stoppedAt = Date.now()
      return json(response, 200, {})
    }
    if (line === 'DELETE ') {
      if (status === 'running') return json(response, 409, { error: 'Scan is running' })
      natives.delete(native.id)
      return json(response, 200, null)
    }
    if (line.startsWith('POST /export?history_id=')) {
      if (line !== `POST /export?history_id=${native.id}7`) return json(response, 404, { error: 'No such history' })
      made += 1
      // As the real one: in mid-scan it exports what there is and says nothing of it.
      exports.set(String(made), { asked: 0, body: nessusReport(native.targets, status === 'completed') })
      return json(response, 200, { token: `t${made}`, file: made })
    }
    const [, file = '', what = ''] = /^GET \/export\/(\d+)\/(status|download)$/.exec(line) ?? []
    const exported = exports.get(file)
    if (exported === undefined) return json(response, 404, { error: 'The requested file was not found.' })
    exported.asked += 1
    if (what === 'status') return json(response, 200, { status: exported.asked > 2 ? 'ready' : 'loading' })
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    response.end(exported.body)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const double: NessusDouble = {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    certificate,
    received: [],
    natives,
    properties: MANAGER,
    status: 'ready',
    interfere: (how) => void interferences.push({ left: how.times ?? 1, how }),
    forgetSessions: () => sessions.clear(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return double
}

/** What a proxy in front says. */
export function tooMany(retryAfter?: string): Interference['answer'] {
  return (response) => {
    response.writeHead(429, {
      'content-type': 'text/html',
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    })
    response.end('<html><head><title>429 Too Many Requests</title></head><body><hr>nginx</body></html>')
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

function statusOf({ launchedAt, stoppedAt, targets }: Native): string {
  if (launchedAt === null) return 'empty'
  if (stoppedAt !== null) return 'canceled'
  return targets.includes(SLOW_ADDRESS) || Date.now() - launchedAt < RUN_MS ? 'running' : 'completed'
}

const runOf = ({ id }: Native) => `run-of-${id}`

function summary(native: Native) {
  return { id: native.id, name: native.name, uuid: `template-${native.id}`, enabled: false, folder_id: 3 }
}

function detailsOf(native: Native) {
  const status = statusOf(native)
  const hasBegun = status !== 'empty'
  const progress = status === 'running' ? 40 : 100
  const hosts = native.targets.map((hostname) => ({
    hostname,
    scanprogresstotal: 100,
    scanprogresscurrent: progress,
    numchecksconsidered: progress * 1000,
    severity: 3,
  }))
  return {
    info: { name: native.name, status, uuid: hasBegun ? runOf(native) : null, hostcount: hosts.length },
    hosts: hasBegun ? hosts : null,
    history: hasBegun ? [{ history_id: Number(`${native.id}7`), uuid: runOf(native), status }] : null,
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
