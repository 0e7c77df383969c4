import { Fault } from '../fault.ts'
import { LEVELS, type Finding } from './finding.ts'
import type { FindingDraft } from './finding-draft.ts'
import { findingId } from './finding-id.ts'
import { oneLine, openTextKeeper, type TextKeeper } from './keep-text.ts'
import { judgeLevel } from './level.ts'
import { readBid, readCve, readCwe } from './references.ts'

/** Different findings of one report. 300 machines have some 60,000. */
const MAX_FINDINGS = 100_000
/** Characters of the fields, entries of the lists. */
const MAX = {
  address: 255,
  title: 500,
  description: 16_000,
  solution: 8000,
  evidence: 8000,
  evidences: 50,
  word: 100,
  check: 300,
  path: 1000,
  reference: 1000,
  references: 500,
  ids: 5000,
} as const

export interface FindingCollection {
  /** @throws Fault `report_too_large` */
  add(draft: FindingDraft): void
  /** In the order in which they were first said. */
  list(): Finding[]
  /** Were texts left out because there were too many? */
  isFull(): boolean
}

/**
 * Findings of one report of one scanner. A check that fires again on the same machine, port and path is folded into the first:
 * the worst level of those that count stays, evidences and ids are joined, and it counts unless all of them are suppressed.
 * Bounds: 100,000 findings; title 500 characters, description 16,000, solution 8,000, evidence 50 of 8,000, 5,000 CVEs, 500 references of
 * 1,000; in all 24 Mi characters.
 * @param machine null: the address is the machine's name
 */
export function openFindingCollection(scanner: string, machine: string | null): FindingCollection {
  const texts = openTextKeeper()
  const findings = new Map<string, Finding>()

  return {
    add: (draft) => {
      const finding = toFinding(draft, scanner, machine, texts)
      const known = findings.get(finding.id)
      if (known !== undefined) {
        fold(known, finding)
        return
      }
      if (findings.size >= MAX_FINDINGS) {
        throw new Fault('report_too_large', `The report holds more than ${MAX_FINDINGS} findings.`)
      }
      findings.set(finding.id, finding)
    },
    list: () => [...findings.values()],
    isFull: () => texts.isFull(),
  }
}

function toFinding(draft: FindingDraft, scanner: string, machine: string | null, texts: TextKeeper): Finding {
  const word = (text: string): string => texts.keepBrief(oneLine(text), MAX.word)
  const address = texts.keepBrief(draft.address, MAX.address)
  const ids = readIds(draft)
  const judgement = judgeLevel(draft.scores, draft.nativeLevel)
  const key = {
    machine: machine ?? (address === '' ? 'unknown' : address),
    scanner,
    check: texts.keepBrief(oneLine(draft.check), MAX.check),
    port: draft.port,
    path: texts.keepBrief(oneLine(draft.path), MAX.path),
  }
  const evidence = texts.keep(draft.evidence, MAX.evidence)

  return {
    ...key,
    id: findingId({ ...key, check: oneLine(draft.check), path: oneLine(draft.path) }),
    address,
    service: word(draft.service),
    title: texts.keepBrief(oneLine(draft.title === '' ? draft.check : draft.title), MAX.title),
    description: texts.keep(draft.description, MAX.description),
    solution: texts.keep(draft.solution, MAX.solution),
    ...judgement,
    vector: word(draft.vector),
    native: { level: word(draft.native.level), severity: word(draft.native.severity) },
    cves: ids.cves.map((id) => texts.keepBrief(id, MAX.word)),
    bids: ids.bids.map((id) => texts.keepBrief(id, MAX.word)),
    cwes: ids.cwes.map((id) => texts.keepBrief(id, MAX.word)),
    references: ids.references.map(({ type, id }) => ({
      type: word(type.toLowerCase()),
      id: texts.keep(oneLine(id), MAX.reference),
    })),
    evidence: evidence === '' ? [] : [evidence],
    occurrences: 1,
    family: word(draft.family),
    confidence: draft.confidence,
    exploitAvailable: draft.exploitAvailable,
    epss: draft.epss,
    knownExploited: draft.knownExploited,
    suppressed:
      draft.suppressed === null ? null : texts.keepBrief(oneLine(draft.suppressed), MAX.title) || 'suppressed',
    kind: draft.kind,
    foundAt: draft.foundAt,
  }
}

function readIds(draft: FindingDraft): Pick<Finding, 'cves' | 'bids' | 'cwes' | 'references'> {
  const references = [...draft.references]
  const read = (type: string, candidates: readonly string[], parse: (text: string) => string | null): string[] => {
    const ids = new Set<string>()
    for (const candidate of candidates) {
      const id = parse(candidate)
      if (id !== null) ids.add(id)
      else if (candidate.trim() !== '') references.push({ type, id: candidate })
    }
    return [...ids].slice(0, MAX.ids)
  }
  const cves = read('cve', draft.cves, readCve).toSorted()
  const bids = read('bid', draft.bids, readBid).toSorted()
  const cwes = read('cwe', draft.cwes, readCwe).toSorted()
  return { cves, bids, cwes, references: references.slice(0, MAX.references) }
}

function fold(known: Finding, again: Finding): void {
  known.occurrences += 1
  const isFirstThatCounts = known.suppressed !== null && again.suppressed === null
  const isEqual = (known.suppressed === null) === (again.suppressed === null)
  if (isFirstThatCounts || (isEqual && isWorse(again, known))) {
    known.level = again.level
    known.score = again.score
    known.scoreSource = again.scoreSource
    known.vector = again.vector
    known.native = again.native
  }
  for (const name of ['cves', 'bids', 'cwes'] as const) known[name] = joinIds(known[name], again[name])
  for (const evidence of again.evidence) {
    if (known.evidence.length < MAX.evidences && !known.evidence.includes(evidence)) known.evidence.push(evidence)
  }
  if (again.suppressed === null) known.suppressed = null
  if (again.exploitAvailable === true) known.exploitAvailable = true
  if (again.knownExploited === true) known.knownExploited = true
  known.confidence = highest(known.confidence, again.confidence)
  known.epss = highest(known.epss, again.epss)
}

function isWorse(one: Finding, other: Finding): boolean {
  const difference = LEVELS.indexOf(one.level) - LEVELS.indexOf(other.level)
  return difference < 0 || (difference === 0 && (one.score ?? 0) > (other.score ?? 0))
}

function joinIds(one: string[], other: readonly string[]): string[] {
  const joined = new Set(one)
  for (const id of other) joined.add(id)
  return joined.size === one.length ? one : [...joined].slice(0, MAX.ids).toSorted()
}

function highest(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other

  return Math.max(one, other)
}
