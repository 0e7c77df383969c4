import { Fault, isFault } from '../../fault.ts'
import type { Download, RefreshTools } from '../package-system.ts'

export type FetchedFile =
  | {
      readonly status: 'found'
      readonly bytes: Buffer<ArrayBuffer>
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly status: 'absent' | 'not-modified' }

/**
 * Fetches one file whole. Absent (404, 410) is an answer; everything else that is not success is a fault.
 * @throws Fault `repository_unreachable` (may work later), `repository_refused` (needs a person; too long), `address_refused`
 */
export async function fetchFile(
  tools: Pick<RefreshTools, 'download'>,
  request: { readonly url: string; readonly maxBytes: number; readonly headers?: Readonly<Record<string, string>> },
): Promise<FetchedFile> {
  const place = { file: request.url }
  try {
    const download = await tools.download(request)
    if (download.status === 200) {
      return { status: 'found', bytes: await readBody(download, request), headers: download.headers }
    }

    await download.cancel()
    if (download.status === 304) return { status: 'not-modified' }
    if (download.status === 404 || download.status === 410) return { status: 'absent' }

    const code = mayWorkLater(download.status) ? 'repository_unreachable' : 'repository_refused'
    throw new Fault(code, `The repository answers with status ${download.status}.`, { place })
  } catch (error) {
    if (isFault(error)) throw error

    throw new Fault('repository_unreachable', 'The connection to the repository broke.', { cause: error, place })
  }
}

/** Client errors do not go away by themselves, but for: too early, time-out, too many requests. */
function mayWorkLater(status: number): boolean {
  return status < 400 || status >= 500 || status === 408 || status === 425 || status === 429
}

// Files of a release or an index are seldom smaller.
const FIRST_BYTES = 16 * 1024

/** In one piece of memory that grows: pieces and the whole side by side would take twice the room. */
async function readBody(download: Download, request: { url: string; maxBytes: number }): Promise<Buffer<ArrayBuffer>> {
  let memory = new ArrayBuffer(Math.min(FIRST_BYTES, request.maxBytes))
  let total = 0
  for await (const chunk of download.body) {
    const needed = total + chunk.length
    if (needed > request.maxBytes) {
      await download.cancel()
      throw new Fault('repository_refused', `The repository sends more than the ${request.maxBytes} bytes it may.`, {
        place: { file: request.url },
      })
    }
    if (needed > memory.byteLength) {
      memory = memory.transfer(Math.max(needed, Math.min(2 * memory.byteLength, request.maxBytes)))
    }
    new Uint8Array(memory).set(chunk, total)
    total = needed
  }
  return Buffer.from(memory, 0, total)
}
