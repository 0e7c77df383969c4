import type { IncomingMessage } from 'node:http'
import { Fault } from '#shared/domain/fault.ts'
import { describeUrl } from '#shared/domain/fetching/fetch-target.ts'
import { asFault } from './exchange.ts'

// What a small rest is: read to keep the connection, instead of cutting it.
const REST_BYTES = 65_536

/**
 * The body as it came over the wire, never decoded, and never longer than `maxBytes`.
 * @throws Fault `repository_refused` when it is longer, `repository_unreachable` when it is cut or too slow
 */
export async function* readBody(
  response: IncomingMessage,
  ask: { url: string; maxBytes: number; signal: AbortSignal },
): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > ask.maxBytes) throw tooLong(ask.url, ask.maxBytes)
      yield chunk
    }
  } catch (error) {
    throw ask.signal.aborted ? (ask.signal.reason as Error) : asFault(error, ask.url)
  } finally {
    response.destroy()
  }
}

/** Says before the body is read what would be wrong with it, and ends it then. @throws Fault `repository_refused` */
export function checkHead(response: IncomingMessage, ask: { url: string; maxBytes: number }): void {
  const wrong = findWrong(response, ask)
  if (wrong === null) return

  response.destroy()
  throw wrong
}

function findWrong(response: IncomingMessage, ask: { url: string; maxBytes: number }): Fault | null {
  const isGood = response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300
  if (!isGood) return null

  const shown = describeUrl(ask.url)
  const place = { file: shown }
  const coding = response.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (coding !== '' && coding !== 'identity' && !isOwnCompression(shown, coding)) {
    return new Fault(
      'repository_refused',
      `${shown} is sent with Content-Encoding '${coding.slice(0, 40)}' that was not asked for`,
      { place },
    )
  }
  const transfer = response.headers['transfer-encoding']?.trim().toLowerCase() ?? 'chunked'
  if (transfer !== 'chunked') {
    return new Fault('repository_refused', `${shown} is sent with Transfer-Encoding '${transfer.slice(0, 40)}'`, {
      place,
    })
  }
  return Number(response.headers['content-length'] ?? 0) > ask.maxBytes ? tooLong(ask.url, ask.maxBytes) : null
}

// Some servers give `Packages.gz` a `Content-Encoding: gzip` though the bytes are the file itself. They are, and are taken as such.
const OWN_COMPRESSION = new Map([
  ['gzip', /\.(gz|tgz)$/],
  ['x-gzip', /\.(gz|tgz)$/],
  ['xz', /\.xz$/],
  ['x-xz', /\.xz$/],
  ['bzip2', /\.bz2$/],
  ['x-bzip2', /\.bz2$/],
  ['zstd', /\.zst$/],
])

function isOwnCompression(url: string, coding: string): boolean {
  return OWN_COMPRESSION.get(coding)?.test(url) === true
}

/** Ends a response that nobody will read, without losing the connection where little of it is left. */
export function discard(response: IncomingMessage): void {
  const length = response.headers['content-length']
  const isShort = response.statusCode === 304 || response.statusCode === 204 || Number(length ?? Infinity) <= REST_BYTES
  if (isShort && !response.destroyed) response.resume()
  else response.destroy()
}

function tooLong(url: string, maxBytes: number): Fault {
  const shown = describeUrl(url)
  return new Fault('repository_refused', `${shown} is longer than the ${maxBytes} bytes that it may be`, {
    place: { file: shown },
  })
}
