import type { Look } from '#shared/ports/scanner.ts'
import type { Details } from './answers.ts'

/** All that Nessus and Tenable Vulnerability Management call a scan. What is not here is not an end. */
const STATUSES = new Map<string, Look['status']>([
  ['empty', 'requested'],
  ['never_run', 'requested'],
  ['pending', 'requested'],
  ['initializing', 'requested'],
  ['queued', 'requested'],
  ['running', 'running'],
  ['pausing', 'running'],
  ['paused', 'running'],
  ['resuming', 'running'],
  ['stopping', 'running'],
  ['processing', 'processing'],
  ['publishing', 'processing'],
  ['completed', 'ended'],
  ['imported', 'ended'],
  ['stopped', 'stopped'],
  ['canceled', 'stopped'],
  ['cancelled', 'stopped'],
  ['aborted', 'interrupted'],
])

const NOT_STARTED = new Set(['empty', 'never_run'])

export interface Run {
  /** Its own word, in small letters. */
  readonly native: string
  readonly status: Look['status']
  /** null: it has no entry in the scan's history yet. */
  readonly history: string | null
}

/** This run of the scan, by the id that its launch gave; without one, or before it is listed, what the scan says of itself. */
export function findRun(details: Details, run: string | undefined): Run {
  const entry = details.history?.find(({ uuid }) => run !== undefined && uuid === run)
  const native = (entry?.status ?? details.info.status ?? 'empty').toLowerCase()
  return { native, status: STATUSES.get(native) ?? 'running', history: entry?.history_id ?? null }
}

/** The run that somebody has started of this scan; null: nobody has. A scan of ours is started once. */
export function findStarted(details: Details): string | null {
  const newest = (details.history ?? []).at(-1)?.uuid ?? null
  if (newest !== null) return newest
  const hasBegun = !NOT_STARTED.has((details.info.status ?? 'empty').toLowerCase())
  return hasBegun ? (details.info.uuid ?? null) : null
}

/** Rests at 0 and jumps to 100 where there are few addresses, as documented: so there are marks too. */
export function lookOf(details: Details, run: string | undefined): Look {
  const { native, status } = findRun(details, run)
  const hosts = details.hosts ?? []
  const sum = (of: (host: (typeof hosts)[number]) => number | null | undefined) =>
    hosts.reduce((total, host) => total + (of(host) ?? 0), 0)
  const total = sum((host) => host.scanprogresstotal)
  const current = sum((host) => host.scanprogresscurrent)
  const isUnderWay = status === 'running' || status === 'processing'
  const reasons = new Map([
    ['paused', 'Somebody has paused it.'],
    ['aborted', 'Nessus says that it was aborted.'],
  ])

  return {
    status,
    percent:
      status === 'ended' ? 100 : isUnderWay && total > 0 ? Math.min(99, Math.floor((100 * current) / total)) : null,
    progressMarks: [hosts.length, current, sum((host) => host.numchecksconsidered), sum((host) => host.severity)],
    reason: reasons.get(native) ?? (STATUSES.has(native) ? '' : `Its status is unknown here: ${native.slice(0, 60)}.`),
  }
}
