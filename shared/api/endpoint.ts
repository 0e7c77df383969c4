import type { z } from 'zod'
import type { Token } from '#shared/domain/token.ts'
import type { Station } from '#shared/usecases/needs.ts'
import type { RouteId, Scope } from './access.ts'

/** One route: what it takes, what it answers, and the use case that it calls. The same shapes check and document it. */
export interface Endpoint<Query = unknown, Body = unknown> {
  readonly id: RouteId
  readonly summary: string
  /** The query as an object of strings; none: no parameter is taken. */
  readonly query?: z.ZodType<Query>
  /** A JSON body. */
  readonly body?: { readonly shape: z.ZodType<Body>; readonly isOptional?: boolean }
  /** A body of another kind, which the handler reads by itself: its media types. */
  readonly bodyTypes?: readonly string[]
  /** Every answer that is no problem. A string is a media type of text; null: no body. */
  readonly answers: Readonly<Record<number, z.ZodType | string | null>>
  handle(call: Call<Query, Body>): Promise<Answer>
}

export interface Call<Query = unknown, Body = unknown> {
  readonly station: Station
  readonly options: ApiOptions
  readonly request: Request
  readonly requestId: string
  /** null on public routes only. */
  readonly token: Token | null
  readonly scope: Scope
  /** From the path, decoded once. A `name` of a machine is canonical. */
  readonly params: ReadonlyMap<string, string>
  readonly query: Query
  readonly body: Body
  /** The OpenAPI document of all routes. */
  readonly document: () => Readonly<Record<string, unknown>>
}

/** Text that is no JSON, or JSON made by the caller, or nothing. */
export interface Answer {
  readonly status: number
  readonly json?: unknown
  readonly text?: { readonly type: string; readonly body: string }
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiOptions {
  /** The remote importer, served to machines. */
  readonly importerScript: string
  /** Left out: the defaults of `rate-limit.ts`. */
  readonly limits?: Partial<RateLimits>
}

/** Each as requests a second and how many may come at once. Admin tokens have none. */
export interface RateLimits {
  readonly requests: Rate
  readonly evidenceOfToken: Rate
  readonly evidenceOfMachine: Rate
}

export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/** Keeps the types of query and body together while they are written down. */
export function defineEndpoint<Query, Body>(endpoint: Endpoint<Query, Body>): Endpoint {
  return endpoint
}

/** A parameter that the route's path has for certain. */
export function param(call: Pick<Call, 'params'>, name: string): string {
  return call.params.get(name) ?? ''
}
