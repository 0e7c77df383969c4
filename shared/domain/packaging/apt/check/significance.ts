import type { UpdateKind } from '../../update.ts'
import type { OfferedVersion } from './version-list.ts'

/**
 * What an update is for, as far as its repositories say: `security` when the candidate, or any version between it and the installed
 * one, is offered by a security archive – the update then carries that fix, also when it comes from elsewhere. Otherwise unknown: an
 * ordinary archive says nothing of why.
 *
 * `newer`: the versions that stand above the installed one, newest first; those above the candidate are not looked at.
 */
export function judgeSignificance(
  newer: readonly OfferedVersion[],
  candidate: OfferedVersion,
): { kind: UpdateKind; significanceFrom: string } {
  for (const version of newer.slice(newer.indexOf(candidate))) {
    const origin = version.origins.find(({ isSecurity }) => isSecurity)
    if (origin !== undefined) return { kind: 'security', significanceFrom: `repository:${origin.suite}` }
  }
  return { kind: 'unknown', significanceFrom: 'none' }
}
