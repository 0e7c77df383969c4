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

/** `kept`: not taken for good; `waiting`: taken only when another package needs it. */
export type Phasing = 'free' | 'kept' | 'waiting'

/**
 * What phasing does to an update in an upgrade run. Versions of apt that look at the installed version too let the update wait
 * when that is one which they would defer.
 */
export function judgePhasing(
  versions: readonly OfferedVersion[],
  place: InstalledPlace,
  candidate: OfferedVersion,
  machine: { readonly features: AptFeatures; readonly phasing: PhasingPolicy; readonly machineId: string | null },
): Phasing {
  const { features, phasing, machineId } = machine
  if (features.phasing !== 'keep-back') return 'free'

  const from = versions.indexOf(candidate) + (features.phasingExemptsCandidate ? 0 : 1)
  if (isDeferred(candidate, phasing, machineId) && !hasSecuritySuite(versions.slice(from, place.at))) return 'kept'

  const installed = place.isOffered ? versions[place.at] : undefined
  if (installed === undefined || !features.phasingKeepsInstalled) return 'free'

  const isWaiting = isDeferred(installed, phasing, machineId) && !hasSecuritySuite(versions.slice(place.at + 1))
  return isWaiting ? 'waiting' : 'free'
}

/** A security update is never deferred: apt looks for an archive named `…-security` among the versions it passes over. */
function hasSecuritySuite(versions: readonly OfferedVersion[]): boolean {
  return versions.some(({ origins }) => origins.some(({ release }) => release?.suite.endsWith('-security') === true))
}
