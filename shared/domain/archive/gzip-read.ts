import { createGunzip, type Gunzip } from 'node:zlib'
import { Fault, isFault } from '../fault.ts'

/** What unpacking has seen so far; complete once the last plain chunk was taken. */
export interface UnpackProgress {
  packedBytes: number
  unpackedBytes: number
  /** Packed bytes behind the last gzip member that were not read: zeros that pad a tape block, or what hides behind them. */
  trailingBytes: number
}

export interface UnpackLimits {
  readonly packedBytes: number
  readonly unpackedBytes: number
  /** Unpacked bytes a packed byte; looked at once more than `ratioFromBytes` were unpacked. */
  readonly ratio: number
  readonly ratioFromBytes: number
}

const CHUNK_BYTES = 128 * 1024

/**
 * Unpacks one gzip stream of one or more members (RFC 1952, 2.2) as it arrives, checksums included. Nothing is kept: memory is a
 * few chunks however much there is. `seen` is told each packed chunk as it is taken.
 * @throws Fault `evidence_malformed` (empty, not gzip, cut, damaged, something else behind it), `evidence_too_large`
 */
export async function* unpackGzip(
  chunks: AsyncIterable<Uint8Array>,
  limits: UnpackLimits,
  progress: UnpackProgress,
  seen: (chunk: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES })
  const fed = feed(chunks, gunzip, (chunk) => {
    progress.packedBytes += chunk.length
    if (progress.packedBytes > limits.packedBytes) throw tooLarge(`is over ${limits.packedBytes} bytes packed`)
    seen(chunk)
  })
  fed.catch((error: unknown) => gunzip.destroy(error instanceof Error ? error : new Error(String(error))))

  try {
    for await (const plain of gunzip as AsyncIterable<Uint8Array>) {
      progress.unpackedBytes += plain.length
      refuseBomb(limits, progress)
      yield plain
    }
  } catch (error) {
    throw isZlibError(error) ? malformed(describe(error.code, progress)) : error
  } finally {
    gunzip.destroy()
  }

  await fed
  progress.trailingBytes = progress.packedBytes - gunzip.bytesWritten
}

/** Hands the chunks on no faster than they are unpacked, and stops as soon as nobody unpacks any more. */
async function feed(chunks: AsyncIterable<Uint8Array>, gunzip: Gunzip, take: (chunk: Uint8Array) => void) {
  let head = new Uint8Array(0)
  for await (const chunk of chunks) {
    if (gunzip.destroyed && !gunzip.readableEnded) return

    take(chunk)
    if (head.length < 2 && chunk.length > 0) {
      head = Buffer.concat([head, chunk.subarray(0, 2)])
      refuseOtherFormats(head)
    }
    if (gunzip.readableEnded || gunzip.write(chunk)) continue

    await new Promise<void>((resolve) => {
      const go = () => {
        gunzip.off('drain', go).off('close', go)
        resolve()
      }
      gunzip.once('drain', go).once('close', go)
    })
  }
  if (head.length === 0) throw malformed('is empty')
  gunzip.end()
}

function refuseOtherFormats(head: Uint8Array): void {
  const known = head[0] === 0x1f && (head.length < 2 || head[1] === 0x8b)
  if (known) return

  const hex = Buffer.from(head.subarray(0, 2)).toString('hex')
  throw malformed(`is not a gzip file: it begins with the bytes ${hex} instead of 1f8b`)
}

function refuseBomb(limits: UnpackLimits, { packedBytes, unpackedBytes }: UnpackProgress): void {
  if (unpackedBytes > limits.unpackedBytes) throw tooLarge(`unpacks to more than ${limits.unpackedBytes} bytes`)
  if (unpackedBytes > limits.ratioFromBytes && unpackedBytes > packedBytes * limits.ratio)
    throw tooLarge(`unpacks to more than ${limits.ratio} times its size`)
}

function describe(code: string, { unpackedBytes }: UnpackProgress): string {
  const where = `after ${unpackedBytes} unpacked bytes`
  if (code === 'Z_BUF_ERROR') return `is cut: its gzip stream ends too early, ${where}`

  return `has a damaged gzip stream, or something else behind it, ${where}`
}

function isZlibError(error: unknown): error is Error & { code: string } {
  if (!(error instanceof Error) || isFault(error) || !('code' in error)) return false
  return typeof error.code === 'string' && error.code.startsWith('Z_')
}

function malformed(what: string): Fault {
  return new Fault('evidence_malformed', `The evidence archive ${what}.`, { place: { file: ARCHIVE_PLACE } })
}

function tooLarge(what: string): Fault {
  return new Fault('evidence_too_large', `The evidence archive ${what}.`, { place: { file: ARCHIVE_PLACE } })
}

/** How faults call the archive itself, as opposed to a file in it. */
export const ARCHIVE_PLACE = 'evidence.tar.gz'
