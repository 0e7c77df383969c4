import { sha256 } from '../../../../canonical-json.ts'
import { listFolder } from '../../../../evidence.ts'
import type { Evidence } from '../../../../evidence.ts'
import { beyondQuota } from '../../../evidence-fault.ts'

/** Bytes of all keys that the repositories of one machine name. */
const MAX_KEY_BYTES = 16 * 1024 * 1024
const MAX_KEYRINGS = 256

/** Looks up the keys that repositories name, in the evidence alone, and gathers what was used. */
export interface KeyReader {
  /** SHA-256 (hex) of the file at a path without a leading slash; null where it is not part of the evidence. */
  read(path: string): string | null
  readonly keyrings: ReadonlyMap<string, Uint8Array>
}

/** Opens a reader of keys on one machine's evidence. @throws Fault `quota_exceeded`, from `read` */
export function openKeyReader(evidence: Evidence): KeyReader {
  const keyrings = new Map<string, Uint8Array>()
  const names = new Map<string, string>()
  let bytes = 0
  return {
    keyrings,
    read(path) {
      const known = names.get(path)
      if (known !== undefined) return known
      const content = evidence.files.get(path)
      if (content === undefined) return null

      const name = sha256(content)
      names.set(path, name)
      if (!keyrings.has(name)) bytes += content.byteLength
      keyrings.set(name, content)
      if (bytes > MAX_KEY_BYTES) throw beyondQuota(path, 'more than 16 MiB of keys.')
      if (keyrings.size > MAX_KEYRINGS) throw beyondQuota(path, `more than ${MAX_KEYRINGS} keyrings.`)
      return name
    },
  }
}

/** Keys that a SUSE system comes with and trusts for every repository. */
export const SUSE_KEYS_FOLDER = 'usr/lib/rpm/gnupg/keys'

export function listSuseKeys(evidence: Evidence): string[] {
  return listFolder(evidence, SUSE_KEYS_FOLDER)
}

/** `file:///etc/x`, `file:/etc/x` and `/etc/x` name a file of the machine; null for an address elsewhere. Never one that climbs. */
export function keyFilePath(text: string): string | null {
  const word = text.startsWith('file:') ? text.slice('file:'.length).replace(/^\/+/, '/') : text
  if (!word.startsWith('/') || word.length > 512 || word.split('/').includes('..')) return null
  return word.slice(1).replaceAll(/\/{2,}/g, '/')
}
