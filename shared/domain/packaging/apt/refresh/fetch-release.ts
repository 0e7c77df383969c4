import { sha256 } from '../../../canonical-json.ts'
import { Fault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import { openClearSigned, openDetachedSignature } from '../../refreshing/clear-sign.ts'
import { fetchFile, type FetchedFile } from '../../refreshing/fetch-file.ts'
import { readKeyring } from '../../refreshing/keyring.ts'
import type { AptRepository, AptSnapshot } from '../model.ts'
import { RELEASE_BYTES } from './release.ts'
import { verifySignatures, type Verification } from '../../refreshing/signature.ts'

/** A Release file whose bytes may be used: verified, or taken on the machine's order. */
export interface FetchedRelease {
  readonly status: 'found'
  readonly url: string
  /** Only these were verified; nothing else of the file may be read. */
  readonly bytes: Uint8Array
  readonly sha256: string
  readonly verification: 'verified' | 'trusted-by-option'
  readonly signedBy: readonly string[]
  readonly trustedUntil: string | null
  readonly warnings: readonly string[]
  readonly validators: AptSnapshot['validators']
}

/** `none`: the archive has no Release file at all, and the machine takes that. */
export type ReleaseAnswer = FetchedRelease | { readonly status: 'not-modified' } | { readonly status: 'none' }

const SIGNATURE_BYTES = 1024 * 1024

/** Folder of the Release file, with a trailing slash. */
export function releaseFolder(repository: AptRepository): string {
  if (repository.components.length > 0) return `${repository.uri}dists/${repository.suite}/`

  return repository.suite === '/' ? repository.uri : `${repository.uri}${repository.suite}`
}

/**
 * `InRelease`, else `Release` with `Release.gpg`, conditional on what `known` says, and how far it is to be trusted.
 * @throws Fault `repository_refused`, `repository_unreachable`, both naming the URL
 */
export async function fetchRelease(
  repository: AptRepository,
  tools: RefreshTools,
  known: AptSnapshot | null,
): Promise<ReleaseAnswer> {
  const folder = releaseFolder(repository)
  const ask = (path: string) =>
    fetchFile(tools, {
      url: folder + path,
      maxBytes: RELEASE_BYTES,
      headers: { 'cache-control': 'max-age=0', ...conditions(known, path) },
    })

  const inline = repository.options.inReleasePath ?? 'InRelease'
  const inRelease = await ask(inline)
  if (inRelease.status === 'not-modified') return { status: 'not-modified' }
  if (inRelease.status === 'found') {
    const { signed, armor } = openClearSigned(inRelease.bytes, folder + inline)
    return settle({ repository, tools, path: inline, file: inRelease, bytes: signed, armor })
  }

  const release = await ask('Release')
  if (release.status === 'not-modified') return { status: 'not-modified' }
  if (release.status === 'found') {
    const signature = await fetchFile(tools, { url: `${folder}Release.gpg`, maxBytes: SIGNATURE_BYTES })
    const armor = signature.status === 'found' ? openDetachedSignature(signature.bytes, `${folder}Release.gpg`) : null
    return settle({ repository, tools, path: 'Release', file: release, bytes: release.bytes, armor })
  }
  if (takesUnsigned(repository)) return { status: 'none' }

  throw new Fault('repository_refused', 'The repository has no Release file: it is not there, or not an archive.', {
    place: { file: folder + inline },
  })
}

function takesUnsigned(repository: AptRepository): boolean {
  return repository.trust.kind === 'always' || repository.options.allowInsecure
}

function conditions(known: AptSnapshot | null, path: string): Record<string, string> {
  const validators = known?.validators ?? null
  if (validators === null || validators.path !== path) return {}

  return {
    ...(validators.etag !== null && { 'if-none-match': validators.etag }),
    ...(validators.lastModified !== null && { 'if-modified-since': validators.lastModified }),
  }
}

interface Unsettled {
  readonly repository: AptRepository
  readonly tools: RefreshTools
  readonly path: string
  readonly file: Extract<FetchedFile, { status: 'found' }>
  readonly bytes: Uint8Array
  /** null: not signed. */
  readonly armor: string | null
}

async function settle(found: Unsettled): Promise<FetchedRelease> {
  const { repository, path, file, bytes } = found
  const url = releaseFolder(repository) + path
  const trust = await judgeTrust(found)
  if (trust.refused !== null) throw new Fault('repository_refused', trust.refused, { place: { file: url } })

  return {
    status: 'found',
    url,
    bytes,
    sha256: sha256(bytes),
    verification: trust.good === null ? 'trusted-by-option' : 'verified',
    signedBy: trust.good?.signedBy ?? [],
    trustedUntil: trust.good?.trustedUntil ?? null,
    warnings: trust.warnings,
    validators: {
      path,
      etag: file.headers['etag'] ?? null,
      lastModified: file.headers['last-modified'] ?? null,
    },
  }
}

interface Trust {
  readonly refused: string | null
  readonly good: Extract<Verification, { status: 'good' }> | null
  readonly warnings: readonly string[]
}

const onOrder = (why: string): Trust => ({ refused: null, good: null, warnings: [why] })
const refuse = (why: string): Trust => ({ refused: why, good: null, warnings: [] })

async function judgeTrust({ repository, tools, bytes, armor }: Unsettled): Promise<Trust> {
  const { trust } = repository
  const insecure = repository.options.allowInsecure

  if (trust.kind === 'always')
    return onOrder('Not verified: the machine trusts this repository whatever its signature.')
  if (trust.kind === 'never') {
    return insecure
      ? onOrder('Not verified: the machine never trusts this repository, but uses it.')
      : refuse('The machine does not trust this repository, whatever its signature.')
  }
  if (armor === null) {
    return insecure
      ? onOrder('Not verified: the repository is not signed, and the machine allows that.')
      : refuse('The Release file is not signed.')
  }

  const keys = await Promise.all(trust.keyrings.map(async (name) => readKeyring(name, await tools.keyring(name))))
  const verified = await verifySignatures(
    bytes,
    armor,
    { keys: keys.flat(), fingerprints: trust.fingerprints },
    tools.now,
  )
  if (verified.status === 'good') return { refused: null, good: verified, warnings: [] }
  if (verified.status === 'unknown' && insecure) {
    return onOrder(`Not verified: ${verified.reason}, and the machine allows that.`)
  }
  return refuse(`The signature is refused: ${verified.reason}.`)
}
