import { createHash } from 'node:crypto'
import { Fault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import { decompress, type Compression } from '../../refreshing/decompress.ts'
import { fetchFile } from '../../refreshing/fetch-file.ts'
import type { PromisedData } from './repomd.ts'

/** Real ones: 60 MB packed, 500 MB plain. */
const DATA_BYTES = { packed: 256 * 1024 * 1024, plain: 2 * 1024 * 1024 * 1024 } as const

/** A file as it came, in memory of its own. */
export interface FetchedData {
  readonly url: string
  readonly packed: Buffer<ArrayBuffer>
}

/** It is read and not needed any more: its memory is given back at once, not when it is found to be garbage. */
export function letGo(file: FetchedData): void {
  file.packed.buffer.transfer(0)
}

/**
 * Fetches a file that repomd.xml names and checks size and checksum before anything is unpacked.
 * @throws Fault `repository_refused` (also when it is not there), `repository_unreachable`
 */
export async function fetchData(
  tools: Pick<RefreshTools, 'download'>,
  folder: string,
  data: PromisedData,
): Promise<FetchedData> {
  const url = resolveInside(folder, data.href)
  const size = data.sizeBytes
  if (size !== null && size > DATA_BYTES.packed)
    throw refused(url, `A file of ${size} bytes is larger than any that is taken.`)
  if ((data.openSizeBytes ?? 0) > DATA_BYTES.plain) {
    throw refused(url, `A file that unpacks to ${data.openSizeBytes} bytes is larger than any that is taken.`)
  }

  const file = await fetchFile(tools, { url, maxBytes: size ?? DATA_BYTES.packed })
  if (file.status !== 'found') throw refused(url, 'A file that repomd.xml names is not there.')
  if (size !== null && file.bytes.length !== size) {
    throw refused(url, `A file has ${file.bytes.length} bytes instead of the ${size} of its repomd.xml.`)
  }
  if (createHash(data.checksum.algorithm).update(file.bytes).digest('hex') !== data.checksum.hash) {
    throw refused(url, 'A file does not have the checksum of its repomd.xml.')
  }
  return { url, packed: file.bytes }
}

/**
 * Unpacks it piece by piece, and after the last one says whether it was what repomd.xml promised of the plain form.
 * @throws Fault `repository_refused`
 */
export async function* unpackData(
  file: { readonly url: string; readonly packed: Uint8Array },
  data: PromisedData,
): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = data.openChecksum === null ? null : createHash(data.openChecksum.algorithm)
  let total = 0
  const limits = { maxBytes: data.openSizeBytes ?? DATA_BYTES.plain, url: file.url }
  for await (const piece of decompress(compressionOf(file.packed), file.packed, limits)) {
    total += piece.length
    hash?.update(piece)
    yield piece
  }
  if (data.openSizeBytes !== null && total !== data.openSizeBytes) {
    throw refused(file.url, `A file unpacks to ${total} bytes instead of the ${data.openSizeBytes} of its repomd.xml.`)
  }
  if (hash !== null && hash.digest('hex') !== data.openChecksum?.hash) {
    throw refused(file.url, 'A file does not unpack to what its repomd.xml says.')
  }
}

/** By its first bytes: names are not fixed, and some say nothing. */
export function compressionOf(packed: Uint8Array): Compression {
  const begins = (...bytes: number[]) => bytes.every((byte, index) => packed[index] === byte)
  if (begins(0x1f, 0x8b)) return 'gz'
  if (begins(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return 'xz'
  if (begins(0x28, 0xb5, 0x2f, 0xfd)) return 'zst'
  if (begins(0x42, 0x5a, 0x68)) return 'bz2'
  return 'plain'
}

/** The address of a file of the repository. @throws Fault for one that leads anywhere else */
export function resolveInside(folder: string, href: string): string {
  const isPlain = href.length <= 2048 && /^[!-~]+$/.test(href) && !/[\\?#]/.test(href)
  const resolved = isPlain && URL.canParse(href, folder) ? new URL(href, folder).href : null
  if (resolved !== null && resolved.startsWith(new URL(folder).href) && !/%(?:2e|2f|5c)/i.test(href)) return resolved

  throw refused(folder, `The repository names a file outside of itself: ${href.slice(0, 200)}.`)
}

function refused(url: string, message: string): Fault {
  return new Fault('repository_refused', message, { place: { file: url } })
}
