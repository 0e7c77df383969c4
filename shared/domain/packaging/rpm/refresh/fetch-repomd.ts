import { createHash } from 'node:crypto'
import { sha256 } from '../../../canonical-json.ts'
import { Fault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import { fetchFile } from '../../refreshing/fetch-file.ts'
import type { RpmRepository, RpmSnapshot } from '../model.ts'
import type { Mirrors } from './find-mirrors.ts'
import { parseRepomd, REPOMD_BYTES, type Repomd } from './repomd.ts'
import { judgeSignature, type Trust } from './trust.ts'

/** A repomd.xml that may be used. */
export interface FetchedRepomd {
  readonly status: 'found'
  readonly url: string
  readonly sha256: string
  readonly content: Repomd
  readonly trust: Trust
  readonly etag: string | null
  readonly lastModified: string | null
}

type RepomdAnswer = FetchedRepomd | { readonly status: 'not-modified' }

interface RepomdRequest {
  readonly repository: RpmRepository
  readonly tools: RefreshTools
  readonly mirrors: Mirrors
  readonly folder: string
  /** The snapshot before: what is offered may not be older. */
  readonly previous: RpmSnapshot | null
  /** The same, where all that it refers to is still there: "not modified" is an answer then. */
  readonly reusable: RpmSnapshot | null
}

/**
 * The repomd.xml of one mirror, conditional on what is known, and how far it is to be trusted.
 * @throws Fault `repository_refused`, `repository_unreachable`, `address_refused`, naming the URL
 */
export async function fetchRepomd(request: RepomdRequest): Promise<RepomdAnswer> {
  const { tools, mirrors, folder, previous, reusable } = request
  const url = `${folder}repodata/repomd.xml`
  const file = await fetchFile(tools, {
    url,
    maxBytes: REPOMD_BYTES,
    headers: { 'cache-control': 'max-age=0', ...conditions(reusable, url) },
  })
  if (file.status === 'not-modified') {
    if (reusable === null) throw refused(url, "The repository answers 'not modified' to an unconditional request.")
    return { status: 'not-modified' }
  }
  if (file.status !== 'found') throw refused(url, 'There is no repository: it has no repomd.xml.')

  const hash = sha256(file.bytes)
  if (mirrors.hashes !== null && !isOneOf(file.bytes, mirrors.hashes)) {
    throw refused(url, 'The repomd.xml does not have the checksum of its metalink.')
  }
  const content = parseRepomd(file.bytes, url)
  // As bytes differ while the numbers are the same: an older one may not hide behind that either.
  if (previous !== null && previous.repomd.sha256 !== hash && tools.acceptChanges !== true) {
    refuseOlder(content, previous, url)
  }
  refuseFuture(content, tools, url)

  const trust = await judgeSignature({ ...request, bytes: file.bytes, url })
  return {
    status: 'found',
    url,
    sha256: hash,
    content,
    trust,
    etag: file.headers['etag'] ?? null,
    lastModified: file.headers['last-modified'] ?? null,
  }
}

function conditions(reusable: RpmSnapshot | null, url: string): Record<string, string> {
  if (reusable === null || reusable.repomd.url !== url) return {}

  const { etag, lastModified } = reusable.repomd
  return {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(lastModified !== null && { 'if-modified-since': lastModified }),
  }
}

function isOneOf(bytes: Uint8Array, hashes: NonNullable<Mirrors['hashes']>): boolean {
  const algorithms = new Set(hashes.map(({ algorithm }) => algorithm))
  for (const algorithm of algorithms) {
    const hash = createHash(algorithm).update(bytes).digest('hex')
    if (hashes.some((one) => one.algorithm === algorithm && one.hash === hash)) return true
  }
  return false
}

function refuseOlder(content: Repomd, previous: RpmSnapshot, url: string): void {
  const { repomd } = previous
  const [old, fresh] = [readRevision(repomd.revision), readRevision(content.revision)]
  if (old !== null && fresh !== null && fresh < old) {
    throw refused(url, `The repository went back in time: revision ${fresh} after ${old}.`)
  }
  if (repomd.timestamp !== null && content.timestamp !== null && content.timestamp < repomd.timestamp) {
    const [before, now] = [isoOf(repomd.timestamp), isoOf(content.timestamp)]
    throw refused(url, `The repository went back in time: its data are of ${now}, after data of ${before}.`)
  }
}

// A clock may be wrong by so much; what is later would keep every honest successor out.
const FUTURE_SECONDS = 86_400

function refuseFuture(content: Repomd, tools: RefreshTools, url: string): void {
  if (tools.acceptChanges === true || content.timestamp === null) return
  if (content.timestamp * 1000 <= tools.now.getTime() + FUTURE_SECONDS * 1000) return

  throw refused(url, `The repository is from the future: its data are of ${isoOf(content.timestamp)}.`)
}

function readRevision(text: string): bigint | null {
  return /^\d{1,40}$/.test(text) ? BigInt(text) : null
}

/** ISO UTC, or the number itself where no calendar goes that far. */
export function isoOf(seconds: number): string {
  return seconds <= 8_640_000_000_000 ? new Date(seconds * 1000).toISOString() : String(seconds)
}

function refused(url: string, message: string): Fault {
  return new Fault('repository_refused', message, { place: { file: url } })
}
