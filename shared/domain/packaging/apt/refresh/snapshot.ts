import { canonicalJson, sha256 } from '../../../canonical-json.ts'
import type { AptListReference, AptRepository, AptSnapshot } from '../model.ts'

/** A snapshot with its digest: equal for equal offers, trust, gaps and warnings, whatever the dates. */
export function sealSnapshot(snapshot: Omit<AptSnapshot, 'digest'>): AptSnapshot {
  const { release, lists, gaps, warnings, verification } = snapshot
  const digest = sha256(
    canonicalJson({
      release,
      lists: lists.map(({ key, component, architecture }) => ({ key, component, architecture })),
      gaps,
      warnings,
      verification,
    }),
  )
  return { ...snapshot, digest }
}

/**
 * Lists that are sound and signed, and yet say nothing of this machine: an empty one in the place of a full one, or one of another
 * architecture, must not read as "nothing to update".
 */
export function findHollowLists(repository: AptRepository, lists: readonly AptListReference[]): string[] {
  if (lists.length === 0) return []
  if (lists.every((list) => list.packages === 0)) return ['The repository offers no package at all.']

  const native = repository.architectures[0] ?? ''
  const gaps: string[] = []
  const mains = lists.filter((list) => list.component === 'main' && [native, 'all'].includes(list.architecture))
  if (mains.length > 0 && mains.every((list) => list.packages === 0)) {
    gaps.push(`The list of 'main' for ${native} is empty.`)
  }
  for (const list of lists) {
    const wanted = new Set(['all', list.architecture, ...(list.component === '' ? repository.architectures : [])])
    const isOther = list.packages > 0 && (list.architectures ?? []).every((architecture) => !wanted.has(architecture))
    if (isOther) {
      gaps.push(`The list of '${list.component}' for ${list.architecture} has packages of other architectures only.`)
    }
  }
  return gaps
}
