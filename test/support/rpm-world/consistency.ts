import { satisfies } from '#shared/domain/packaging/rpm/version.ts'
import type { BuiltPackage, PlannedRelation } from './package.ts'

/**
 * What rpm itself would have allowed to be installed together: leaves out what needs something that is not there, what conflicts with
 * another one, and what another one obsoletes, again and again until nothing is left to be taken out.
 */
export function keepConsistent(packages: readonly BuiltPackage[]): BuiltPackage[] {
  let kept = [...packages]
  for (;;) {
    const next = leaveOutFirst(kept)
    if (next.length === kept.length) return kept
    kept = next
  }
}

function leaveOutFirst(packages: readonly BuiltPackage[]): BuiltPackage[] {
  const provides = new Map<string, PlannedRelation[]>()
  for (const { provides: own } of packages) {
    for (const one of own) provides.set(one.name, [...(provides.get(one.name) ?? []), one])
  }
  const isProvided = (wanted: PlannedRelation) =>
    (provides.get(wanted.name) ?? []).some((provided) => satisfies(provided, wanted))
  const complete = packages.filter(({ requires }) => requires.every(isProvided))
  if (complete.length < packages.length) return complete

  const unwanted = packages.find((one) => packages.some((other) => other !== one && rulesOut(other, one)))
  return packages.filter((one) => one !== unwanted)
}

function rulesOut(other: BuiltPackage, one: BuiltPackage): boolean {
  if (other.name === one.name) return false
  const [own] = one.provides
  return (
    other.conflicts.some((relation) => one.provides.some((provided) => isHit(provided, relation))) ||
    (own !== undefined && other.obsoletes.some((relation) => isHit(own, relation)))
  )
}

function isHit(provided: PlannedRelation, relation: PlannedRelation): boolean {
  return provided.name === relation.name && satisfies(provided, relation)
}
