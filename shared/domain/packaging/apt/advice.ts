/**
 * What a person should hear about a machine's own configuration, since it hides updates from apt as much as from us. Said when the
 * evidence is read, by the names of the suites, and again by the check, by what their Release files say; in the same words, so that it is
 * heard once.
 */
export const NO_SECURITY_SUITE =
  'No security suite is enabled: security updates of the distribution are not offered to this machine.'

export function securitySuiteLoses(defaultRelease: string): string {
  return `APT::Default-Release "${defaultRelease}" makes the security suite lose: security updates are not installed.`
}
