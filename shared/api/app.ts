import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { Context } from 'hono'
import { Fault, isFault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import type { Token } from '#shared/domain/token.ts'
import type { Station } from '#shared/usecases/needs.ts'
import { ACCESS } from './access.ts'
import { answerResponse, SECURITY_HEADERS } from './answer.ts'
import { identify, requireReach, scopeOf } from './authorize.ts'
import type { ApiOptions, Call, Endpoint } from './endpoint.ts'
import { ENDPOINTS } from './endpoints.ts'
import { readJsonBody } from './json-body.ts'
import { describeApi } from './openapi.ts'
import { describeProblem, problemResponse } from './problem.ts'
import { parseQuery } from './query.ts'
import { openRateLimiter } from './rate-limit.ts'
import type { RateLimiter } from './rate-limit.ts'
import { matchPath, readPath } from './request-target.ts'

/** The HTTP application: `fetch` takes a request and always answers, whatever comes. The embedded station and a Lambda wrap the same. */
export type Api = Hono

/**
 * Every route of `ENDPOINTS` with all that is common to them, in this order: the target, who asks and whether they may, rate, query,
 * body, handler, and faults as problem documents.
 */
export function createApi(station: Station, options: ApiOptions): Api {
  const app = new Hono({ getPath: rawPath })
  const limiter = openRateLimiter(options.limits)
  let made: Readonly<Record<string, unknown>> | undefined
  const document = () => (made ??= describeApi(ENDPOINTS))
  for (const endpoint of ENDPOINTS) {
    const [method = '', path = ''] = endpoint.id.split(' ')
    app.on(method, path.replace(/\{([a-z]+)\}/g, ':$1'), (c) =>
      serve({ station, options, limiter, document }, endpoint, c),
    )
  }
  app.notFound((c) => refuse(station, c, () => refuseUnknown(c)))
  app.onError((error, c) => fail(station, c.req.raw, randomUUID(), error))
  return app
}

interface Served {
  readonly station: Station
  readonly options: ApiOptions
  readonly limiter: RateLimiter
  readonly document: () => Readonly<Record<string, unknown>>
}

/** The path as sent. The router works on it undecoded; what is wrong with it is said by `readPath`. */
function rawPath(request: Request): string {
  const { url } = request
  const start = url.indexOf('/', url.indexOf('://') + 3)
  const query = url.indexOf('?', start)
  return start === -1 ? '/' : url.slice(start, query === -1 ? url.length : query)
}

async function serve(served: Served, endpoint: Endpoint, c: Context): Promise<Response> {
  const { station, options } = served
  const request = c.req.raw
  const requestId = randomUUID()
  try {
    readPath(request.url)
    const access = ACCESS[endpoint.id]
    const token = access === 'public' ? null : await identify(station, request)
    const scope = access === 'public' || token === null ? 'any' : scopeOf(access, token)
    const params = readParams(c, endpoint)
    const name = isAboutMachine(endpoint) ? (params.get('name') ?? '') : null
    if (name !== null) await requireReach(station, { token, scope }, name)

    const wait = takeTurn(served, endpoint, token, name)
    if (wait > 0) return tooMany(requestId, wait)

    const query = endpoint.query === undefined ? refuseQuery(request.url) : parseQuery(request.url, endpoint.query)
    const { body: asked } = endpoint
    const body = asked === undefined ? undefined : await readJsonBody(request, asked.shape, asked.isOptional === true)
    const { document } = served
    const call: Call = { station, options, request, requestId, token, scope, params, query, body, document }
    return answerResponse(await endpoint.handle(call), { requestId, isPublic: token === null })
  } catch (error) {
    return fail(station, request, requestId, error)
  }
}

function isAboutMachine(endpoint: Endpoint): boolean {
  return endpoint.id.includes('/v1/machines/{name}')
}

/** What ids of ours look like; nothing else is worth a look-up. */
const ID = /^[A-Za-z0-9._:-]{1,128}$/

/** @throws Fault `name_invalid`, `not_found` */
function readParams(c: Context, endpoint: Endpoint): ReadonlyMap<string, string> {
  const params = new Map(Object.entries(c.req.param()))
  if (params.has('id') && !ID.test(params.get('id') ?? '')) throw new Fault('not_found', 'There is no such id.')
  if (isAboutMachine(endpoint)) params.set('name', parseMachineName(params.get('name') ?? ''))
  return params
}

/** 0 when the request may go on, else the seconds to wait. Administrators and public routes are not counted. */
function takeTurn(served: Served, endpoint: Endpoint, token: Token | null, machine: string | null): number {
  if (token === null || token.role === 'admin') return 0

  const now = served.station.clock.now()
  const wait = served.limiter.take('requests', token.id, now)
  if (wait > 0 || endpoint.bodyTypes === undefined) return wait

  return Math.max(
    served.limiter.take('evidenceOfToken', token.id, now),
    served.limiter.take('evidenceOfMachine', machine ?? '', now),
  )
}

function tooMany(requestId: string, seconds: number): Response {
  const fault = new Fault('too_many_requests', `Too many requests: come again in ${seconds} s.`)
  return problemResponse(describeProblem(fault, requestId), {
    ...SECURITY_HEADERS,
    'x-request-id': requestId,
    'retry-after': String(seconds),
  })
}

/** A route without parameters takes none. @throws Fault `request_invalid` */
function refuseQuery(url: string): undefined {
  if (url.includes('?') && url.slice(url.indexOf('?') + 1) !== '') {
    throw new Fault('request_invalid', 'This route takes no query parameters.')
  }
}

function refuse(station: Station, c: Context, why: () => Response): Response {
  try {
    readPath(c.req.raw.url)
    return why()
  } catch (error) {
    return fail(station, c.req.raw, randomUUID(), error)
  }
}

/** No route has this path (404), or none with this method (405). */
function refuseUnknown(c: Context): Response {
  const requestId = randomUUID()
  const path = rawPath(c.req.raw).split('/')
  const methods = ROUTES.filter((route) => matchPath(route.path, path) !== null).map((route) => route.method)
  const headers = { ...SECURITY_HEADERS, 'x-request-id': requestId }
  if (methods.length === 0) {
    const fault = new Fault('not_found', 'There is no such route. GET /v1/openapi.json lists them.')
    return problemResponse(describeProblem(fault, requestId), headers)
  }

  const allow = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))].join(', ')
  const fault = new Fault('request_invalid', `This route takes ${allow}.`)
  return problemResponse(describeProblem(fault, requestId, 405), { ...headers, allow })
}

const ROUTES = Object.keys(ACCESS).map((id) => {
  const [method = '', path = ''] = id.split(' ')
  return { method, path: path.split('/') }
})

/** Any trouble as a problem document; a defect, or a damaged store, is logged with the id that the caller is told. */
function fail(station: Station, request: Request, requestId: string, error: unknown): Response {
  const problem = describeProblem(error, requestId)
  if (problem.status >= 500) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    station.log.error('request.failed', { requestId, method: request.method, code: problem.code, reason })
  }
  return problemResponse(problem, {
    ...SECURITY_HEADERS,
    'x-request-id': requestId,
    ...(isFault(error, 'token_missing') ? { 'www-authenticate': 'Bearer' } : {}),
  })
}
