import { sha256 } from '../../../canonical-json.ts'
import type { Evidence } from '../../../evidence.ts'
import { isAptAtLeast } from '../apt-words.ts'
import type { AptConfiguration } from './configuration.ts'
import { beyondQuota } from '../../evidence-fault.ts'
import { listConfigFolder } from './folder-rules.ts'
import type { AptTrust } from '../model.ts'
import { locateFile } from './read-configuration.ts'

/** Bytes of all key material that the sources of one machine name. */
const MAX_KEY_BYTES = 16 * 1024 * 1024
const MAX_KEYRINGS = 256
/** Names in one Signed-By. */
const MAX_SIGNERS = 64

/** Looks up the keys that sources name, in the evidence alone, and gathers what was used. */
export interface TrustReader {
  /** `signedBy` as normalised by `normaliseSignedBy`; '' means the keys that the machine trusts for everything. */
  read(source: { trusted: boolean | null; signedBy: string; place: string }): AptTrust
  readonly keyrings: ReadonlyMap<string, Uint8Array>
  readonly warnings: readonly string[]
}

/** Opens a trust reader on one machine's evidence. */
export function openTrustReader(evidence: Evidence, config: AptConfiguration): TrustReader {
  const keyrings = new Map<string, Uint8Array>()
  const names = new Map<string, string>()
  const warnings: string[] = []
  let general: readonly string[] | null = null

  const keep = (bytes: Uint8Array) => {
    const name = sha256(bytes)
    keyrings.set(name, bytes)
    if (keyrings.size > MAX_KEYRINGS) throw beyondQuota('etc/apt', `more than ${MAX_KEYRINGS} keyrings.`)
    const total = [...keyrings.values()].reduce((sum, keyring) => sum + keyring.byteLength, 0)
    if (total > MAX_KEY_BYTES) throw beyondQuota('etc/apt', 'more than 16 MiB of keys.')
    return name
  }
  const keepFile = (path: string) => {
    const bytes = evidence.files.get(path)
    if (bytes === undefined) return null

    const name = names.get(path) ?? keep(bytes)
    names.set(path, name)
    return name
  }
  const generalKeyrings = () => {
    general ??= listGeneralKeyrings(evidence, config).flatMap((path) => keepFile(path) ?? [])
    return general
  }

  return {
    keyrings,
    warnings,
    read({ trusted, signedBy, place }) {
      if (trusted === true) return { kind: 'always' }
      if (trusted === false) return { kind: 'never' }
      if (signedBy === '') return { kind: 'keys', keyrings: generalKeyrings(), fingerprints: [] }
      if (signedBy.startsWith(KEY_BLOCK)) {
        return { kind: 'keys', keyrings: [keep(Buffer.from(signedBy, 'utf8'))], fingerprints: [] }
      }

      const signers = signedBy.split(',')
      const paths = signers.filter((signer) => signer.startsWith('/'))
      const fingerprints = signers.filter((signer) => !signer.startsWith('/'))
      const found: string[] = []
      for (const path of paths) {
        const name = keepFile(path.replace(/^\/+/, ''))
        if (name === null) warnings.push(`${place}: the keyring ${path} is not part of the evidence.`)
        else found.push(name)
      }
      return { kind: 'keys', keyrings: paths.length === 0 ? generalKeyrings() : found, fingerprints }
    },
  }
}

const KEY_BLOCK = '-----BEGIN PGP PUBLIC KEY BLOCK-----'

/** What apt takes for an embedded key since 2.3.10. */
const EMBEDDED_SINCE = [2, 3, 10] as const

/**
 * One form for each way to write the same `Signed-By`: a key block with clean lines, or absolute paths and fingerprints (upper case,
 * with their `!`), joined by commas. null: neither, which makes apt refuse its sources.
 */
export function normaliseSignedBy(text: string, aptVersion: string | null): string | null {
  const value = text.trim()
  if (value === '') return ''
  if (value.startsWith(KEY_BLOCK)) {
    if (isAptAtLeast(aptVersion, EMBEDDED_SINCE) === false) return null
    return value
      .split('\n')
      .map((line) => line.trim())
      .map((line) => (line === '.' ? '' : line))
      .join('\n')
      .concat('\n')
  }

  const names = value.split(/[\s,]+/).filter((name) => name !== '')
  if (names.length > MAX_SIGNERS) return null
  const normal = names.map((name) => (name.startsWith('/') ? name : name.toUpperCase()))
  return normal.every((name) => name.startsWith('/') || /^[0-9A-F]{40}!?$/.test(name)) ? normal.join(',') : null
}

/** Keyrings that vouch for every source without a Signed-By. */
function listGeneralKeyrings(evidence: Evidence, config: AptConfiguration): string[] {
  const single = locateFile(config, 'Dir::Etc::trusted', 'etc/apt/trusted.gpg')
  const folder = locateFile(config, 'Dir::Etc::trustedparts', 'etc/apt/trusted.gpg.d')
  const parts =
    folder === null ? [] : listConfigFolder(evidence, folder, { extensions: ['gpg', 'asc'], bareNames: false })
  return [...(single !== null && evidence.files.has(single) ? [single] : []), ...parts]
}
