import { createHash } from 'node:crypto'
import { signRelease } from '#test/support/signed-archive.ts'
import type { ArchiveKey } from '#test/support/signed-archive.ts'

/** One archive with one component and one architecture, its index given packed and plain. */
export interface ArchiveParts {
  readonly label: string
  readonly suite: string
  readonly codename: string
  readonly plain: Uint8Array
  readonly xz: Uint8Array
}

/** The files of the archive below its `dists/SUITE/`, the Release file signed with the key at that moment. */
export async function makeArchiveFiles(
  parts: ArchiveParts,
  key: ArchiveKey,
  now: Date,
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>([['main/binary-amd64/Packages.xz', parts.xz]])
  const promised = [
    ['main/binary-amd64/Packages', parts.plain],
    ['main/binary-amd64/Packages.xz', parts.xz],
  ] as const
  const sums = promised.map(([path, bytes]) => ` ${hashOf(bytes)} ${bytes.length} ${path}\n`).join('')
  const text = [
    'Origin: Debian',
    `Label: ${parts.label}`,
    `Suite: ${parts.suite}`,
    `Codename: ${parts.codename}`,
    `Date: ${new Date(now.getTime() - 60_000).toUTCString()}`,
    `Valid-Until: ${new Date(now.getTime() + 7 * 86_400_000).toUTCString()}`,
    'Architectures: amd64',
    'Components: main',
    `SHA256:\n${sums}`,
  ].join('\n')
  await signRelease(files, text, { keys: [key], signedAt: new Date(now.getTime() - 30_000) })
  return files
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
