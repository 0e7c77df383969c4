import { inSeconds } from './run.ts'
import type { StepContext } from './run.ts'
import type { Outcome, ScannerPhase, ScannerRun } from './scanner-run.ts'
import type { ScanLimits } from './settings.ts'

export type ScannerContext = StepContext<ScanLimits>

/** Into another phase, whose call is due at once. */
export function move(run: ScannerRun, phase: ScannerPhase, context: Pick<ScannerContext, 'now'>): ScannerRun {
  const now = context.now.toISOString()
  return { ...run, phase, phaseSince: now, nextAt: now, failures: 0 }
}

export function wait(run: ScannerRun, seconds: number, context: Pick<ScannerContext, 'now'>): ScannerRun {
  return { ...run, nextAt: inSeconds(context.now, seconds) }
}

/** The outcome is known: what is left on the scanner goes next. An outcome that is there already stays. */
export function conclude(run: ScannerRun, outcome: Outcome, context: ScannerContext): ScannerRun {
  return move({ ...run, outcome: run.outcome ?? outcome }, 'removing', context)
}

/** It is asked to end first; then the report is fetched, it is begun anew, or removed. */
export function stopFor(run: ScannerRun, afterStop: ScannerRun['afterStop'], context: ScannerContext): ScannerRun {
  return move({ ...run, afterStop }, 'stopping', context)
}

export function withFlaw(run: ScannerRun, flaw: string): ScannerRun {
  if (flaw === '' || run.flaws.includes(flaw) || run.flaws.length >= MOST_FLAWS) return run
  return { ...run, flaws: [...run.flaws, flaw.slice(0, LONGEST_FLAW)] }
}

const MOST_FLAWS = 20
const LONGEST_FLAW = 500

/** Another scan of it, under another name; or, where there were enough, its end as failed. */
export function beginAnew(run: ScannerRun, reason: string, context: ScannerContext): ScannerRun {
  if (run.attempt >= context.limits.attempts) return conclude(run, { status: 'failed', reason }, context)

  const now = context.now.toISOString()
  return move(
    {
      ...run,
      attempt: run.attempt + 1,
      ids: null,
      resumes: 0,
      flaws: [],
      afterStop: 'removing',
      runningSince: null,
      progress: { percent: null, marks: [], since: now },
      pieces: 0,
      collections: 0,
    },
    'ready-check',
    context,
  )
}

/** What comes after it has been stopped. */
export function goOn(run: ScannerRun, reason: string, context: ScannerContext): ScannerRun {
  if (run.afterStop === 'collecting')
    return move({ ...run, stoppedAt: context.now.toISOString() }, 'collecting', context)
  if (run.afterStop === 'creating') return beginAnew(run, reason, context)
  return conclude(run, { status: 'failed', reason }, context)
}
