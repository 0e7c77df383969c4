import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { Fault, isFault } from '#shared/domain/fault.ts'
import { checkAddresses, decidePermission, type FetchRules } from '#shared/domain/fetching/fetch-permission.ts'
import { defaultPort, describeUrl, readFetchTarget, type FetchTarget } from '#shared/domain/fetching/fetch-target.ts'
import { parseHostList } from '#shared/domain/fetching/host-list.ts'
import {
  applyMirrors,
  parseMirrorMap,
  parseUrlPrefix,
  type Mirror,
  type MirrorMap,
} from '#shared/domain/fetching/mirror-map.ts'
import type { Fetcher, FetchRequest, FetchResponse } from '#shared/ports/fetcher.ts'
import type { Log } from '#shared/ports/ports.ts'
import { openAgents, type Agents } from './fetching/agents.ts'
import { checkHead, discard, readBody } from './fetching/body.ts'
import { asFault, exchange } from './fetching/exchange.ts'
import { openHostGate, type HostGate } from './fetching/host-gate.ts'
import { openStop, unreachable, type Stop } from './fetching/stop.ts'

export interface FetcherOptions {
  /** What the operator lets the fetcher reach although it is private, loopback or on another port; see `HostList`. */
  readonly internalHosts: readonly string[]
  /**
   * URL prefixes that the administrator of the station's own machine wrote: its own package sources. Those that no fetcher can use
   * are passed over.
   */
  readonly ownSources: readonly string[]
  readonly mirrors: readonly Mirror[]
  readonly log: Log
  /** PEM file of a certificate authority to trust besides the usual ones. */
  readonly certificateAuthority?: string | undefined
  /** Every address of a name; the system's resolver when left out. */
  readonly resolve?: (name: string) => Promise<readonly string[]>
  readonly limits?: Partial<FetcherLimits>
}

/** For hosts that are not the operator's own; redirects and headers for all. */
export interface FetcherLimits {
  readonly connectionsPerHost: number
  readonly requestsPerSecond: number
  /** How long a request may wait for its turn; this wait does not count towards its own time. */
  readonly maxWaitMs: number
  readonly maxRedirects: number
  readonly headerBytes: number
}

const LIMITS: FetcherLimits = {
  connectionsPerHost: 2,
  requestsPerSecond: 4,
  maxWaitMs: 60_000,
  maxRedirects: 5,
  headerBytes: 16_384,
}

/** The fetcher of this process. `close` drops its kept connections. @throws Fault `config_invalid` */
export function openFetcher(options: FetcherOptions): Fetcher & { close(): void } {
  const limits = { ...LIMITS, ...options.limits }
  const mirrors = parseMirrorMap(options.mirrors)
  const rules: FetchRules = {
    hosts: parseHostList([...options.internalHosts, ...mirrors.rules.map((rule) => hostOf(rule.to))]),
    ownSources: options.ownSources.flatMap(readOwnSource),
  }
  const agents = openAgents({ authority: options.certificateAuthority ?? null, mirrors: options.mirrors })
  const house: House = {
    limits,
    mirrors,
    rules,
    agents,
    gate: openHostGate({ connections: limits.connectionsPerHost, perSecond: limits.requestsPerSecond }),
    resolve: options.resolve ?? resolveBySystem,
  }

  return {
    fetch: async (request) => {
      try {
        return await follow(house, request)
      } catch (error) {
        if (isFault(error, 'address_refused')) options.log.warn('fetch.refused', { reason: error.message })
        throw error
      }
    },
    close: () => agents.close(),
  }
}

// `cdrom:[…]/`, a user in a URL: lawful in a machine's sources and no reason not to start, but nothing to be reached here.
function readOwnSource(source: string): readonly string[] {
  if (!/^https?:/i.test(source)) return []

  try {
    return [parseUrlPrefix(source, 'ownSources')]
  } catch (error) {
    if (isFault(error, 'config_invalid')) return []
    throw error
  }
}

interface House {
  readonly limits: FetcherLimits
  readonly mirrors: MirrorMap
  readonly rules: FetchRules
  readonly agents: Agents
  readonly gate: HostGate
  readonly resolve: (name: string) => Promise<readonly string[]>
}

interface Hop {
  readonly target: FetchTarget
  readonly mirror: Mirror | null
}

async function follow(house: House, request: FetchRequest): Promise<FetchResponse> {
  const stop = openStop(request)
  const seen = new Set<string>()
  let hop = readHop(house, request.url, null)
  try {
    for (;;) {
      seen.add(hop.target.url)
      const response = await ask(house, hop, request, stop)
      const next = findRedirect(house, hop, response)
      if (next === null) return handOver(response, hop, request, stop)

      if (seen.has(next.target.url)) throw unreachable(request.url, 'redirects in a circle')
      if (seen.size > house.limits.maxRedirects) throw unreachable(request.url, 'redirects too often')
      hop = next
    }
  } catch (error) {
    stop.end()
    throw error
  }
}

/** Mirrors come before anything else; what they lead to is checked like everything else. */
function readHop(house: House, url: string, from: Hop | null): Hop {
  const mapped = applyMirrors(house.mirrors, url)
  const target = readFetchTarget(mapped?.url ?? url)
  if (mapped !== null) return { target, mirror: mapped.rule.mirror }

  const isSameOrigin = from !== null && new URL(from.target.url).origin === new URL(target.url).origin
  return { target, mirror: isSameOrigin ? from.mirror : null }
}

async function ask(house: House, hop: Hop, request: FetchRequest, stop: Stop): Promise<IncomingMessage> {
  const { target } = hop
  const permission = decidePermission(house.rules, target)
  const leave = permission.isOperators ? () => {} : await takeTurn(house, target, stop)
  try {
    stop.start()
    const found = target.isAddress ? [target.host] : await stop.orAbort(resolveName(house, target))
    const addresses = checkAddresses(target, permission, found)
    const response = await exchange({
      target,
      permission,
      addresses,
      headers: { 'user-agent': 'lazaret', ...request.headers },
      agent: house.agents.pick(target.scheme, hop.mirror),
      headerBytes: house.limits.headerBytes,
      signal: stop.signal,
    })
    response.on('close', leave)
    return response
  } catch (error) {
    leave()
    throw error
  }
}

async function takeTurn(house: House, target: FetchTarget, stop: Stop): Promise<() => void> {
  const waiting = AbortSignal.any([stop.signal, AbortSignal.timeout(house.limits.maxWaitMs)])
  try {
    return await house.gate.enter(target.host, waiting)
  } catch {
    stop.signal.throwIfAborted()
    throw unreachable(target.url, `was not asked: too many requests wait for ${target.host}`)
  }
}

async function resolveName(house: House, target: FetchTarget): Promise<readonly string[]> {
  try {
    return await house.resolve(target.hostname)
  } catch (error) {
    throw asFault(error, target.url)
  }
}

async function resolveBySystem(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true, order: 'verbatim' })).map((found) => found.address)
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Where a response sends us, read as strictly as the first URL; null when it does not. @throws Fault `address_refused` */
function findRedirect(house: House, hop: Hop, response: IncomingMessage): Hop | null {
  const { location } = response.headers
  if (!REDIRECTS.has(response.statusCode ?? 0) || location === undefined) return null

  // Its body is nobody's, and may never end.
  if (response.headers['content-length'] === '0') response.resume()
  else response.destroy()

  const next = readHop(house, absolute(location, hop.target), hop)
  const isDowngrade = hop.target.scheme === 'https' && next.target.scheme === 'http' && next.mirror === null
  if (!isDowngrade) return next

  const shown = describeUrl(hop.target.url)
  throw new Fault('address_refused', `${shown} redirects from https to http`, { place: { file: shown } })
}

/** A full or `//host` location is left as written, so that its own form is judged; a path is put onto the present host. */
function absolute(location: string, from: FetchTarget): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(location)) return location
  if (/^[/\\]{2}/.test(location)) return `${from.scheme}:${location}`
  if (/[\p{Cc}\s\\]/u.test(location)) return location

  return new URL(location, from.url).href
}

function handOver(response: IncomingMessage, hop: Hop, request: FetchRequest, stop: Stop): FetchResponse {
  const asked = { url: hop.target.url, maxBytes: request.maxBytes, signal: stop.signal }
  response.on('close', () => stop.end())
  checkHead(response, asked)
  const headers: Record<string, string> = Object.create(null)
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }

  return {
    url: hop.target.url,
    status: response.statusCode ?? 0,
    headers,
    body: readBody(response, asked),
    cancel: async () => discard(response),
  }
}

function hostOf(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port === '' ? defaultPort(protocol === 'https:' ? 'https' : 'http') : port}`
}
