import { backOffSeconds, jitter } from './back-off.ts'
import { concludeReport } from './conclude.ts'
import { patienceSeconds, secondsSince } from './run.ts'
import { beginAnew, conclude, goOn, move, stopFor, wait, withFlaw } from './scanner-moves.ts'
import type { ScannerContext } from './scanner-moves.ts'
import type { ScannerCall, ScannerObservation, ScannerRun, SeenScan } from './scanner-run.ts'
import { takeTime } from './take-time.ts'

/** `wakesMachine`: it waits for this. */
export interface ScannerStep {
  readonly run: ScannerRun
  readonly wakesMachine: boolean
}

type Seen<Kind extends ScannerObservation['kind']> = Extract<ScannerObservation, { kind: Kind }>

const WAITING_SECONDS = 5
/** A report that cannot be read was perhaps cut on its way: it is fetched so often. */
const COLLECTIONS = 3

const CALLS: Record<ScannerRun['phase'], ScannerCall['kind']> = {
  queued: 'take-slot',
  preparing: 'look-at-machine',
  'ready-check': 'check-ready',
  creating: 'create',
  starting: 'start',
  requested: 'look',
  running: 'look',
  resuming: 'resume',
  stopping: 'stop',
  collecting: 'collect',
  converting: 'translate',
  removing: 'remove',
  ended: 'nothing',
}

/** What the phase asks of the outside. Following from the run alone: a message that comes twice asks for the same. */
export function scannerCall(run: Pick<ScannerRun, 'phase'>): ScannerCall {
  return { kind: CALLS[run.phase] }
}

/** (run, observation) → run. Pure. Every run ends, and passes through `removing` before. */
export function advanceScanner(run: ScannerRun, observed: ScannerObservation, context: ScannerContext): ScannerStep {
  const next = follow(run, observed, context)
  const hasStarted = run.startedAt === null && next.startedAt !== null
  return { run: next, wakesMachine: hasStarted || (next.phase === 'ended' && run.phase !== 'ended') }
}

function follow(run: ScannerRun, observed: ScannerObservation, context: ScannerContext): ScannerRun {
  if (run.phase === 'ended') return run

  switch (observed.kind) {
    case 'tick':
      return takeTime(run, context)
    case 'failed':
      return fail(run, observed, context)
    case 'slot':
      return takeSlot(run, observed, context)
    case 'machine':
      return takeMachine(run, observed, context)
    case 'ready': {
      const { version, feedVersion } = observed
      return move({ ...run, version, feedVersion, isCreated: true }, 'creating', context)
    }
    case 'not-ready':
      return wait({ ...run, lastFailure: observed.reason }, bounded(observed.retryAfterSeconds), context)
    case 'unusable':
      return conclude(run, { status: 'failed', reason: observed.reason }, context)
    case 'created':
      return move({ ...run, ids: { ...observed.ids } }, 'starting', context)
    case 'started':
      return move({ ...run, ids: { ...run.ids, ...observed.ids } }, 'requested', context)
    case 'seen':
      return run.phase === 'stopping' ? seeStopping(run, observed.seen, context) : see(run, observed, context)
    case 'resumed':
      return observed.goesOn
        ? move({ ...run, resumes: run.resumes + 1 }, 'requested', context)
        : move(run, 'collecting', context)
    case 'collected':
      return move({ ...run, pieces: observed.pieces, collections: run.collections + 1 }, 'converting', context)
    case 'translated':
      return takeReport(run, observed, context)
    case 'unreadable':
      if (run.collections < COLLECTIONS) return move({ ...run, lastFailure: observed.message }, 'collecting', context)
      return conclude(run, { status: 'failed', reason: observed.message }, context)
    case 'removed':
      return end(run, context)
    default:
      return observed satisfies never
  }
}

function takeSlot(run: ScannerRun, observed: Seen<'slot'>, context: ScannerContext): ScannerRun {
  if (observed.isHopeless) return conclude(run, { status: 'not-examined', reason: observed.reason }, context)
  if (observed.has) return move({ ...run, startedAt: context.now.toISOString() }, 'preparing', context)
  return wait(
    { ...run, lastFailure: observed.reason },
    patienceSeconds(run.phaseSince, context.now) + 5 * jitterOf(run),
    context,
  )
}

function takeMachine(run: ScannerRun, observed: Seen<'machine'>, context: ScannerContext): ScannerRun {
  if (observed.status === 'unavailable') {
    return conclude(run, { status: 'not-examined', reason: observed.reason }, context)
  }
  if (observed.status === 'coming') return wait(run, patienceSeconds(run.phaseSince, context.now), context)
  return move({ ...run, addresses: [...observed.addresses] }, 'ready-check', context)
}

function see(run: ScannerRun, { seen, canResume }: Seen<'seen'>, context: ScannerContext): ScannerRun {
  const now = context.now.toISOString()
  switch (seen.status) {
    case 'requested':
      return wait({ ...run, failures: 0 }, pollSeconds(run, context), context)
    case 'running':
    case 'processing': {
      const progress = progressOf(run, seen, now)
      const { percent, marks } = progress
      const running = run.phase === 'requested' ? move(run, 'running', context) : { ...run, failures: 0 }
      const since = running.runningSince ?? now
      return wait(
        { ...running, runningSince: since, progress: { percent, marks, since: progress.since } },
        pollSeconds(run, context),
        context,
      )
    }
    case 'ended':
      return move(withFlaw({ ...run, stoppedAt: now }, seen.reason), 'collecting', context)
    case 'stopped':
    case 'interrupted': {
      const flawed = withFlaw({ ...run, stoppedAt: now }, `The scan was ${seen.status}. ${seen.reason}`.trim())
      if (canResume && run.resumes < context.limits.resumes) return move(run, 'resuming', context)
      return move(flawed, 'collecting', context)
    }
    case 'gone':
      return beginAnew(run, 'The scanner no longer knows the scan.', context)
    default:
      return seen.status satisfies never
  }
}

function progressOf(run: ScannerRun, seen: SeenScan, now: string): ScannerRun['progress'] {
  const marks = seen.progressMarks.slice(0, 16)
  const { percent } = seen
  const isSame =
    run.phase === 'running' &&
    percent === run.progress.percent &&
    marks.length === run.progress.marks.length &&
    marks.every((mark, at) => mark === run.progress.marks[at])
  return { percent, marks, since: isSame ? run.progress.since : now }
}

function seeStopping(run: ScannerRun, seen: SeenScan, context: ScannerContext): ScannerRun {
  const isOver = !['requested', 'running', 'processing'].includes(seen.status)
  if (!isOver) return wait(run, WAITING_SECONDS, context)
  if (seen.status === 'gone' && run.afterStop === 'collecting') {
    return beginAnew(run, 'The scanner no longer knows the scan.', context)
  }
  return goOn(run, 'The scanner accepted the scan and never began it.', context)
}

function takeReport(run: ScannerRun, { report }: Seen<'translated'>, context: ScannerContext): ScannerRun {
  const { version, feedVersion, authenticated } = report
  const translated: ScannerRun = {
    ...run,
    isTranslated: true,
    version: version || run.version,
    feedVersion: feedVersion || run.feedVersion,
    authenticated,
    stoppedAt: run.stoppedAt ?? context.now.toISOString(),
  }
  return conclude(translated, concludeReport(run, report), context)
}

function fail(run: ScannerRun, observed: Seen<'failed'>, context: ScannerContext): ScannerRun {
  const failures = run.failures + 1
  const failed: ScannerRun = { ...run, failures, lastFailure: observed.message.slice(0, 500) }
  const again = wait(failed, backOffSeconds(failures, `${run.scan} ${run.machine} ${run.scanner}`), context)
  const mayWork = observed.retry && failures <= context.limits.retries
  switch (run.phase) {
    case 'requested':
    case 'running':
      // The scan goes on without us while its scanner does not answer: only the watch over its progress ends it.
      return observed.retry ? again : stopFor(withFlaw(failed, observed.message), 'collecting', context)
    case 'resuming':
      return mayWork ? again : move(withFlaw(failed, observed.message), 'collecting', context)
    case 'stopping':
      return observed.retry ? again : goOn(failed, observed.message, context)
    case 'removing':
      return mayWork ? again : end({ ...failed, leftover: observed.message.slice(0, 500) }, context)
    case 'queued':
    case 'preparing':
      return again
    case 'ready-check':
      if (observed.retry) return again
      return conclude(failed, { status: 'failed', reason: observed.message }, context)
    case 'creating':
    case 'starting':
    case 'collecting':
    case 'converting':
      return mayWork ? again : conclude(failed, { status: 'failed', reason: observed.message }, context)
    case 'ended':
      return run
    default:
      return run.phase satisfies never
  }
}

function end(run: ScannerRun, context: ScannerContext): ScannerRun {
  return { ...move(run, 'ended', context), endedAt: context.now.toISOString() }
}

/** A two-hundredth of the time that it runs: what is short is seen to end soon, what is long is not asked all the time. */
function pollSeconds(run: ScannerRun, context: ScannerContext): number {
  const since = run.runningSince ?? run.phaseSince
  const most = context.limits.pollSeconds * (0.8 + 0.2 * jitterOf(run))
  return Math.min(most, Math.max(2, secondsSince(since, context.now) / 200))
}

function jitterOf(run: ScannerRun): number {
  return jitter(`${run.scan} ${run.machine} ${run.scanner}`)
}

function bounded(seconds: number): number {
  return Math.min(900, Math.max(5, Number.isFinite(seconds) ? seconds : 60))
}
