import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { cutSecrets } from './evidence-secrets.ts'
import { EVIDENCE_LIMITS, type Evidence } from './evidence.ts'
import { unpackGzip, type UnpackProgress } from './archive/gzip-read.ts'
import { readTar, type EvidenceLimits } from './archive/tar-read.ts'
import { writeTar } from './archive/tar-write.ts'

/** Evidence out of an archive, and what there is to say of the archive. */
export interface ReadArchive {
  /** The wanted files, secrets cut out. */
  readonly evidence: Evidence
  /** Of the packed bytes as they came, hex. */
  readonly sha256: string
  readonly packedBytes: number
  /** The archive holds nothing but this evidence: its bytes may be kept as they came. Else what is to be kept is `packEvidence`. */
  readonly isExact: boolean
  /** For a person: members that were not read and why. */
  readonly warnings: string[]
}

const RATIO = 1000
const RATIO_FROM_BYTES = 10 * 1024 * 1024

/**
 * Reads an evidence archive (`tar.gz`) as it arrives, in memory, never touching a file system: the wanted regular files by their path
 * inside the machine. It lands whole or not at all. Secrets are cut even where the sender did not.
 * @throws Fault `evidence_malformed`, `evidence_too_large`; the place is the member, the sentence has its offset
 */
export async function readEvidenceArchive(
  chunks: AsyncIterable<Uint8Array>,
  wanted: (path: string) => boolean,
  limits: EvidenceLimits = EVIDENCE_LIMITS,
): Promise<ReadArchive> {
  const hash = createHash('sha256')
  const progress: UnpackProgress = { packedBytes: 0, unpackedBytes: 0, trailingBytes: 0 }
  const unpackLimits = { ...limits, ratio: RATIO, ratioFromBytes: RATIO_FROM_BYTES }
  const plain = unpackGzip(chunks, unpackLimits, progress, (chunk) => hash.update(chunk))
  try {
    const content = await readTar(plain, wanted, limits)
    const { files, warnings } = content
    if (progress.trailingBytes > 0)
      warnings.push(`${progress.trailingBytes} bytes behind the end of the archive were not read.`)
    if (content.skipped.count > 0)
      warnings.push(
        `${content.skipped.count} files that are no evidence were not read, the first: ${content.skipped.first}`,
      )

    const evidence = { files: cutAll(files, warnings) }
    const { packedBytes } = progress
    return { evidence, sha256: hash.digest('hex'), packedBytes, isExact: warnings.length === 0, warnings }
  } finally {
    await plain.return(undefined)
  }
}

/** The evidence as a `tar.gz`; equal evidence gives equal bytes under one zlib. Read by `readEvidenceArchive` and by any tar. */
export function packEvidence(evidence: Evidence): Uint8Array {
  const packed = gzipSync(writeTar(evidence.files))
  // The header's operating system, which differs between platforms: 255 is "unknown" (RFC 1952, 2.3.1).
  packed[9] = 255
  return packed
}

function cutAll(files: ReadonlyMap<string, Uint8Array>, warnings: string[]): Map<string, Uint8Array> {
  const kept = new Map<string, Uint8Array>()
  for (const [path, bytes] of files) {
    const cleaned = cutSecrets(path, bytes)
    if (cleaned.status === 'omitted') warnings.push(`${path} was left out: it ${cleaned.reason}.`)
    else kept.set(path, cleaned.bytes)
    if (cleaned.status === 'cut')
      warnings.push(`${path}: a user, a password, a query or a private key in it was cut out.`)
  }
  return kept
}
