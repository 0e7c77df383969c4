import { canonicalJson, sha256 } from '../../../canonical-json.ts'
import type { RpmSnapshot } from '../model.ts'

/** A snapshot with its digest: equal for equal offers, trust, gaps and warnings, whatever the dates. */
export function sealSnapshot(snapshot: Omit<RpmSnapshot, 'digest'>): RpmSnapshot {
  const { lists, gaps, warnings, verification } = snapshot
  const digest = sha256(canonicalJson({ lists: lists.map(({ key }) => key), gaps, warnings, verification }))
  return { ...snapshot, digest }
}
