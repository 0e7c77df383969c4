import { createHash } from 'node:crypto'
import { LEVELS, type Finding } from './finding.ts'
import { compareLead, compareText, foldRepeats } from './fold-repeats.ts'
import { listPairs, openCandidate, scorePair, type Candidate } from './pair-findings.ts'
import { hintAtSame } from './possibly-same.ts'
import type { FindingGroup } from './report.ts'

/**
 * Several scanners' findings as groups, each of one thing on one machine and port: at most one finding of each scanner, and every two of
 * them the same for a reason of their own (a CVE, a BID or a well-known check in common), so that nothing is joined over a third.
 * Surest first, each finding once. The order of the findings changes nothing. Compliance items are left out.
 * @param examinedBy kinds of the scanners that examined the machine: "found by 1 of 2"
 */
export function mergeFindings(findings: readonly Finding[], examinedBy: readonly string[]): FindingGroup[] {
  const counted = findings.filter(({ kind }) => kind === 'vulnerability')
  const groups: FindingGroup[] = []
  for (const ofMachine of Map.groupBy(counted, ({ machine }) => machine).values()) {
    const members = groupCandidates(foldRepeats(ofMachine).map((finding) => openCandidate(finding)))
    const ofOne = members.map((group) => describeGroup(group, examinedBy))
    const hints = hintAtSame(members)
    for (const [at, group] of ofOne.entries()) {
      const same = (hints.get(at) ?? []).map((other) => ofOne[other]!.id)
      groups.push({ ...group, possiblySame: same.toSorted(compareText) })
    }
  }
  return groups.toSorted(compareGroups)
}

function groupCandidates(candidates: readonly Candidate[]): Candidate[][] {
  const groupOf = new Map<string, Candidate[]>(candidates.map((candidate) => [candidate.finding.id, [candidate]]))

  for (const { one, other } of listPairs(candidates)) {
    const left = groupOf.get(one.finding.id)!
    const right = groupOf.get(other.finding.id)!
    if (left === right || !isEachTheSame(left, right)) continue

    const joined = [...left, ...right]
    for (const member of joined) groupOf.set(member.finding.id, joined)
  }
  return [...new Set(groupOf.values())]
}

function isEachTheSame(left: readonly Candidate[], right: readonly Candidate[]): boolean {
  return left.every((one) => right.every((other) => scorePair(one, other) !== null))
}

function describeGroup(candidates: readonly Candidate[], examinedBy: readonly string[]): FindingGroup {
  const findings = candidates
    .map(({ finding }) => finding)
    .toSorted((one, other) => compareText(one.scanner, other.scanner))
  const lead = findings.toSorted(compareLead)[0]!
  const foundBy = findings.map(({ scanner }) => scanner)

  return {
    id: computeGroupId(findings[0]!),
    machine: lead.machine,
    port: pickPort(findings, lead),
    title: lead.title,
    level: lead.level,
    cves: [...new Set(findings.flatMap(({ cves }) => cves))].toSorted(),
    findings,
    foundBy,
    examinedBy: [...new Set([...examinedBy, ...foundBy])].toSorted(),
    possiblySame: [],
    isSuppressed: findings.every(({ suppressed }) => suppressed !== null),
    change: null,
  }
}

/** A port says more than the machine as a whole. */
function pickPort(findings: readonly Finding[], lead: Finding): Finding['port'] {
  return lead.port.number === null ? (findings.find(({ port }) => port.number !== null) ?? lead).port : lead.port
}

/** By its first member in the order of the scanners: no other group has this one, and the next report of the same scanners has it too. */
function computeGroupId(first: Finding): string {
  return createHash('sha256')
    .update(JSON.stringify(['lazaret.group/1', first.id]))
    .digest('hex')
}

/** What counts before what does not, the worst first, then by port and title. */
export function compareGroups(one: FindingGroup, other: FindingGroup): number {
  return (
    compareText(one.machine, other.machine) ||
    Number(one.isSuppressed) - Number(other.isSuppressed) ||
    LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level) ||
    highestScore(other) - highestScore(one) ||
    (one.port.number ?? 0) - (other.port.number ?? 0) ||
    compareText(one.title, other.title) ||
    compareText(one.id, other.id)
  )
}

function highestScore(group: FindingGroup): number {
  return Math.max(-1, ...group.findings.filter(({ suppressed }) => suppressed === null).map(({ score }) => score ?? -1))
}
