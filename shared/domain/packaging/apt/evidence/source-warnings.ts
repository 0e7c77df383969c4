import type { OsRelease } from '../../../os-release.ts'
import { compileExpression, isRegex } from '../check/expression.ts'
import { NO_SECURITY_SUITE, securitySuiteLoses } from '../advice.ts'
import type { AptRepository } from '../model.ts'

/** What a person should hear about the sources of a machine, though apt itself keeps silent. */
export function warnAboutSources(
  os: OsRelease,
  repositories: readonly AptRepository[],
  defaultRelease: string | null,
): string[] {
  const warnings: string[] = []
  const security = repositories.filter((repository) => isSecuritySuite(repository.suite))
  const hasSecuritySuites = os.version !== null && (os.id === 'debian' || os.id === 'ubuntu')
  if (hasSecuritySuites && repositories.length > 0 && security.length === 0) {
    warnings.push(NO_SECURITY_SUITE)
  }

  if (defaultRelease !== null && security.some(({ suite }) => losesAgainst(suite, defaultRelease))) {
    warnings.push(securitySuiteLoses(defaultRelease))
  }
  return warnings
}

/** `bookworm-security`, `noble-infra-security`, and `buster/updates` as it was called before. */
function isSecuritySuite(suite: string): boolean {
  return suite.endsWith('-security') || suite.endsWith('/updates')
}

/**
 * Default-Release is compared with the suite and the codename of a Release file, which for a security suite both carry `-security`
 * (not so for the old `buster/updates`, whose Release names the plain codename).
 */
function losesAgainst(suite: string, defaultRelease: string): boolean {
  if (!suite.endsWith('-security') || /[*?[=]/.test(defaultRelease)) return false
  if (!defaultRelease.startsWith('/')) return !defaultRelease.toLowerCase().endsWith('-security')

  // A pattern that cannot be carried out here is told of by the check: then there is nothing to warn about.
  const matcher = isRegex(defaultRelease) ? compileExpression(defaultRelease) : null
  return matcher !== null && !matcher(suite)
}
