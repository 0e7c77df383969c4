import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ACCESS } from '#shared/api/access.ts'
import { ENDPOINTS } from '#shared/api/endpoints.ts'
import { answered } from '#test/support/answered.ts'
import { NMAP_REPORT } from '#test/support/scan-world/nmap-report.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import { archiveOf, stationWorld } from '#test/support/station-world.ts'
import type { Asking, StationWorld } from '#test/support/station-world.ts'

/**
 * Who may do what, every cell. `own`: about a machine (or what belongs to it) of the token's owner, or the importer's one machine.
 * `foreign`: about someone else's. A list is the same question in both columns; what it holds is tested below.
 */
const CALLERS = ['none', 'admin', 'owner own', 'owner foreign', 'importer own', 'importer foreign', 'gate'] as const
type Caller = (typeof CALLERS)[number]

const MATRIX: Record<keyof typeof ACCESS, readonly [number, number, number, number, number, number, number]> = {
  //                                          none  admin own  foreign importer foreign gate
  'GET /livez': [200, 200, 200, 200, 200, 200, 200],
  'GET /readyz': [200, 200, 200, 200, 200, 200, 200],
  'GET /v1/health': [200, 200, 200, 200, 200, 200, 200],
  'GET /openapi.json': [200, 200, 200, 200, 200, 200, 200],
  'GET /v1/openapi.json': [200, 200, 200, 200, 200, 200, 200],
  'GET /importer.sh': [200, 200, 200, 200, 200, 200, 200],
  'PUT /v1/machines/{name}/evidence': [401, 200, 200, 403, 200, 403, 403],
  'POST /v1/machines/{name}/evidence': [401, 200, 200, 403, 200, 403, 403],
  'GET /v1/machines': [401, 200, 200, 200, 403, 403, 403],
  'GET /v1/machines/{name}': [401, 200, 200, 403, 403, 403, 403],
  'DELETE /v1/machines/{name}': [401, 204, 204, 403, 403, 403, 403],
  'GET /v1/machines/{name}/updates': [401, 200, 200, 403, 403, 403, 403],
  'GET /v1/machines/{name}/verdict': [401, 200, 200, 403, 403, 403, 200],
  'POST /v1/machines/{name}/verdict': [401, 202, 202, 403, 403, 403, 202],
  'GET /v1/machines/{name}/why': [401, 200, 200, 403, 403, 403, 200],
  'POST /v1/checks': [401, 202, 202, 403, 403, 403, 403],
  'GET /v1/checks/{id}': [401, 200, 200, 403, 403, 403, 403],
  'POST /v1/scans': [401, 202, 202, 403, 403, 403, 403],
  'GET /v1/scans': [401, 200, 200, 200, 403, 403, 403],
  'GET /v1/scans/{id}': [401, 200, 200, 403, 403, 403, 403],
  'DELETE /v1/scans/{id}': [401, 202, 202, 403, 403, 403, 403],
  'GET /v1/scans/{id}/report': [401, 200, 200, 403, 403, 403, 403],
  'POST /v1/reports': [401, 201, 201, 403, 403, 403, 403],
  'GET /v1/repositories': [401, 200, 200, 200, 403, 403, 403],
  'GET /v1/repositories/{id}': [401, 200, 200, 404, 403, 403, 403],
  'POST /v1/repositories/{id}/refresh': [401, 200, 200, 404, 403, 403, 403],
  'POST /v1/refresh': [401, 202, 403, 403, 403, 403, 403],
  'GET /v1/packages': [401, 200, 200, 200, 403, 403, 403],
  'GET /v1/packages/{name}': [401, 200, 200, 200, 403, 403, 403],
  'POST /v1/tokens': [401, 201, 403, 403, 403, 403, 403],
  'GET /v1/tokens': [401, 200, 403, 403, 403, 403, 403],
  'DELETE /v1/tokens/{id}': [401, 204, 403, 403, 403, 403, 403],
  'GET /v1/queue': [401, 200, 403, 403, 403, 403, 403],
  'POST /v1/queue/dead-letters/{id}/redrive': [401, 204, 403, 403, 403, 403, 403],
}

const CELLS = Object.entries(MATRIX).flatMap(([route, expected]) =>
  CALLERS.map((caller, at) => ({ route, caller, status: expected[at] })),
)

const OTHER_SOURCE =
  'deb [arch=amd64 signed-by=/etc/apt/keyrings/test.gpg] http://mirror.example.org/other stable main\n'

const MANY = { perSecond: 1e6, burst: 1e6 }
const NO_LIMITS = { requests: MANY, evidenceOfToken: MANY, evidenceOfMachine: MANY }

let world: StationWorld
let tokens: Record<'alice' | 'importer' | 'gate', string>

beforeAll(async () => {
  const scanner = openScriptedScanner('nmap', { scan: () => ({ seconds: 1 }) }, () => Date.now())
  world = await stationWorld({ limits: NO_LIMITS, scanning: { scanners: new Map([['nmap', scanner]]) } })
  tokens = {
    alice: await world.token('owner', { owner: 'alice' }),
    importer: await world.token('importer', { owner: 'alice', machine: 'web1' }),
    gate: await world.token('gate'),
  }
  await world.publish(['hello 2.0'])
})
afterAll(() => world.close())

beforeEach(async () => {
  const bob = await world.token('owner', { owner: 'bob' })
  const alices = await world.register('web1', { token: tokens.alice })
  const bobs = await world.register('db1', { token: bob, files: { 'etc/apt/sources.list': OTHER_SOURCE } })
  if (!alices.ok || !bobs.ok) throw new Error('the two machines could not be registered')
})

describe('the role matrix', () => {
  it('has a row for every route that the API serves, and no other', () => {
    expect(Object.keys(MATRIX).toSorted()).toEqual(ENDPOINTS.map((endpoint) => endpoint.id).toSorted())
    expect(Object.keys(MATRIX).toSorted()).toEqual(Object.keys(ACCESS).toSorted())
  })

  it.each(CELLS)('answers $status to $caller at $route', async ({ route, caller, status }) => {
    const response = await askCell(route, caller)

    expect(response.status).toBe(status)
  })

  it.each(CELLS.filter((cell) => cell.status !== undefined && cell.status >= 400))(
    'does nothing for $caller at $route but say why',
    async ({ route, caller }) => {
      const response = await askCell(route, caller)

      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(await machineNames()).toEqual(['db1', 'web1'])
    },
  )
})

describe('what an owner sees', () => {
  it('lists only own machines', async () => {
    expect(await namesAt('/v1/machines', tokens.alice)).toEqual(['web1'])
  })

  it('lists no one else’s machines when asked for them by owner', async () => {
    expect(await namesAt('/v1/machines?owner=bob', tokens.alice)).toEqual([])
  })

  it('lists only repositories of own machines', async () => {
    const body = await answered(await world.ask('GET', '/v1/repositories', { token: tokens.alice }))

    expect(body.items.map((item) => item.title)).toEqual([expect.stringContaining('http://mirror.example.org/debian')])
  })

  it('counts only own machines in the package search', async () => {
    const mine = await answered(await world.ask('GET', '/v1/packages', { token: tokens.alice }))
    const all = await answered(await world.ask('GET', '/v1/packages'))

    expect([mine.machines, all.machines]).toEqual([1, 2])
  })

  it('refuses a cursor that an administrator got', async () => {
    await world.register('web2')
    const page = await answered(await world.ask('GET', '/v1/machines?limit=1'))
    const response = await world.ask('GET', `/v1/machines?limit=1&cursor=${page.cursor}`, { token: tokens.alice })
    await world.ask('DELETE', '/v1/machines/web2')

    expect(response.status).toBe(400)
  })

  it('cannot make a foreign machine its own by registering it', async () => {
    const response = await world.register('db1', { token: tokens.alice })
    const detail = await answered(await world.ask('GET', '/v1/machines/db1'))

    expect([response.status, detail.owner]).toEqual([403, 'bob'])
  })
})

describe('an importer', () => {
  it('posts for its one name only, not even for another machine of its owner or one that nobody has', async () => {
    const free = await world.token('importer', { machine: 'web1' })
    await world.register('web2', { token: tokens.alice })
    const others = await Promise.all([
      world.register('web2', { token: tokens.importer }),
      world.register('new1', { token: tokens.importer }),
      world.register('web2', { token: free }),
      world.register('new1', { token: free }),
    ])
    const own = await world.register('WEB1', { token: free })
    await world.ask('DELETE', '/v1/machines/web2')

    expect(others.map((response) => response.status)).toEqual([403, 403, 403, 403])
    expect(own.status).toBe(200)
  })

  it('of another owner cannot take over a machine of its name', async () => {
    const bobs = await world.token('importer', { owner: 'bob', machine: 'web1' })

    expect((await world.register('web1', { token: bobs })).status).toBe(403)
  })
})

async function askCell(route: string, caller: Caller): Promise<Response> {
  const isForeign = caller.endsWith('foreign')
  const [method = '', pattern = ''] = route.split(' ')
  const machine = isForeign ? 'db1' : 'web1'
  const how = { ...(await bodyFor(route, machine)), token: tokenOf(caller) }
  return world.ask(method, await pathFor(method, pattern, machine), how)
}

function tokenOf(caller: Caller): string | null {
  if (caller === 'none') return null
  if (caller === 'admin') return world.admin
  if (caller === 'gate') return tokens.gate
  return caller.startsWith('owner') ? tokens.alice : tokens.importer
}

async function pathFor(method: string, pattern: string, machine: string): Promise<string> {
  if (pattern === '/v1/machines/{name}/verdict' && method === 'POST') {
    return `/v1/machines/${machine}/verdict?scan=required`
  }
  if (pattern === '/v1/reports') return `/v1/reports?machine=${machine}`
  if (pattern.startsWith('/v1/scans/')) {
    return pattern.replace('{id}', await idAt('POST', '/v1/scans', { json: { machines: [machine] } }))
  }
  if (pattern.startsWith('/v1/machines/')) return pattern.replace('{name}', machine)
  if (pattern.startsWith('/v1/packages/')) return pattern.replace('{name}', 'hello')
  if (pattern === '/v1/checks/{id}') return `/v1/checks/${await idAt('POST', '/v1/checks', { json: { machine } })}`
  if (pattern.startsWith('/v1/repositories/')) return pattern.replace('{id}', await repositoryOf(machine))
  if (pattern === '/v1/tokens/{id}') {
    const issued = await answered(await world.ask('POST', '/v1/tokens', { json: { role: 'gate' } }))
    return `/v1/tokens/${issued.token.id}`
  }
  return pattern.replace('{id}', pattern.includes('dead-letters') ? await buryJob() : 'x')
}

async function bodyFor(route: string, machine: string): Promise<Asking> {
  if (route.endsWith('/evidence')) {
    const files = machine === 'db1' ? { 'etc/apt/sources.list': OTHER_SOURCE } : {}
    return { body: archiveOf({ files }, world.keyring), headers: { 'content-type': 'application/gzip' } }
  }
  if (route === 'POST /v1/checks') return { json: { machine } }
  if (route === 'POST /v1/scans') return { json: { machines: [machine] } }
  if (route === 'POST /v1/reports') return { body: NMAP_REPORT, headers: { 'content-type': 'application/xml' } }
  if (route === 'POST /v1/tokens') return { json: { role: 'gate' } }
  return {}
}

async function idAt(method: string, path: string, how: Asking): Promise<string> {
  const body = await answered(await world.ask(method, path, how))
  return body.id
}

async function repositoryOf(machine: string): Promise<string> {
  const body = await answered(await world.ask('GET', '/v1/repositories'))
  const part = machine === 'db1' ? 'mirror.example.org/other' : 'mirror.example.org/debian'
  return body.items.find((item) => item.title.includes(part))?.id ?? ''
}

async function buryJob(): Promise<string> {
  await world.workAll()
  await world.station.queue.send([{ lane: 'sweep', body: { kind: 'none' } }])
  await world.workAll()
  const [dead] = await world.station.queue.deadLetters(1)
  return dead?.id ?? 'none'
}

async function machineNames(): Promise<string[]> {
  return namesAt('/v1/machines', world.admin)
}

async function namesAt(path: string, token: string): Promise<string[]> {
  const body = await answered(await world.ask('GET', path, { token }))
  return body.items.map((item) => item.name)
}
