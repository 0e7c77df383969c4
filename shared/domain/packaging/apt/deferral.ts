import type { AptFeatures } from './apt-features.ts'
import type { PhasingPolicy } from './model.ts'
import { drawPhase } from './phasing.ts'
import type { InstalledPlace, OfferedVersion } from './version-list.ts'

/**
 * Does apt defer this version on this machine because it is offered to a part of the machines first? By configuration always or
 * never; a machine without an id takes part in everything.
 */
export function isDeferred(version: OfferedVersion, phasing: PhasingPolicy, machineId: string | null): boolean {
  const { phasedPercentage, source, sourceVersion } = version.offer
  if (phasedPercentage >= 100 || phasing === 'always') return false
  if (phasing === 'never') return true
  return machineId !== null && drawPhase(`${source}-${sourceVersion}-${machineId}`) > phasedPercentage
}

/**
 * Would an upgrade run keep the package because of phasing? apt looks at the candidate; some of its versions look, before that, at the
 * installed version in the same way.
 */
export function isKeptByPhasing(
  versions: readonly OfferedVersion[],
  place: InstalledPlace,
  candidate: OfferedVersion,
  machine: { readonly features: AptFeatures; readonly phasing: PhasingPolicy; readonly machineId: string | null },
): boolean {
  const { features, phasing, machineId } = machine
  if (features.phasing !== 'keep-back') return false

  const from = versions.indexOf(candidate) + (features.phasingExemptsCandidate ? 0 : 1)
  if (isDeferred(candidate, phasing, machineId) && !hasSecuritySuite(versions.slice(from, place.at))) return true

  const installed = place.isOffered ? versions[place.at] : undefined
  if (installed === undefined || !features.phasingKeepsInstalled) return false
  return isDeferred(installed, phasing, machineId) && !hasSecuritySuite(versions.slice(place.at + 1))
}

/** A security update is never deferred: apt looks for an archive named `…-security` among the versions it passes over. */
function hasSecuritySuite(versions: readonly OfferedVersion[]): boolean {
  return versions.some(({ origins }) => origins.some(({ release }) => release?.suite.endsWith('-security') === true))
}
