import type { CheckInput, RepositoryFace } from './package-system.ts'

/**
 * The reasons, for a person, why the list of updates may lack something whatever the time: problems of the evidence, no repository at
 * all, repositories without a snapshot, and what a snapshot itself names as missing. Each once, in that order.
 */
export function listUnknowns(
  input: Pick<CheckInput<unknown, unknown, RepositoryFace>, 'problems' | 'sources'>,
): string[] {
  const unknowns = [...input.problems]
  if (input.sources.length === 0) unknowns.push('No repository is enabled: nothing can be compared with.')
  for (const { repository, snapshot } of input.sources) {
    if (snapshot === null) {
      unknowns.push(`${repository.title}: ${repository.unreachable ?? 'never fetched successfully'}`)
    }
    for (const gap of snapshot?.gaps ?? []) unknowns.push(`${repository.title}: ${gap}`)
  }
  return [...new Set(unknowns)]
}
