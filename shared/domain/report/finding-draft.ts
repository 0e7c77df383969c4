import type { Finding, Level } from './finding.ts'
import { NO_SCORES, type Scores } from './level.ts'

/** What one entry of a scanner's report says, before it is judged, cut to size and folded with its repeats. Texts as the scanner wrote them. */
export interface FindingDraft {
  readonly address: string
  readonly port: Finding['port']
  readonly service: string
  readonly title: string
  readonly description: string
  readonly solution: string
  readonly scores: Scores
  /** What the scanner's own word means; null: it has none. */
  readonly nativeLevel: Level | null
  readonly native: Finding['native']
  readonly vector: string
  /** Candidates: what is no CVE, BID or CWE by form is kept as a reference. */
  readonly cves: readonly string[]
  readonly bids: readonly string[]
  readonly cwes: readonly string[]
  readonly references: Finding['references']
  readonly evidence: string
  readonly check: string
  readonly family: string
  readonly path: string
  readonly confidence: number | null
  readonly exploitAvailable: boolean | null
  readonly epss: number | null
  readonly knownExploited: boolean | null
  readonly suppressed: string | null
  readonly kind: Finding['kind']
  readonly foundAt: string | null
}

/** A draft that says nothing yet. */
export const EMPTY_DRAFT: FindingDraft = {
  address: '',
  port: { number: null, protocol: 'general' },
  service: '',
  title: '',
  description: '',
  solution: '',
  scores: NO_SCORES,
  nativeLevel: null,
  native: { level: '', severity: '' },
  vector: '',
  cves: [],
  bids: [],
  cwes: [],
  references: [],
  evidence: '',
  check: '',
  family: '',
  path: '',
  confidence: null,
  exploitAvailable: null,
  epss: null,
  knownExploited: null,
  suppressed: null,
  kind: 'vulnerability',
  foundAt: null,
}
