import { createHash } from 'node:crypto'
import type { Fetcher } from '#shared/ports/fetcher.ts'

/** Archives from memory, by `host/path`: the download costs nothing. `requests` counts. */
export function openMemoryFetcher(files: ReadonlyMap<string, Uint8Array>): Fetcher & { requests: number } {
  const etags = new WeakMap<Uint8Array, string>()
  const etagOf = (bytes: Uint8Array) => {
    const etag = etags.get(bytes) ?? `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`
    etags.set(bytes, etag)
    return etag
  }
  // Before the clock runs.
  for (const bytes of files.values()) etagOf(bytes)

  const fetcher = {
    requests: 0,
    async fetch(request: Parameters<Fetcher['fetch']>[0]) {
      fetcher.requests += 1
      const bytes = files.get(request.url.replace('http://', ''))
      const etag = bytes === undefined ? '' : etagOf(bytes)
      const isKnown = bytes !== undefined && request.headers?.['if-none-match'] === etag
      return {
        url: request.url,
        status: bytes === undefined ? 404 : isKnown ? 304 : 200,
        headers: { etag },
        body: inPieces(isKnown ? undefined : bytes),
        cancel: async () => undefined,
      }
    },
  }
  return fetcher
}

/** As a socket would hand it over. */
async function* inPieces(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < (bytes?.length ?? 0); at += 65_536) yield bytes!.subarray(at, at + 65_536)
}
