import type { Download } from '../domain/packaging/package-system.ts'

/**
 * The only way to the outside. Refuses, before a packet is sent, every address that is private, loopback, link-local, metadata
 * or otherwise special – as a literal, after name resolution and after each redirect – unless the operator lists the host.
 * Only http and https; no user in the URL; no downgrade from https; at most 5 redirects; asks for `identity` encoding; ≤ 2
 * connections and ≤ 4 requests a second to one host that is not the operator's own.
 */
export interface Fetcher {
  /** @throws Fault `address_refused`, `repository_unreachable` (no answer, or not in time) */
  fetch(request: FetchRequest): Promise<FetchResponse>
}

export interface FetchRequest {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  /** A longer body is a fault while it streams. */
  readonly maxBytes: number
  /** For the whole of it, body included. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

export interface FetchResponse extends Download {
  /** After mirrors and redirects. */
  readonly url: string
}
