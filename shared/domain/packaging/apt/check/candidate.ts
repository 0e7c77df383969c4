import { STATUS_ORIGIN } from './index-origin.ts'
import type { AptPackage } from '../model.ts'
import { NEVER_PRIORITY } from '../evidence/preferences.ts'
import type { PinnedVersion, Priorities } from './pin-priority.ts'
import { compareAptVersions } from '../version.ts'
import type { InstalledPlace, OfferedVersion } from './version-list.ts'

/** What the walk over the versions needs to know besides them. */
export interface CandidateRules {
  readonly priorities: Priorities
  readonly statusPriority: number
  /** The answer depends on who the machine is. */
  readonly isPersonal: boolean
  /** True for a version whose priority phasing lowers to 1 (apt before 2.5.1). */
  readonly isLowered: (version: OfferedVersion) => boolean
}

/**
 * The offered version that apt would install in place of the installed one; null when that is the installed version itself, or none. The walk
 * of apt's policy engine: newest first, a version must beat the best priority so far, so ties go to the newer; older ones than
 * installed count from 1000 on (a downgrade); negative never, zero never.
 */
export function findCandidate(
  versions: readonly OfferedVersion[],
  installed: AptPackage,
  architecture: string,
  place: InstalledPlace,
  rules: CandidateRules,
): OfferedVersion | null {
  let best = -1
  let candidate: OfferedVersion | null = null
  const consider = (priority: number, version: OfferedVersion | null) => {
    if (priority === 0 || priority <= best) return

    best = priority
    candidate = version
  }

  for (const version of versions.slice(0, place.at)) {
    consider(prioritise(version, architecture, false, rules), version)
  }
  consider(prioritiseInstalled(versions, installed, architecture, place, rules), null)
  for (const version of versions.slice(place.isOffered ? place.at + 1 : place.at)) {
    const priority = prioritise(version, architecture, false, rules)
    if (priority >= 1000 || compareAptVersions(version.version, installed.version) === 0) consider(priority, version)
  }
  return candidate
}

/** The version that would be installed of a package that is not: the best priority, the newest of equal ones; null for none. */
export function findNewCandidate(
  versions: readonly OfferedVersion[],
  architecture: string,
  rules: CandidateRules,
): OfferedVersion | null {
  let best = 0
  let candidate: OfferedVersion | null = null
  for (const version of versions) {
    const priority = prioritise(version, architecture, false, rules)
    if (priority <= best) continue

    best = priority
    candidate = version
  }
  return candidate
}

function prioritise(
  version: OfferedVersion,
  architecture: string,
  isInstalled: boolean,
  rules: CandidateRules,
): number {
  if (rules.isLowered(version)) return 1

  const { name, source, sourceVersion } = version.offer
  const origins = isInstalled ? [...version.origins, STATUS_ORIGIN] : version.origins
  const pin = findPin({ name, architecture, version: version.version, source, sourceVersion, origins }, rules)
  const status = isInstalled ? rules.statusPriority : NEVER_PRIORITY
  const highest = Math.max(status, ...version.origins.map((origin) => origin.priority))
  return pin === null || highest === NEVER_PRIORITY ? highest : pin
}

function prioritiseInstalled(
  versions: readonly OfferedVersion[],
  installed: AptPackage,
  architecture: string,
  place: InstalledPlace,
  rules: CandidateRules,
): number {
  const offered = place.isOffered ? versions[place.at] : undefined
  if (offered !== undefined) return prioritise(offered, architecture, true, rules)

  const { name, version, source, sourceVersion } = installed
  const pin = findPin({ name, architecture, version, source, sourceVersion, origins: [STATUS_ORIGIN] }, rules)
  return pin === null || rules.statusPriority === NEVER_PRIORITY ? rules.statusPriority : pin
}

function findPin(version: PinnedVersion, rules: CandidateRules): number | null {
  return rules.priorities.ofVersion(version)
}
