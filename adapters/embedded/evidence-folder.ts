import { closeSync, constants, fstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { cutSecrets } from '#shared/domain/evidence-secrets.ts'
import { FOLDER_LIMITS, maxFolderFileBytes, type Evidence } from '#shared/domain/evidence.ts'
import { Fault } from '#shared/domain/fault.ts'
import { resolveInside } from './resolve-inside.ts'

/** Evidence out of a folder, and what of it could not be had. */
export interface ReadFolder {
  readonly evidence: Evidence
  /** For a person: each file that is there and was not read, and why. */
  readonly warnings: string[]
}

/**
 * Reads evidence from a folder that holds a system: a mounted disk, an image's root, or `/` itself. `wanted` are paths inside it; one
 * with a trailing slash stands for the regular files directly in that folder. Links are followed inside the root only, as the system
 * itself would see them; nothing outside is ever opened. Secrets are cut as `cutSecrets` says. A file that is missing is just not there.
 * A hundred small files: read without going to other threads, which would take ten times as long.
 * @throws Fault `request_invalid` (no such folder), `evidence_too_large`
 */
export async function readEvidenceFolder(root: string, wanted: readonly string[]): Promise<ReadFolder> {
  const reading = {
    root: realRoot(root),
    files: new Map<string, Uint8Array>(),
    warnings: [] as string[],
    read: new Map<string, Uint8Array>(),
    bytes: 0,
  }
  for (const path of wanted) {
    if (path.endsWith('/')) readFolder(reading, path.slice(0, -1))
    else readOne(reading, path)
  }
  return { evidence: { files: reading.files }, warnings: reading.warnings }
}

interface Reading {
  readonly root: string
  readonly files: Map<string, Uint8Array>
  readonly warnings: string[]
  /** What was read, by device and number of the file. */
  readonly read: Map<string, Uint8Array>
  bytes: number
}

function realRoot(root: string): string {
  try {
    const real = realpathSync.native(root)
    readdirSync(real)
    return real
  } catch (cause) {
    throw new Fault('request_invalid', `The folder ${root} cannot be read: ${reasonOf(cause)}.`, { cause })
  }
}

function readFolder(reading: Reading, folder: string): void {
  const resolved = resolveInside(reading.root, folder)
  if (resolved.status === 'missing') return
  if (resolved.status === 'unreadable') return void reading.warnings.push(`${folder} was not read: ${resolved.reason}.`)

  const names = attempt(() => readdirSync(join(reading.root, resolved.path)))
  if ('reason' in names) {
    // A file of that name is no folder of evidence; one without permission is.
    if (names.code !== 'ENOTDIR') reading.warnings.push(`${folder} was not read: ${names.reason}.`)
    return
  }
  for (const name of names.value.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    readOne(reading, `${folder}/${name}`)
}

function readOne(reading: Reading, path: string): void {
  if (reading.files.has(path)) return
  if (reading.files.size >= FOLDER_LIMITS.members)
    throw tooLarge(path, `there are more than ${FOLDER_LIMITS.members} files`)

  const resolved = resolveInside(reading.root, path)
  if (resolved.status === 'missing') return
  if (resolved.status === 'unreadable') return void reading.warnings.push(`${path} was not read: ${resolved.reason}.`)
  // By its own name and by the name it leads to: a link must not make a password file look like another.
  if (isOmitted(path) || isOmitted(resolved.path)) return

  const bytes = attempt(() => readBytes(reading, resolved.path))
  if ('fault' in bytes) throw bytes.fault
  if ('reason' in bytes) return void reading.warnings.push(`${path} was not read: ${bytes.reason}.`)
  if (bytes.value === null) return

  const cleaned = cutSecrets(path, bytes.value)
  if (cleaned.status === 'omitted') return void reading.warnings.push(`${path} was left out: it ${cleaned.reason}.`)

  reading.files.set(path, cleaned.bytes)
}

const isOmitted = (path: string) => cutSecrets(path, new Uint8Array(0)).status === 'omitted'

/** The bytes of a regular file, null for anything else. `path` is resolved: no part of it is a link. */
function readBytes(reading: Reading, path: string): Uint8Array | null {
  // Without waiting: a pipe in the place of the file must not hold the reader.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const file = openSync(join(reading.root, path), flags)
  try {
    const facts = fstatSync(file)
    if (!facts.isFile()) return null
    const most = maxFolderFileBytes(path)
    if (facts.size > most) throw tooLarge(path, `it is over ${most} bytes`)
    // One file by several paths, as a database is where one folder leads to another, is read and counted once.
    const identity = `${facts.dev}:${facts.ino}`
    const before = reading.read.get(identity)
    if (before !== undefined) return before

    reading.bytes += facts.size
    if (reading.bytes > FOLDER_LIMITS.totalBytes)
      throw tooLarge(path, `all files together are over ${FOLDER_LIMITS.totalBytes} bytes`)

    if (!isInside(file, reading.root)) return null
    const bytes = readUpTo(file, facts.size)
    reading.read.set(identity, bytes)
    return bytes
  } finally {
    closeSync(file)
  }
}

/** A system that runs may swap a folder for a link between the look and the opening: where the kernel tells, what was opened decides. */
function isInside(file: number, root: string): boolean {
  const opened = attempt(() => readlinkSync(`/proc/self/fd/${file}`))
  return 'reason' in opened || root === '/' || opened.value.startsWith(`${root}/`)
}

/** At most the bytes that were there when it was opened, so that a file that grows meanwhile stays within the limit. */
function readUpTo(file: number, sizeBytes: number): Uint8Array {
  const target = Buffer.alloc(sizeBytes)
  let at = 0
  while (at < sizeBytes) {
    const bytesRead = readSync(file, target, at, sizeBytes - at, at)
    if (bytesRead === 0) break
    at += bytesRead
  }
  return target.subarray(0, at)
}

type Attempt<T> = { value: T } | { reason: string; code: string } | { fault: Fault; reason: string; code: string }

function attempt<T>(act: () => T): Attempt<T> {
  try {
    return { value: act() }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = reasonOf(error)
    return error instanceof Fault ? { fault: error, reason, code } : { reason, code }
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  if (code === 'ENOENT') return 'it does not exist'
  if (code === 'ENOTDIR') return 'it is not a folder'
  return code === '' ? 'it failed' : code
}

function tooLarge(path: string, what: string): Fault {
  return new Fault('evidence_too_large', `${path} is too large: ${what}.`, { place: { file: path } })
}
