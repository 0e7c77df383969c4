import { describeSeconds } from '../text.ts'
import { secondsSince } from './run.ts'
import type { ScannerRun } from './scanner-run.ts'
import { conclude, goOn, move, stopFor, withFlaw } from './scanner-moves.ts'
import type { ScannerContext } from './scanner-moves.ts'

/**
 * What time, and whoever wants the scan to end, say before the phase's call is made. Returns the same run where they say nothing.
 * The bounds are those of `ScanLimits`.
 */
export function takeTime(run: ScannerRun, context: ScannerContext): ScannerRun {
  if (run.phase === 'removing' || run.phase === 'ended') return run
  if (context.isCancelled && run.outcome?.status !== 'cancelled') return cancel(run, context)

  const { limits, now } = context
  const inPhase = secondsSince(run.phaseSince, now)
  const isJobOver = run.startedAt !== null && secondsSince(run.startedAt, now) > limits.jobSeconds
  switch (run.phase) {
    case 'queued':
      if (inPhase <= limits.queuedSeconds) return run
      return notExamined(run, `It waited for ${describeSeconds(limits.queuedSeconds)}: ${run.lastFailure}`, context)
    case 'preparing':
      return isJobOver ? notExamined(run, 'The machine was not ready in time.', context) : run
    case 'ready-check':
      if (inPhase <= limits.readySeconds && !isJobOver) return run
      return notExamined(run, `The scanner was not ready in time: ${run.lastFailure}`, context)
    case 'creating':
    case 'starting':
      return isJobOver
        ? conclude(run, { status: 'failed', reason: `It could not be begun: ${run.lastFailure}` }, context)
        : run
    case 'requested':
    case 'running':
    case 'resuming':
      return watch(run, isJobOver, context)
    case 'stopping':
      if (inPhase <= limits.stopSeconds) return run
      return goOn(withFlaw(run, 'The scanner did not end the scan when asked to.'), NEVER_BEGAN, context)
    case 'collecting':
    case 'converting':
      if (inPhase <= limits.collectSeconds) return run
      return conclude(
        run,
        { status: 'failed', reason: `The report could not be fetched in time: ${run.lastFailure}` },
        context,
      )
    default:
      return run.phase satisfies never
  }
}

const NEVER_BEGAN = 'The scanner accepted the scan and never began it.'

/** Progress, results and finished hosts together: a percentage alone stands still for hours and means nothing. */
function watch(run: ScannerRun, isJobOver: boolean, context: ScannerContext): ScannerRun {
  const { limits, now } = context
  if (run.phase === 'requested' && secondsSince(run.phaseSince, now) > limits.requestedSeconds) {
    return stopFor(run, 'creating', context)
  }

  const isLong = run.runningSince !== null && secondsSince(run.runningSince, now) > limits.runSeconds
  if (isLong || isJobOver)
    return stopFor(withFlaw(run, 'It was stopped: it ran for longer than allowed.'), 'collecting', context)

  const isNearEnd = (run.progress.percent ?? 0) >= 99
  const patience = isNearEnd ? limits.noProgressAtEndSeconds : limits.noProgressSeconds
  if (run.phase === 'requested' || secondsSince(run.progress.since, now) <= patience) return run

  const flaw = `It was stopped: no progress for ${describeSeconds(patience)}.`
  return stopFor(withFlaw(run, flaw), 'collecting', context)
}

function cancel(run: ScannerRun, context: ScannerContext): ScannerRun {
  const cancelled = { ...run, outcome: { status: 'cancelled', reason: 'Someone ended the scan.' } as const }
  const isThere = ['starting', 'requested', 'running', 'resuming'].includes(run.phase)
  if (isThere) return stopFor(cancelled, 'removing', context)
  if (run.phase === 'stopping') return { ...cancelled, afterStop: 'removing' }
  return move(cancelled, 'removing', context)
}

function notExamined(run: ScannerRun, reason: string, context: ScannerContext): ScannerRun {
  return conclude(run, { status: 'not-examined', reason }, context)
}
