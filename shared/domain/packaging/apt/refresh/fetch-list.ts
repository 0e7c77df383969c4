import { createHash } from 'node:crypto'
import { Fault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import type { ListPlan } from './choose-list.ts'
import { decompress, type Compression } from '../../refreshing/decompress.ts'
import { fetchFile } from '../../refreshing/fetch-file.ts'
import { keyOfList } from './list-layout.ts'
import type { AptListReference } from '../model.ts'
import type { PromisedFile } from './release.ts'
import { openPackagesScanner } from './scan-packages.ts'

/** Real indexes: 10 MB packed, 60 MB plain. */
export const LIST_BYTES = { packed: 512 * 1024 * 1024, plain: 2 * 1024 * 1024 * 1024 } as const

/** The archive is not as its Release file says: perhaps only because it changes at this moment. `missing`: the file is not there. */
export interface Inconsistent {
  readonly status: 'inconsistent'
  readonly isMissing: boolean
  readonly reason: string
  readonly url: string
}

export type FetchedList = { readonly status: 'stored'; readonly list: AptListReference } | Inconsistent

/**
 * Fetches the best variant of a list that is there, checks it (packed and plain: size and hash), reads it and stores it.
 * @throws Fault `repository_refused`, `repository_unreachable`
 */
export async function fetchList(
  tools: RefreshTools,
  folder: string,
  plan: ListPlan,
  byHash: boolean,
): Promise<FetchedList> {
  if (plan.plain.bytes > LIST_BYTES.plain) throw tooLarge(folder + plan.path, plan.plain.bytes)
  if (plan.plain.bytes === 0)
    return storeList({ tools, plan, url: folder + plan.path, kind: 'plain', packed: new Uint8Array(0) })

  let missing: Inconsistent | null = null
  for (const { path, kind, file } of plan.variants) {
    if (file.bytes > LIST_BYTES.packed) throw tooLarge(folder + path, file.bytes)

    for (const url of listUrls(folder, path, file, byHash)) {
      const answer = await fetchFile(tools, { url, maxBytes: file.bytes })
      if (answer.status !== 'found') {
        missing ??= {
          status: 'inconsistent',
          isMissing: true,
          url,
          reason: 'a list that its Release file names is not there',
        }
        continue
      }
      const wrong = findDifference(answer.bytes, file)
      if (wrong !== null) return { status: 'inconsistent', isMissing: false, url, reason: wrong }

      return storeList({ tools, plan, url, kind, packed: answer.bytes })
    }
  }
  if (missing === null) throw new Fault('unexpected', 'A list without any variant was asked for.')

  return missing
}

/** By hash first: its content cannot change while the archive does. */
function listUrls(folder: string, path: string, file: PromisedFile, byHash: boolean): string[] {
  if (!byHash) return [folder + path]

  const directory = path.slice(0, path.lastIndexOf('/') + 1)
  return [`${folder}${directory}by-hash/${file.algorithm.toUpperCase()}/${file.hash}`, folder + path]
}

function findDifference(bytes: Uint8Array, file: PromisedFile): string | null {
  if (bytes.length !== file.bytes)
    return `a list has ${bytes.length} bytes instead of the ${file.bytes} of its Release file`

  const hash = createHash(file.algorithm).update(bytes).digest('hex')
  return hash === file.hash ? null : 'a list does not have the checksum of its Release file'
}

async function storeList(from: {
  tools: RefreshTools
  plan: ListPlan
  url: string
  kind: Compression
  packed: Uint8Array
}): Promise<FetchedList> {
  const { plan, url } = from
  const read = await readIndex({ ...from, algorithm: plan.plain.algorithm, maxBytes: plan.plain.bytes })
  if (read.plainBytes !== plan.plain.bytes || read.hash !== plan.plain.hash) {
    throw new Fault('repository_refused', 'A list does not unpack to what its Release file says.', {
      place: { file: url },
    })
  }
  return { status: 'stored', list: await writeIndex(from.tools, plan, read) }
}

/** What one index holds, and the hash of its plain form. */
export interface ReadIndex {
  readonly algorithm: 'sha256' | 'sha512'
  readonly hash: string
  readonly plainBytes: number
  readonly bytes: Uint8Array
  readonly packages: number
  readonly phased: boolean
  readonly architectures: readonly string[]
}

/** Unpacks, hashes and scans in one pass. @throws Fault `repository_refused` */
export async function readIndex(from: {
  readonly url: string
  readonly kind: Compression
  readonly packed: Uint8Array
  readonly algorithm: 'sha256' | 'sha512'
  readonly maxBytes: number
}): Promise<ReadIndex> {
  const hash = createHash(from.algorithm)
  const scanner = openPackagesScanner(from.url)
  let plainBytes = 0
  for await (const piece of decompress(from.kind, from.packed, from)) {
    plainBytes += piece.length
    hash.update(piece)
    scanner.write(piece)
  }
  return { algorithm: from.algorithm, hash: hash.digest('hex'), plainBytes, ...scanner.finish() }
}

/** Stores a list under the name of its content. */
export async function writeIndex(
  tools: Pick<RefreshTools, 'writeList'>,
  target: { readonly component: string; readonly architecture: string },
  index: ReadIndex,
): Promise<AptListReference> {
  const key = keyOfList(index.algorithm, index.hash)
  await tools.writeList(key, index.bytes)
  return {
    key,
    packages: index.packages,
    component: target.component,
    architecture: target.architecture,
    phased: index.phased,
    architectures: index.architectures,
  }
}

function tooLarge(url: string, bytes: number): Fault {
  return new Fault('repository_refused', `A list of ${bytes} bytes is larger than any that is taken.`, {
    place: { file: url },
  })
}
