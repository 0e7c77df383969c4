import type { AptFeatures } from './apt-features.ts'
import type { PhasingPolicy } from './model.ts'
import { drawPhase } from './phasing.ts'
import type { OfferedVersion } from './version-list.ts'

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

/** A security update is never deferred: apt looks for an archive named `…-security` among the versions between. `newer` as in significance. */
export function isExemptFromPhasing(
  newer: readonly OfferedVersion[],
  candidate: OfferedVersion,
  features: AptFeatures,
): boolean {
  const from = newer.indexOf(candidate) + (features.phasingExemptsCandidate ? 0 : 1)
  return newer
    .slice(from)
    .some(({ origins }) => origins.some(({ release }) => release?.suite.endsWith('-security') === true))
}
