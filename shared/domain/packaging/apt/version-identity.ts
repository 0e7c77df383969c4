import type { AptOffer, AptPackage, AptRelations, MultiArch } from './model.ts'

/**
 * When two entries with the same version string are one version to apt. Two builds with other relations are two versions, and one
 * can be an upgrade of the other: `1.0` to `1.0`. (apt compares a hash of these fields; here they are compared themselves.)
 */
export interface VersionIdentity {
  readonly multiArch: MultiArch
  /** Size of the .deb; 0 where not known, which agrees with any. */
  readonly size: number
  readonly relations: AptRelations
  readonly installedSize: string
}

export function identifyOffer(offer: AptOffer): VersionIdentity {
  return {
    multiArch: offer.multiArch,
    size: Number(offer.size) || 0,
    relations: offer.relations,
    installedSize: offer.installedSize,
  }
}

/** The status file knows no size of the .deb. */
export function identifyInstalled(installed: AptPackage): VersionIdentity {
  const { multiArch, relations, installedSize } = installed
  return { multiArch, size: 0, relations, installedSize }
}

/** Of two entries whose version strings compare as equal. */
export function isSameVersion(a: VersionIdentity, b: VersionIdentity): boolean {
  if (a.multiArch !== b.multiArch) return false
  if (a.size !== 0 && b.size !== 0 && a.size !== b.size) return false

  return hasEqualFields(a, b) || joinFields(a) === joinFields(b)
}

function hasEqualFields(a: VersionIdentity, b: VersionIdentity): boolean {
  const [x, y] = [a.relations, b.relations]
  return (
    a.installedSize === b.installedSize &&
    x.depends === y.depends &&
    x.preDepends === y.preDepends &&
    x.conflicts === y.conflicts &&
    x.breaks === y.breaks &&
    x.replaces === y.replaces
  )
}

/**
 * The fields one after the other, without what dpkg changes when it writes them into its status file: white space, the old `<` and
 * `>` for `<=` and `>=`, epochs of zero, letter case.
 */
function joinFields({ installedSize, relations }: VersionIdentity): string {
  const { depends, preDepends, conflicts, breaks, replaces } = relations
  return [installedSize, depends, preDepends, conflicts, breaks, replaces]
    .map((field) => field.replaceAll(/0:|[\s=]/g, '').toLowerCase())
    .join('')
}
