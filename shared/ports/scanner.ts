import type { ScannerReport } from '#shared/domain/report/finding.ts'

/**
 * One configured scanner. Calls are small steps that may be repeated: whoever drives them may die between any two. Nothing here
 * waits for a scan to end. Faults: `scanner_unreachable` (may work later), `scanner_refused` (it never will), `scanner_not_ready`.
 */
export interface Scanner {
  /** As configured: `openvas-lab`. Unique in a station. */
  readonly id: string
  readonly kind: 'openvas' | 'nessus' | 'nmap' | 'nuclei'
  /** What it can: without `control` somebody else starts its scans and reports are imported. */
  readonly abilities: ScannerAbilities
  /** Scans that it runs side by side. */
  readonly slots: number

  /** May a scan be started now? Never throws for a scanner that is there and not ready. */
  checkReady(): Promise<Readiness>
  /** Everything of ours on it whose name begins so, for look-ups before creation and for the janitor. */
  list(prefix: string): Promise<readonly NativeScan[]>
  /** Creates the scan, or adopts the one of exactly this name. What is created in several steps says so by `created` before the next. */
  create(request: ScanRequest, created: (ids: NativeIds) => Promise<void>): Promise<NativeIds>
  /** Starts it; one that runs already is adopted. */
  start(ids: NativeIds): Promise<NativeIds>
  look(ids: NativeIds): Promise<Look>
  /** Asks it to end; one that has ended is left alone. */
  stop(ids: NativeIds): Promise<void>
  /** Goes on with a stopped or interrupted scan; false: it cannot. */
  resume(ids: NativeIds): Promise<boolean>
  /** The report as the scanner writes it. A cut stream is an error, never an end. */
  collect(ids: NativeIds): AsyncIterable<Uint8Array>
  /** Translates what `collect` gave. @throws Fault `report_malformed` */
  translate(chunks: AsyncIterable<Uint8Array>, machine: string): Promise<ScannerReport>
  /** Removes all that `create` made. Nothing there is success. */
  remove(ids: NativeIds): Promise<void>
}

export interface ScannerAbilities {
  readonly control: boolean
  readonly resume: boolean
  /** What the scanner's answers cannot tell (nuclei: an empty report and an unreachable target look alike), for a person. */
  readonly blindSpots: readonly string[]
}

export type Readiness =
  | { readonly status: 'ready'; readonly version: string; readonly feedVersion: string }
  | { readonly status: 'not-ready'; readonly reason: string; readonly retryAfterSeconds: number }
  /** A person must act: wrong credentials, no rights, not licensed. */
  | { readonly status: 'unusable'; readonly reason: string }

export interface ScanRequest {
  /** Unique: `lazaret-<scan id>-<machine>`. */
  readonly name: string
  /** IP addresses, checked against the allowed networks by the caller. */
  readonly addresses: readonly string[]
}

/** The scanner's own ids, by role (`task`, `target`, `report`, `scan`, `history`, `process`). */
export type NativeIds = Readonly<Record<string, string>>

export interface NativeScan {
  readonly name: string
  readonly ids: NativeIds
  readonly isRunning: boolean
}

export interface Look {
  /** `ended`: nothing more will come; `reason` says why when it did not end by itself. `gone`: the scanner does not know it. */
  readonly status: 'requested' | 'running' | 'processing' | 'ended' | 'stopped' | 'interrupted' | 'gone'
  /** 0 to 100; null where it says nothing. */
  readonly percent: number | null
  /** Anything that grows while work is done: results, finished hosts, bytes. */
  readonly progressMarks: readonly number[]
  readonly reason: string
}
