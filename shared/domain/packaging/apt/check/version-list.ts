import type { IndexOrigin } from './index-origin.ts'
import type { AptOffer, AptPackage } from '../model.ts'
import { compareAptVersions } from '../version.ts'
import { identifyOffer, isSameInstalled, isSameOffer } from './version-identity.ts'
import type { VersionIdentity } from './version-identity.ts'

/** A package list as the checker uses it: what pins see of it, and how a person knows it. */
export interface ListOrigin extends IndexOrigin {
  readonly kind: 'list'
  /** `bookworm-security/main` */
  readonly title: string
  /** `bookworm-security`, as in `repository:bookworm-security`. */
  readonly suite: string
  readonly isSecurity: boolean
  /** By the general pins and the repository's flags. */
  readonly priority: number
}

/** One version of one package that lists offer; several lists may offer the same. */
export interface OfferedVersion {
  readonly version: string
  readonly offer: AptOffer
  readonly identity: VersionIdentity
  /** In the order of the sources. */
  readonly origins: ListOrigin[]
}

/**
 * Puts an offer into a list of versions, newest first, as apt does: entries of one identity are merged, others with an equal version
 * string stand behind those that came before.
 */
export function addOffer(versions: OfferedVersion[], offer: AptOffer, origin: ListOrigin): void {
  const identity = identifyOffer(offer)
  let at = 0
  for (; at < versions.length; at += 1) {
    const other = versions[at]!
    const order = compareAptVersions(offer.version, other.version)
    if (order > 0) break
    if (order === 0 && isSameOffer(identity, other.identity)) {
      if (!other.origins.includes(origin)) other.origins.push(origin)
      return
    }
  }
  versions.splice(at, 0, { version: offer.version, offer, identity, origins: [origin] })
}

/** Where the installed version stands among the offered: `at` is its index when merged, else the index that it would be inserted at. */
export interface InstalledPlace {
  readonly at: number
  readonly isOffered: boolean
}

export function placeInstalled(versions: readonly OfferedVersion[], installed: AptPackage): InstalledPlace {
  let at = 0
  for (; at < versions.length; at += 1) {
    const other = versions[at]!
    const order = compareAptVersions(installed.version, other.version)
    if (order > 0) break
    if (order === 0 && isSameInstalled(installed, other.identity)) return { at, isOffered: true }
  }
  return { at, isOffered: false }
}
