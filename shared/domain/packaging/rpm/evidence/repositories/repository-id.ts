import { canonicalJson, sha256 } from '../../../../canonical-json.ts'
import type { RpmRepository } from '../../model.ts'

/**
 * SHA-256 (hex) over everything that changes what is fetched from a repository or accepted of it, the trusted keys included. The order of
 * addresses counts: it is the order in which they are tried. What the machine calls it does not, nor where it says so.
 */
export function identifyRepository(repository: Omit<RpmRepository, 'id' | 'title'>): string {
  const { packageSystem, baseUrls, mirrorList, metalink, demandsSignature, keyrings, needsEntitlement, unreachable } =
    repository
  return sha256(
    canonicalJson({
      packageSystem,
      baseUrls,
      mirrorList,
      metalink,
      demandsSignature,
      keyrings: keyrings.toSorted(),
      needsEntitlement,
      unreachable,
    }),
  )
}

/** `http://mirror.example.org/rocky/9/BaseOS/x86_64/os`, `metalink https://mirror.example.org/?repo=x`. */
export function titleRepository(repository: Pick<RpmRepository, 'baseUrls' | 'mirrorList' | 'metalink'>): string {
  const { baseUrls, mirrorList, metalink } = repository
  const first = baseUrls[0]
  if (first !== undefined) return first.replace(/([^/])\/$/, '$1')
  if (metalink !== null) return `metalink ${metalink}`
  return mirrorList === null ? 'a repository without an address' : `mirrors of ${mirrorList}`
}
