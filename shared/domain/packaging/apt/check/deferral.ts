import type { AptFeatures } from './apt-features.ts'
import type { PhasingPolicy } from '../model.ts'
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

/** What phasing does to an update in an upgrade run. */
export interface Phasing {
  /** Not marked at once, only when another package needs it. */
  readonly waits: boolean
  /** Taken back in the end, whoever needs it. */
  readonly isKept: boolean
}

/**
 * The candidate decides whether the update is kept. Versions of apt before 2.7.11 let it wait by the phase of the installed version, as
 * that is what they look at before anything is marked; later ones by the candidate's.
 */
export function judgePhasing(
  versions: readonly OfferedVersion[],
  place: InstalledPlace,
  candidate: OfferedVersion,
  machine: { readonly features: AptFeatures; readonly phasing: PhasingPolicy; readonly machineId: string | null },
): Phasing {
  const { features, phasing, machineId } = machine
  if (features.phasing !== 'keep-back') return { waits: false, isKept: false }

  const from = versions.indexOf(candidate) + (features.phasingExemptsCandidate ? 0 : 1)
  const isKept = isDeferred(candidate, phasing, machineId) && !hasSecuritySuite(versions.slice(from, place.at))
  if (!features.phasingKeepsInstalled) return { waits: isKept, isKept }

  const installed = place.isOffered ? versions[place.at] : undefined
  const waits =
    installed !== undefined &&
    isDeferred(installed, phasing, machineId) &&
    !hasSecuritySuite(versions.slice(place.at + 1))
  return { waits, isKept }
}

/** A security update is never deferred: apt looks for an archive named `…-security` among the versions it passes over. */
function hasSecuritySuite(versions: readonly OfferedVersion[]): boolean {
  return versions.some(({ origins }) => origins.some(({ release }) => release?.suite.endsWith('-security') === true))
}
