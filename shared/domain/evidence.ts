/**
 * Evidence: the very files that a machine's own package manager reads, by path inside the machine without a leading slash
 * (`var/lib/dpkg/status`). Bytes as they were; nothing is decoded before a parser asks for it.
 */
export interface Evidence {
  readonly files: ReadonlyMap<string, Uint8Array>
}

/** Limits on one piece of evidence; beyond any of them it is refused with `evidence_too_large`. */
export const EVIDENCE_LIMITS = {
  packedBytes: 64 * 1024 * 1024,
  unpackedBytes: 512 * 1024 * 1024,
  fileBytes: 64 * 1024 * 1024,
  members: 20_000,
  pathBytes: 512,
  paxBytes: 64 * 1024,
} as const

/**
 * Limits on evidence that is read from a folder, where it lies already: as above, but a database of packages may be a large one of
 * rpm, of which only a list is kept. `databaseBytes` is for one file, `totalBytes` for all files together.
 */
export const FOLDER_LIMITS = {
  members: EVIDENCE_LIMITS.members,
  fileBytes: EVIDENCE_LIMITS.fileBytes,
  databaseBytes: 512 * 1024 * 1024,
  totalBytes: 1024 * 1024 * 1024,
} as const

const DATABASE_NAMES: ReadonlySet<string> = new Set(['rpmdb.sqlite', 'rpmdb.sqlite-wal', 'Packages.db', 'Packages'])

/** How many bytes a file of a folder may have. */
export function maxFolderFileBytes(path: string): number {
  return DATABASE_NAMES.has(path.slice(path.lastIndexOf('/') + 1))
    ? FOLDER_LIMITS.databaseBytes
    : FOLDER_LIMITS.fileBytes
}

/** The file as text. Bytes that are not UTF-8 become U+FFFD, as a package manager that ignores encodings would pass them on. */
export function readText(evidence: Evidence, path: string): string | null {
  const bytes = evidence.files.get(path)
  return bytes === undefined ? null : new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes)
}

/** Paths directly in a folder (`etc/apt/sources.list.d`), in byte order, as readdir plus sort would give them. */
export function listFolder(evidence: Evidence, folder: string): string[] {
  const prefix = `${folder}/`
  const found: string[] = []
  for (const path of evidence.files.keys()) {
    if (path.startsWith(prefix) && !path.slice(prefix.length).includes('/')) found.push(path)
  }
  return found.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}
