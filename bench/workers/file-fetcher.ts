import { existsSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fetcher } from '#shared/ports/fetcher.ts'

// As a socket would hand it over.
const PIECE_BYTES = 65_536

/** Archives from a folder, by `host/path`, piece by piece: nothing of them is in memory but what the reader keeps. `requests` counts. */
export function openFileFetcher(folder: string): Fetcher & { requests: number } {
  const fetcher = {
    requests: 0,
    async fetch(request: Parameters<Fetcher['fetch']>[0]) {
      fetcher.requests += 1
      const path = join(folder, request.url.replace('http://', ''))
      const isThere = existsSync(path)
      const etag = isThere ? `"${(await stat(path)).mtimeMs}"` : ''
      const isKnown = isThere && request.headers?.['if-none-match'] === etag
      return {
        url: request.url,
        status: isThere ? (isKnown ? 304 : 200) : 404,
        headers: { etag },
        body: readPieces(isThere && !isKnown ? path : null),
        cancel: async () => undefined,
      }
    },
  }
  return fetcher
}

async function* readPieces(path: string | null): AsyncGenerator<Uint8Array> {
  if (path === null) return

  const file = await open(path)
  try {
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(PIECE_BYTES), 0, PIECE_BYTES)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}
