import { backOffSeconds } from './back-off.ts'
import type { MachineCall, MachineObservation, MachinePhase, MachineRun } from './machine-run.ts'
import { inSeconds, patienceSeconds, secondsSince } from './run.ts'
import type { StepContext } from './run.ts'
import { listScanAddresses } from './scan-address.ts'
import type { ScanLimits } from './settings.ts'

export interface MachineContext extends StepContext<ScanLimits> {
  readonly networks: readonly string[]
  readonly dormantMachines: 'copy' | 'start'
  readonly probe: 'tcp' | 'none'
}

export interface MachineStep {
  readonly run: MachineRun
  /** Scanners that wait for the machine have something to see. */
  readonly wakesScanners: boolean
}

const WAITING_SECONDS = 5
/** Until a machine that starts is looked at again. */
const BOOT_LOOK_SECONDS = 2

/** What the phase asks of the outside. Following from the run alone: a message that comes twice asks for the same. */
export function machineCall(run: MachineRun): MachineCall {
  switch (run.phase) {
    case 'waiting':
      return { kind: 'take-machine' }
    case 'held':
    case 'ready':
      return { kind: 'look-at-scanners' }
    case 'finding':
      return { kind: 'find' }
    case 'powering':
      return run.plan === null || run.plan === 'in-place' ? { kind: 'nothing' } : { kind: 'power', how: run.plan }
    case 'addressing':
      return { kind: 'list-addresses', guest: guestOf(run) }
    case 'probing':
      return { kind: 'probe', addresses: run.addresses }
    case 'restoring':
      return { kind: 'restore' }
    case 'ended':
      return { kind: 'nothing' }
    default:
      return run.phase satisfies never
  }
}

/** The running thing that is scanned: the copy's guest, or the machine itself. */
function guestOf(run: MachineRun): string {
  return (run.plan === 'copy' ? run.things?.['guest'] : run.found?.guest) ?? ''
}

/**
 * (run, observation) → run. Pure. Whatever is observed, a run in which something was changed goes through `restoring`, and one whose
 * scanners have all ended goes there at its next step.
 */
export function advanceMachine(run: MachineRun, observed: MachineObservation, context: MachineContext): MachineStep {
  if (run.phase === 'ended') return quiet(run)
  if (observed.kind === 'tick') return tick(run, observed, context)
  if (observed.kind === 'failed') return fail(run, observed, context)

  switch (observed.kind) {
    case 'taken':
      if (observed.isOurs) return { run: move(run, 'held', context), wakesScanners: true }
      return quiet(wait(run, patienceSeconds(run.phaseSince, context.now), context))
    case 'looked':
      return quiet(wait(run, patienceSeconds(run.phaseSince, context.now), context))
    case 'found':
      return plan({ ...run, found: observed.found }, context)
    case 'powered':
      return quiet(move({ ...run, things: observed.things ?? run.things }, 'addressing', context))
    case 'addresses':
      return takeAddresses(run, observed, context)
    case 'probed':
      if (observed.answers) return { run: move(run, 'ready', context), wakesScanners: true }
      return isLate(run, context)
        ? giveUp(run, 'It does not answer at any of its addresses.', context)
        : quiet(wait(run, BOOT_LOOK_SECONDS, context))
    case 'shut-down-asked':
      return quiet(wait({ ...run, shutDownAskedAt: context.now.toISOString() }, WAITING_SECONDS, context))
    case 'still-ending':
      return quiet(wait(run, WAITING_SECONDS, context))
    case 'restored':
      return quiet(end({ ...run, isRestored: isChanged(run) ? true : null }, context))
    default:
      return observed satisfies never
  }
}

/** What time and the scanners say before the phase's call. */
function tick(
  run: MachineRun,
  scanners: { readonly wanted: number; readonly open: number },
  context: MachineContext,
): MachineStep {
  if (run.phase === 'restoring') {
    if (secondsSince(run.phaseSince, context.now) <= context.limits.restoreSeconds) return quiet(run)
    return quiet(end({ ...run, isRestored: false }, context))
  }
  if (scanners.open === 0) return quiet(move(run, 'restoring', context))
  if (run.phase === 'held' && scanners.wanted > 0) return quiet(move(run, 'finding', context))
  return quiet(run)
}

function plan(run: MachineRun, context: MachineContext): MachineStep {
  if (run.found === null) {
    if (run.given.length === 0) {
      return giveUp(run, 'No hypervisor knows it, and no address was given for it.', context)
    }
    return takeAddresses({ ...run, plan: 'in-place' }, check(run.given, context, false), context)
  }

  const how = planFor(run.found.power, context)
  return quiet(move({ ...run, plan: how }, how === 'in-place' ? 'addressing' : 'powering', context))
}

function planFor(power: NonNullable<MachineRun['found']>['power'], context: MachineContext) {
  if (power === 'running') return 'in-place'
  return power === 'off' ? context.dormantMachines : 'resume'
}

function check(addresses: readonly string[], context: MachineContext, isTold: boolean) {
  return { ...listScanAddresses(addresses, { networks: context.networks, isTold }) }
}

function takeAddresses(
  run: MachineRun,
  told: { readonly allowed: readonly string[]; readonly refused: readonly string[] },
  context: MachineContext,
): MachineStep {
  // What an administrator gave is where the machine itself is; a copy is elsewhere.
  const isGiven = run.given.length > 0 && run.plan !== 'copy'
  const { allowed, refused } = isGiven ? check(run.given, context, false) : told
  if (allowed.length > 0) {
    const addressed = { ...run, addresses: [...allowed] }
    if (context.probe === 'tcp') return quiet(move(addressed, 'probing', context))
    return { run: move(addressed, 'ready', context), wakesScanners: true }
  }

  if (isGiven) return giveUp(run, refused.join(' '), context)
  if (!isLate(run, context)) return quiet(wait(run, BOOT_LOOK_SECONDS, context))
  return giveUp(run, refused.length > 0 ? refused.slice(0, 4).join(' ') : 'It has no address.', context)
}

function fail(
  run: MachineRun,
  observed: { readonly message: string; readonly retry: boolean },
  context: MachineContext,
): MachineStep {
  const failures = run.failures + 1
  const failed = { ...run, failures, lastFailure: observed.message }
  const pause = backOffSeconds(failures, `${run.scan} ${run.machine}`)
  // To restore it is tried until its time is over, whatever the hypervisor says.
  if (run.phase === 'restoring') return quiet(wait(failed, pause, context))
  if (observed.retry && failures <= context.limits.retries) return quiet(wait(failed, pause, context))
  return giveUp(failed, observed.message, context)
}

/** It cannot be scanned: its scanners are told, and it is put back. */
function giveUp(run: MachineRun, reason: string, context: MachineContext): MachineStep {
  return { run: move({ ...run, unavailable: reason, addresses: [] }, 'restoring', context), wakesScanners: true }
}

function isLate(run: MachineRun, context: MachineContext): boolean {
  return secondsSince(run.phaseSince, context.now) > context.limits.bootSeconds
}

/** Something was, or may have been, done to it. */
export function isChanged(run: Pick<MachineRun, 'plan'>): boolean {
  return run.plan !== null && run.plan !== 'in-place'
}

function move(run: MachineRun, phase: MachinePhase, context: MachineContext): MachineRun {
  const now = context.now.toISOString()
  return { ...run, phase, phaseSince: now, nextAt: now, failures: 0 }
}

function end(run: MachineRun, context: MachineContext): MachineRun {
  return { ...move(run, 'ended', context), endedAt: context.now.toISOString() }
}

function wait(run: MachineRun, seconds: number, context: MachineContext): MachineRun {
  return { ...run, nextAt: inSeconds(context.now, seconds) }
}

function quiet(run: MachineRun): MachineStep {
  return { run, wakesScanners: false }
}
