import { describePlace, type Candidate } from './pair-findings.ts'
import { compareWords } from './title-words.ts'

/** Titles that have a third of their words in common are worth a look by a person, and nothing more. */
const ALIKE = 0.34
const MAX_HINTS = 5
/** Groups of one port beyond which nobody is shown hints any more. */
const MAX_GROUPS = 500

/**
 * Groups of one machine that may be one thing by their titles: on the same port, by different scanners, and not with CVEs that speak against it.
 * @returns for the place of a group in the list those of the others, at most five, the most alike first
 */
export function hintAtSame(groups: readonly (readonly Candidate[])[]): Map<number, number[]> {
  const entries = groups.map((members, at) => ({ members, at }))
  const hints = new Map<number, { other: number; likeness: number }[]>()
  const add = (at: number, other: number, likeness: number): void => {
    const known = hints.get(at)
    if (known === undefined) hints.set(at, [{ other, likeness }])
    else known.push({ other, likeness })
  }

  for (const alike of Map.groupBy(entries, ({ members }) => describePlace(members[0]!.finding)).values()) {
    if (alike.length > MAX_GROUPS) continue
    for (const [left, one] of alike.entries()) {
      for (const other of alike.slice(left + 1)) {
        const likeness = compareGroups(one.members, other.members)
        if (likeness < ALIKE) continue
        add(one.at, other.at, likeness)
        add(other.at, one.at, likeness)
      }
    }
  }
  return new Map(
    [...hints].map(([at, list]) => [
      at,
      list
        .toSorted((one, other) => other.likeness - one.likeness || one.other - other.other)
        .slice(0, MAX_HINTS)
        .map(({ other }) => other),
    ]),
  )
}

function compareGroups(one: readonly Candidate[], other: readonly Candidate[]): number {
  const scanners = new Set(one.map(({ finding }) => finding.scanner))
  if (other.some(({ finding }) => scanners.has(finding.scanner))) return 0
  if (nameCves(one) && nameCves(other)) return 0

  return Math.max(...one.flatMap((left) => other.map((right) => compareWords(left.words, right.words))))
}

function nameCves(members: readonly Candidate[]): boolean {
  return members.some(({ cves }) => cves.size > 0)
}
