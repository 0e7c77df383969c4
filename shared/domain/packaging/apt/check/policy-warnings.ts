import { isSecurityRelease } from './index-origin.ts'
import { NO_SECURITY_SUITE, securitySuiteLoses } from '../advice.ts'
import type { AptRelease, AptSnapshot } from '../model.ts'
import type { AptCheckInput, Offers } from './offers.ts'

/**
 * What a person should hear about the machine's own configuration, since it hides updates from apt as much as from us: a stable Debian or
 * Ubuntu without its security suite, and a Default-Release that makes the security suite lose.
 */
export function warnOfPolicy(input: AptCheckInput, offers: Offers): string[] {
  return [...warnOfMissingSecurity(input), ...warnOfDefaultRelease(input, offers)]
}

const DISTRIBUTIONS = new Set(['Debian', 'Ubuntu'])
/** They have no security suite, or do not need one: updates come as new versions. */
const ROLLING = new Set(['unstable', 'sid', 'testing', 'experimental', 'devel'])

function warnOfMissingSecurity({ sources }: AptCheckInput): string[] {
  const releases = sources.flatMap(({ snapshot }) => (snapshot as AptSnapshot | null)?.release ?? [])
  const isEnabled =
    releases.some(isSecurityRelease) ||
    sources.some(({ repository }) => /-security$|\/updates$/.test(repository.suite.replace(/\/$/, '')))
  if (isEnabled) return []

  return releases.some(isStableRelease) ? [NO_SECURITY_SUITE] : []
}

function isStableRelease(release: AptRelease): boolean {
  const name = release.codename || release.suite
  const isPlain = !release.suite.includes('-') && !name.includes('-')
  const isRolling = ROLLING.has(release.suite) || ROLLING.has(release.codename)
  return DISTRIBUTIONS.has(release.origin) && !release.notAutomatic && isPlain && !isRolling
}

function warnOfDefaultRelease({ policy }: AptCheckInput, { lists }: Offers): string[] {
  if (policy.defaultRelease === null || policy.defaultRelease === '') return []

  const priorities = (isSecurity: boolean) =>
    lists.filter(({ origin }) => origin.isSecurity === isSecurity).map(({ origin }) => origin.priority)
  const losing = Math.max(...priorities(true)) < Math.max(...priorities(false))
  if (!losing || priorities(true).length === 0) return []

  return [securitySuiteLoses(policy.defaultRelease)]
}
