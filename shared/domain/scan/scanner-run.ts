import { z } from 'zod'
import { RunBase } from './run.ts'

export const SCANNER_PHASES = [
  /** For the machine, and for a place on the scanner. */
  'queued',
  /** The machine is made ready. */
  'preparing',
  'ready-check',
  'creating',
  'starting',
  'requested',
  'running',
  /** It was interrupted, and goes on perhaps. */
  'resuming',
  'stopping',
  'collecting',
  'converting',
  /** The outcome is known; what is left on the scanner goes. */
  'removing',
  'ended',
] as const
export type ScannerPhase = (typeof SCANNER_PHASES)[number]

export const Outcome = z.object({
  /** `not-examined`: nobody looked at the machine. `failed`: it was begun and came to nothing. Neither is ever clean. */
  status: z.enum(['done', 'partial', 'failed', 'not-examined', 'cancelled']),
  /** '' where it is `done`. */
  reason: z.string(),
})
export type Outcome = z.infer<typeof Outcome>

/** One scanner on one machine in one scan. */
export const ScannerRun = z.object({
  ...RunBase.shape,
  scanner: z.string(),
  kind: z.string(),
  phase: z.enum(SCANNER_PHASES),
  /** Set when it enters `removing`. */
  outcome: Outcome.nullable(),
  /** Why the report will be no more than partial. */
  flaws: z.array(z.string()),
  addresses: z.array(z.string()),
  /** The scanner's own ids, of the current attempt. */
  ids: z.record(z.string(), z.string()).nullable(),
  /** From 1 on; each has a name of its own. */
  attempt: z.number(),
  /** Something may be on the scanner. */
  isCreated: z.boolean(),
  resumes: z.number(),
  /** What comes after `stopping`. */
  afterStop: z.enum(['creating', 'collecting', 'removing']),
  /** Left the queue; began to run; ended there. ISO UTC. */
  startedAt: z.string().nullable(),
  runningSince: z.string().nullable(),
  stoppedAt: z.string().nullable(),
  /** `since`: of the last change of any of it. */
  progress: z.object({ percent: z.number().nullable(), marks: z.array(z.number()), since: z.string() }),
  version: z.string(),
  feedVersion: z.string(),
  authenticated: z.boolean().nullable(),
  /** Pieces of the report as the scanner wrote it, and whether its translation is stored. */
  pieces: z.number(),
  collections: z.number(),
  isTranslated: z.boolean(),
  /** Why something may have stayed behind on the scanner; '' where nothing did. */
  leftover: z.string(),
})
export type ScannerRun = z.infer<typeof ScannerRun>

/** A run that has not begun. */
export function newScannerRun(of: {
  scan: string
  machine: string
  scanner: string
  kind: string
  now: Date
}): ScannerRun {
  const now = of.now.toISOString()
  return {
    scan: of.scan,
    machine: of.machine,
    scanner: of.scanner,
    kind: of.kind,
    phase: 'queued',
    phaseSince: now,
    nextAt: now,
    endedAt: null,
    failures: 0,
    lastFailure: '',
    claim: null,
    outcome: null,
    flaws: [],
    addresses: [],
    ids: null,
    attempt: 1,
    isCreated: false,
    resumes: 0,
    afterStop: 'removing',
    startedAt: null,
    runningSince: null,
    stoppedAt: null,
    progress: { percent: null, marks: [], since: now },
    version: '',
    feedVersion: '',
    authenticated: null,
    pieces: 0,
    collections: 0,
    isTranslated: false,
    leftover: '',
  }
}

export type ScannerCall =
  | { readonly kind: 'take-slot' }
  | { readonly kind: 'look-at-machine' }
  | { readonly kind: 'check-ready' }
  | { readonly kind: 'create' }
  | { readonly kind: 'start' }
  | { readonly kind: 'look' }
  | { readonly kind: 'resume' }
  /** Asks it to end, and looks. */
  | { readonly kind: 'stop' }
  | { readonly kind: 'collect' }
  | { readonly kind: 'translate' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'nothing' }

/** What a look at a scan says; as the port has it. */
export interface SeenScan {
  readonly status: 'requested' | 'running' | 'processing' | 'ended' | 'stopped' | 'interrupted' | 'gone'
  readonly percent: number | null
  readonly progressMarks: readonly number[]
  readonly reason: string
}

/** What a translated report says of how far the scanner came. */
export interface SeenReport {
  readonly isComplete: boolean
  readonly reasons: readonly string[]
  /** Hosts that were looked at from beginning to end. */
  readonly completeHosts: number
  readonly findings: number
  readonly version: string
  readonly feedVersion: string
  readonly authenticated: boolean | null
  /** The machine still answered when the scan had ended; null: not asked. */
  readonly answersAfter: boolean | null
}

export type ScannerObservation =
  | { readonly kind: 'tick' }
  | { readonly kind: 'failed'; readonly message: string; readonly retry: boolean }
  /** `waits`: the machine is another scan's. */
  | { readonly kind: 'slot'; readonly has: boolean; readonly isHopeless: boolean; readonly reason: string }
  | {
      readonly kind: 'machine'
      readonly status: 'coming' | 'ready' | 'unavailable'
      readonly addresses: readonly string[]
      readonly reason: string
    }
  | { readonly kind: 'ready'; readonly version: string; readonly feedVersion: string }
  | { readonly kind: 'not-ready'; readonly reason: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'created'; readonly ids: Readonly<Record<string, string>> }
  | { readonly kind: 'started'; readonly ids: Readonly<Record<string, string>> }
  | { readonly kind: 'seen'; readonly seen: SeenScan; readonly canResume: boolean }
  | { readonly kind: 'resumed'; readonly goesOn: boolean }
  | { readonly kind: 'collected'; readonly pieces: number }
  | { readonly kind: 'translated'; readonly report: SeenReport }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'removed' }
