import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Fault, FAULTS, isFault } from '#shared/domain/fault.ts'
import type { FaultCode } from '#shared/domain/fault.ts'
import { loadConfig } from '#station/config.ts'
import type { Config } from '#station/config.ts'
import { defaultDataFolder } from '#station/folders.ts'
import type { Workers } from '#station/workers.ts'

/** How a command reaches the API: a station by URL and token, or a data folder that nobody serves at the moment. */
export interface Client {
  readonly address: string
  request(method: string, path: string, options?: RequestOptions): Promise<unknown>
  /** Asks that queued work is done: a station does it anyway, in a folder that nobody serves this process has to. */
  startWork(): void
  close(): Promise<void>
}

export interface RequestOptions {
  readonly json?: unknown
  readonly body?: Uint8Array
  readonly contentType?: string
  readonly timeoutMs?: number
  /** The answer as it was written, whatever it is. */
  readonly asText?: boolean
}

export interface ConnectionOptions {
  readonly station?: string | undefined
  readonly token?: string | undefined
  readonly data?: string | undefined
  readonly config?: string | undefined
  /** A data folder is made where there is none. */
  readonly makesFolder?: boolean
}

type Send = (request: Request) => Promise<Response>

/**
 * A station named by URL is asked there. Else the data folder: when a station serves it, that one is asked with its own admin
 * token, else the folder is opened and the same API answers in this process. Options go before the environment.
 * @throws Fault `station_unreachable`, `token_missing`, `config_invalid`, `data_locked`
 */
export async function openClient(options: ConnectionOptions, env = process.env): Promise<Client> {
  const station = options.station ?? (options.data === undefined ? env.LAZARET_STATION : undefined)
  const token = options.token ?? env.LAZARET_TOKEN
  if (station !== undefined) {
    requireUrl(station)
    if (token === undefined) throw new Fault('token_missing', 'A station wants a token: --token or LAZARET_TOKEN.')
    return clientOver(station, token, fetch)
  }

  const config = await loadConfig(options.config, env)
  const folder = options.data ?? config.data ?? defaultDataFolder(env)
  return (await findServing(folder)) ?? openFolder(folder, config, options.makesFolder === true)
}

function requireUrl(station: string): void {
  const url = URL.parse(station)
  if (url !== null && /^https?:$/.test(url.protocol)) return

  throw new Fault('request_invalid', `"${station}" is not the URL of a station, such as http://127.0.0.1:7412.`)
}

/** The station that serves this folder now, if one does. */
async function findServing(folder: string): Promise<Client | null> {
  const address = await readFile(join(folder, 'address'), 'utf8').catch(() => null)
  const token = await readFile(join(folder, 'admin-token'), 'utf8').catch(() => null)
  if (address === null || token === null) return null

  const client = clientOver(address.trim(), token.trim(), fetch)
  try {
    await client.request('GET', '/v1/health', { timeoutMs: 2000 })
    return client
  } catch (error) {
    if (isFault(error, 'station_unreachable')) return null
    throw error
  }
}

async function openFolder(folder: string, config: Config, makesFolder: boolean): Promise<Client> {
  if (!makesFolder && !(await isThere(folder))) {
    const message = `There is no station: ${folder} is not there. "lazaret up" and "lazaret register" begin one; --data and --station name another.`
    throw new Fault('station_unreachable', message)
  }

  const [{ openStation }, { startWorkers }] = await Promise.all([
    import('#station/station.ts'),
    import('#station/workers.ts'),
  ])
  const opened = await openStation({ config, folder, log: 'quiet' })
  const client = clientOver('http://station.invalid', opened.adminToken, async (request) => opened.api.fetch(request))
  let workers: Workers | null = null
  return {
    ...client,
    address: folder,
    startWork: () => {
      workers ??= startWorkers(opened.station, opened.waitForWork, ['interactive'])
    },
    close: async () => {
      await workers?.stop()
      await opened.close()
    },
  }
}

async function isThere(folder: string): Promise<boolean> {
  return access(folder).then(
    () => true,
    () => false,
  )
}

/** What an error answer says (RFC 9457). */
const Problem = z.looseObject({
  code: z.string().optional(),
  detail: z.string().optional(),
  title: z.string().optional(),
})

const STATUS_CODES: Partial<Record<number, FaultCode>> = { 401: 'token_missing', 403: 'not_allowed', 404: 'not_found' }

function clientOver(address: string, token: string, send: Send): Client {
  const base = address.replace(/\/+$/, '')
  return {
    address: base,
    startWork: () => undefined,
    close: async () => undefined,
    request: async (method, path, options = {}) => {
      const response = await call(send, base, buildRequest(base, token, method, path, options))
      const text = await response.text()
      const body = parseBody(text)
      if (response.ok) return options.asText === true ? text : body

      const problem = Problem.safeParse(body).data ?? {}
      const code =
        problem.code !== undefined && problem.code in FAULTS
          ? (problem.code as FaultCode)
          : STATUS_CODES[response.status]
      const message = problem.detail ?? problem.title ?? `The station answered ${response.status}.`
      throw new Fault(code ?? 'unexpected', message)
    },
  }
}

function buildRequest(base: string, token: string, method: string, path: string, options: RequestOptions): Request {
  const headers = new Headers({ authorization: `Bearer ${token}`, accept: 'application/json' })
  const body = options.json === undefined ? options.body : Buffer.from(JSON.stringify(options.json))
  if (body !== undefined) headers.set('content-type', options.contentType ?? 'application/json')
  try {
    return new Request(`${base}${path}`, {
      method,
      headers,
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      signal: AbortSignal.timeout(options.timeoutMs ?? 330_000),
      redirect: 'error',
    })
  } catch (cause) {
    throw new Fault('request_invalid', `${base} is not the URL of a station.`, { cause })
  }
}

async function call(send: Send, base: string, request: Request): Promise<Response> {
  try {
    return await send(request)
  } catch (cause) {
    if (isFault(cause)) throw cause
    throw new Fault('station_unreachable', `The station at ${base} does not answer${reasonOf(cause)}.`, { cause })
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  return code === '' ? '' : ` (${code})`
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
