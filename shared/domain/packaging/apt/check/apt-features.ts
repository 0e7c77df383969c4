import { compareAptVersions } from '../version.ts'

/** Rules that differ between versions of apt. Each names the version that changed it. */
export interface AptFeatures {
  /** Phasing lowers a deferred version's priority to 1 (2.1.16 to 2.5.0); before that apt knew nothing of it; since then it holds back. */
  readonly phasing: 'none' | 'priority' | 'keep-back'
  /** Since 2.7.11 the candidate itself exempts from phasing when it is in a security suite; before, only versions under it. */
  readonly phasingExemptsCandidate: boolean
  /** Until then it also keeps a package whose installed version is one that it would defer. */
  readonly phasingKeepsInstalled: boolean
  /** `Pin: source-version`, since 2.9.9; older apt warns and skips the record. */
  readonly sourceVersionPins: boolean
  /** `Include` and `Exclude` of a source, since 3.1; older apt ignores them. */
  readonly includeExclude: boolean
}

/** What an apt of this version does; where the version is not known, what today's does. */
export function describeAptFeatures(version: string | null): AptFeatures {
  const isSince = (other: string) => version === null || compareAptVersions(version, other) >= 0
  return {
    phasing: isSince('2.5.1') ? 'keep-back' : isSince('2.1.16') ? 'priority' : 'none',
    phasingExemptsCandidate: isSince('2.7.11'),
    phasingKeepsInstalled: isSince('2.5.1') && !isSince('2.7.11'),
    sourceVersionPins: isSince('2.9.9~'),
    includeExclude: isSince('3.1~'),
  }
}
