import { Fault } from '../../../fault.ts'
import type { RefreshTools } from '../../package-system.ts'
import { openDetachedSignature } from '../../refreshing/clear-sign.ts'
import { fetchFile } from '../../refreshing/fetch-file.ts'
import { readKeyring } from '../../refreshing/keyring.ts'
import { verifySignatures } from '../../refreshing/signature.ts'
import type { RpmRepository, RpmSnapshot } from '../model.ts'
import type { Mirrors } from './find-mirrors.ts'

export interface Trust {
  readonly verification: 'verified' | 'trusted-by-option'
  readonly signedBy: readonly string[]
  /** ISO UTC; null: for ever. */
  readonly trustedUntil: string | null
  readonly warnings: readonly string[]
}

const SIGNATURE_BYTES = 1024 * 1024

/**
 * Looks at `repomd.xml.asc` where a key is known that could have made it. Without a good signature a repository is refused when the
 * machine demands one, or when it had one before; a signature that is wrong is refused always.
 * @throws Fault `repository_refused`, `repository_unreachable`
 */
export async function judgeSignature(found: {
  readonly repository: RpmRepository
  readonly tools: RefreshTools
  readonly mirrors: Mirrors
  readonly previous: RpmSnapshot | null
  readonly bytes: Uint8Array
  readonly url: string
}): Promise<Trust> {
  const { repository, tools, previous, bytes, url } = found
  const wasSigned = (previous?.signedBy.length ?? 0) > 0 && tools.acceptChanges !== true
  if (repository.keyrings.length === 0) {
    if (!repository.demandsSignature) return unsigned(found, 'the machine has no key for it')
    throw refused(url, 'The machine demands a signature, and none of the keys that it names is known.')
  }

  const place = `${url}.asc`
  const signature = await fetchFile(tools, { url: place, maxBytes: SIGNATURE_BYTES })
  if (signature.status !== 'found') {
    if (repository.demandsSignature) throw refused(place, 'The repository is not signed, and the machine demands that.')
    if (wasSigned) throw refused(place, 'The repository was signed before and is not any more.')
    return unsigned(found, 'it is not signed')
  }

  const keys = await Promise.all(repository.keyrings.map(async (name) => readKeyring(name, await tools.keyring(name))))
  const armor = openDetachedSignature(signature.bytes, place)
  const verified = await verifySignatures(bytes, armor, { keys: keys.flat(), fingerprints: [] }, tools.now)
  if (verified.status === 'good') {
    const { signedBy, trustedUntil } = verified
    return { verification: 'verified', signedBy, trustedUntil, warnings: [] }
  }
  const mayPass = verified.status === 'unknown' && !repository.demandsSignature && !wasSigned
  if (mayPass) return unsigned(found, `its signature is by a key that the machine does not name for it`)

  throw refused(place, `The signature is refused: ${verified.reason}.`)
}

/** Nobody signed it: a metalink by https vouches for it, or only the connection does. */
function unsigned(found: { mirrors: Mirrors; url: string }, why: string): Trust {
  if (found.mirrors.isVouchedFor) return { verification: 'verified', signedBy: [], trustedUntil: null, warnings: [] }

  const transport = found.url.startsWith('https://')
    ? 'only the https connection vouches for what it offers'
    : 'anybody on the way could have changed what it offers'
  const warnings = [`Not verified: ${why}; ${transport}.`]
  return { verification: 'trusted-by-option', signedBy: [], trustedUntil: null, warnings }
}

function refused(url: string, message: string): Fault {
  return new Fault('repository_refused', message, { place: { file: url } })
}
