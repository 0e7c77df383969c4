import type { AptOffer, AptPackage } from '../model.ts'
import { hashVersion } from './version-hash.ts'

/** Of an offer or a merged group of them: what decides whether another entry with an equal version string is the same version. */
export interface VersionIdentity {
  readonly offer: AptOffer
  /** Size of the .deb; 0 where not known, which agrees with any. */
  readonly size: number
  /** null: not worked out yet. */
  hash: number | null
}

export function identifyOffer(offer: AptOffer): VersionIdentity {
  return { offer, size: Number(offer.size) || 0, hash: null }
}

/** Two builds of one version string with other relations are two versions to apt; one can be an upgrade of the other. */
export function isSameOffer(a: VersionIdentity, b: VersionIdentity): boolean {
  if (a.offer.multiArch !== b.offer.multiArch) return false
  if (a.size !== 0 && b.size !== 0 && a.size !== b.size) return false
  return hashOf(a) === hashOf(b)
}

/** The status file knows no size of the .deb, so that does not count. */
export function isSameInstalled(installed: AptPackage, offered: VersionIdentity): boolean {
  if (installed.multiArch !== offered.offer.multiArch) return false
  if (installed.versionHash !== undefined) return installed.versionHash === hashOf(offered)
  return hasEqualFields(installed, offered.offer) || hashVersion(installed) === hashOf(offered)
}

function hashOf(identity: VersionIdentity): number {
  identity.hash ??= hashVersion(identity.offer)
  return identity.hash
}

function hasEqualFields(a: AptPackage, b: AptOffer): boolean {
  if (a.installedSize !== b.installedSize) return false

  const [x, y] = [a.relations, b.relations]
  return (
    x.depends === y.depends &&
    x.preDepends === y.preDepends &&
    x.conflicts === y.conflicts &&
    x.breaks === y.breaks &&
    x.replaces === y.replaces
  )
}
