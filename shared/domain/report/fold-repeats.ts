import { LEVELS, type Finding } from './finding.ts'

const MAX_EVIDENCE = 50

/**
 * The same finding (machine, scanner, check, port and path) once, however often and in whatever order it comes: two reports of one scanner,
 * or of two of its kind. The worst that counts leads; ids and evidence are joined; what any of them counts, counts.
 * @returns ordered by id
 */
export function foldRepeats(findings: readonly Finding[]): Finding[] {
  const byId = Map.groupBy(findings, (finding) => finding.id)
  return [...byId.values()]
    .map((repeats) => (repeats.length === 1 ? repeats[0]! : foldAll(repeats)))
    .toSorted((one, other) => compareText(one.id, other.id))
}

function foldAll(repeats: readonly Finding[]): Finding {
  const keyed = repeats.map((finding) => ({ finding, text: JSON.stringify(finding) }))
  const distinct = [...new Map(keyed.map((entry) => [entry.text, entry])).values()]
  const ordered = distinct.toSorted(
    (one, other) => compareLead(one.finding, other.finding) || compareText(one.text, other.text),
  )
  const members = ordered.map(({ finding }) => finding)
  const lead = members[0]!

  return {
    ...lead,
    cves: join(members.map(({ cves }) => cves)).toSorted(),
    bids: join(members.map(({ bids }) => bids)).toSorted(),
    cwes: join(members.map(({ cwes }) => cwes)).toSorted(),
    evidence: join(members.map(({ evidence }) => evidence)).slice(0, MAX_EVIDENCE),
    occurrences: members.reduce((sum, { occurrences }) => sum + occurrences, 0),
    confidence: highest(members.map(({ confidence }) => confidence)),
    epss: highest(members.map(({ epss }) => epss)),
    exploitAvailable: anyTrue(members.map(({ exploitAvailable }) => exploitAvailable)),
    knownExploited: anyTrue(members.map(({ knownExploited }) => knownExploited)),
  }
}

/** Which of two findings speaks for both: one that counts before one that does not, the worse before the less bad. */
export function compareLead(one: Finding, other: Finding): number {
  return (
    Number(one.suppressed !== null) - Number(other.suppressed !== null) ||
    LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level) ||
    (other.score ?? -1) - (one.score ?? -1) ||
    compareText(one.scanner, other.scanner)
  )
}

/** By UTF-16 units: the same on every machine. */
export function compareText(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function join(lists: readonly (readonly string[])[]): string[] {
  return [...new Set(lists.flat())]
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

function anyTrue(values: readonly (boolean | null)[]): boolean | null {
  if (values.includes(true)) return true
  return values.includes(false) ? false : null
}
