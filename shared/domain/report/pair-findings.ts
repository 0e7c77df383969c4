import { findCanonicalCheck } from './canonical-check.ts'
import type { Finding } from './finding.ts'
import { compareText } from './fold-repeats.ts'
import { compareWords, spellTitle, tellingWords } from './title-words.ts'

/** What is needed of a finding to compare it, computed once. */
export interface Candidate {
  readonly finding: Finding
  readonly cves: ReadonlySet<string>
  readonly bids: ReadonlySet<string>
  readonly canonical: string | null
  readonly words: ReadonlySet<string>
}

export interface Pair {
  readonly one: Candidate
  readonly other: Candidate
  /** 3 and more: a CVE in common on one port; 2.5: a BID; 2: the same canonical check; 1 and more: a CVE of a port and of the whole machine. */
  readonly score: number
  /** What decides among equals. */
  readonly closeness: number
}

/** Comparisons of one machine. A real one has some thousands; beyond, findings stay apart, which is never wrong. */
const MAX_COMPARISONS = 500_000
/** Findings with one CVE (BID, check) in one bucket that are compared with each other. A kernel's CVE is in some dozens of advisories. */
const MAX_ALIKE = 200

export function openCandidate(finding: Finding): Candidate {
  return {
    finding,
    cves: new Set(finding.cves),
    bids: new Set(finding.bids.filter((bid) => /^\d{1,9}$/.test(bid))),
    canonical: findCanonicalCheck(finding),
    words: tellingWords(spellTitle(finding.title)),
  }
}

/**
 * How sure it is that two scanners' findings of one machine are one thing; null: nothing says so. Two that name CVEs and share none are
 * different, whatever their titles say. A finding of the machine as a whole and one of a port are the same by CVE only.
 * Rule and weights: measured on real reports of one machine by two scanners.
 */
export function scorePair(one: Candidate, other: Candidate): number | null {
  if (one.finding.scanner === other.finding.scanner) return null
  const samePlace = isSamePlace(one.finding, other.finding)
  if (!samePlace && one.finding.port.number !== null && other.finding.port.number !== null) return null

  const shared = countShared(one.cves, other.cves)
  if (shared > 0) return (samePlace ? 3 : 1) + shared / Math.min(one.cves.size, other.cves.size)
  if ((one.cves.size > 0 && other.cves.size > 0) || !samePlace) return null
  if (countShared(one.bids, other.bids) > 0) return 2.5

  return one.canonical !== null && one.canonical === other.canonical ? 2 : null
}

/**
 * The pairs of one machine's findings that may be one thing, the surest first.
 * @param candidates in the order of their ids, as `foldRepeats` gives them, so that bounds cut the same everywhere
 */
export function listPairs(candidates: readonly Candidate[]): Pair[] {
  const pairs = new Map<string, Pair>()
  let comparisons = 0

  for (const alike of listAlike(candidates)) {
    for (let left = 0; left < alike.length; left += 1) {
      for (let right = left + 1; right < alike.length; right += 1) {
        comparisons += 1
        if (comparisons > MAX_COMPARISONS) return sortPairs(pairs)

        const [one, other] = [alike[left]!, alike[right]!]
        const key = `${one.finding.id} ${other.finding.id}`
        const score = pairs.has(key) ? null : scorePair(one, other)
        if (score !== null) pairs.set(key, { one, other, score, closeness: measureCloseness(one, other) })
      }
    }
  }
  return sortPairs(pairs)
}

/** Lists of candidates with something in common. */
function listAlike(candidates: readonly Candidate[]): Candidate[][] {
  const byTrait = new Map<string, Candidate[]>()
  for (const candidate of candidates) {
    for (const trait of listTraits(candidate)) {
      const alike = byTrait.get(trait)
      if (alike === undefined) byTrait.set(trait, [candidate])
      else if (alike.length < MAX_ALIKE) alike.push(candidate)
    }
  }
  return [...byTrait].toSorted(([one], [other]) => compareText(one, other)).map(([, alike]) => alike)
}

function listTraits({ finding, cves, bids, canonical }: Candidate): string[] {
  const place = describePlace(finding)
  const traits = [...cves]
  for (const bid of bids) traits.push(`bid ${bid} ${place}`)
  if (canonical !== null) traits.push(`check ${canonical} ${place}`)
  return traits
}

/** `443/tcp`; all that is of the machine as a whole is one place (`general/tcp`, port 0, ICMP). */
export function describePlace({ port }: Pick<Finding, 'port'>): string {
  return port.number === null ? 'host' : `${port.number}/${port.protocol}`
}

function isSamePlace(one: Finding, other: Finding): boolean {
  return describePlace(one) === describePlace(other)
}

function measureCloseness(one: Candidate, other: Candidate): number {
  const shared = countShared(one.cves, other.cves)
  const all = one.cves.size + other.cves.size - shared
  return (all === 0 ? 0 : shared / all) + compareWords(one.words, other.words)
}

function countShared(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const [few, many] = one.size <= other.size ? [one, other] : [other, one]
  let shared = 0
  for (const entry of few) if (many.has(entry)) shared += 1
  return shared
}

function sortPairs(pairs: ReadonlyMap<string, Pair>): Pair[] {
  return [...pairs]
    .toSorted(
      ([oneKey, one], [otherKey, other]) =>
        other.score - one.score || other.closeness - one.closeness || compareText(oneKey, otherKey),
    )
    .map(([, pair]) => pair)
}
