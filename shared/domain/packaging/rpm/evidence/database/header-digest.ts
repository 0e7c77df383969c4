import { createHash } from 'node:crypto'
import { Buffer } from 'node:buffer'
import { damaged } from './header-blob.ts'
import { readTextTag, type HeaderIndex } from './header-index.ts'

const SHA1 = 269
const SHA256 = 273
/** What stands in front of a header in a package file, and so in what was digested. */
const MAGIC = Buffer.from([0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0])

/**
 * Compares the immutable part of a header with the digest that rpm stored beside it when the package was installed (rpm,
 * lib/rpmvs.c): a name or version that lost a bit must not pass for another one. A header without digest is taken as it is.
 * @throws Fault `evidence_malformed`
 */
export function checkHeaderDigest(header: HeaderIndex): void {
  if (header.immutable === null) return

  const sha256 = readTextTag(header, SHA256)
  const expected = sha256 ?? readTextTag(header, SHA1)
  if (expected === null) return

  const { index, data } = header.immutable
  const lengths = Buffer.alloc(8)
  lengths.writeUInt32BE(index.length / 16, 0)
  lengths.writeUInt32BE(data.length, 4)
  const hash = createHash(sha256 === null ? 'sha1' : 'sha256')
  for (const part of [MAGIC, lengths, index, data]) hash.update(part)
  if (hash.digest('hex') !== expected)
    throw damaged(header.path, header.offset, 'a header does not match its own digest')
}
