import { advanceScanner, scannerCall } from '#shared/domain/scan/advance-scanner.ts'
import type { ScannerStep } from '#shared/domain/scan/advance-scanner.ts'
import { MachineRun } from '#shared/domain/scan/machine-run.ts'
import type { ScannerContext } from '#shared/domain/scan/scanner-moves.ts'
import type { ScannerCall, ScannerObservation, ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import { scanName, scanNamePrefix } from '#shared/domain/scan/run-name.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { askOutside } from './ask-outside.ts'
import { needScanning } from './need-scanning.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { collectReport, translateReport } from './scanner-reports.ts'
import { findScan, machineRunKey } from './scan-records.ts'
import { askForSlot, leaveSlot, noteScannerAnswer } from './scanner-slots.ts'

type Save = (change: Partial<ScannerRun>) => Promise<void>
type Needs = Pick<Station, 'objects' | 'table' | 'clock' | 'log' | 'scanning'>

/** One step of one scanner on one machine. @throws only what the station's own storage throws */
export async function takeScannerStep(station: Needs, run: ScannerRun, save: Save): Promise<ScannerStep> {
  const scanning = needScanning(station)
  const scan = await findScan(station.table, run.scan)
  const limits = scanning.settings.scanLimits
  const context = (): ScannerContext => ({
    now: station.clock.now(),
    limits,
    isCancelled: scan === null || scan.value.cancelledAt !== null,
  })

  const before = advanceScanner(run, { kind: 'tick' }, context()).run
  if (before.phase !== run.phase) await save(before)
  const call = scannerCall(before)
  const scanner = scanning.scanners.get(run.scanner)
  const observed = await callScanner(station, { run: before, call, scanner, save })
  if (ASKS_SCANNER.has(call.kind) && scanner !== undefined) {
    const isFailure = observed.kind === 'failed' && observed.retry
    await noteScannerAnswer(station, run.scanner, { isFailure, limits })
  }
  const step = advanceScanner(before, observed, context())
  if (step.run.phase === 'ended') await leaveSlot(station, run)
  return { run: step.run, wakesMachine: step.wakesMachine }
}

const ASKS_SCANNER = new Set<ScannerCall['kind']>(['check-ready', 'create', 'start', 'look', 'resume', 'stop'])

interface Calling {
  readonly run: ScannerRun
  readonly call: ScannerCall
  readonly scanner: Scanner | undefined
  readonly save: Save
}

async function callScanner(station: Needs, calling: Calling): Promise<ScannerObservation> {
  const { run, call, scanner } = calling
  if (call.kind === 'nothing') return { kind: 'tick' }
  if (call.kind === 'look-at-machine') return lookAtMachine(station, run)
  if (call.kind === 'remove' && !run.isCreated) return { kind: 'removed' }
  if (scanner === undefined) {
    const reason = `No scanner "${run.scanner}" is configured.`
    if (call.kind === 'take-slot') return { kind: 'slot', has: false, isHopeless: true, reason }
    return { kind: 'failed', retry: false, message: reason }
  }

  switch (call.kind) {
    case 'take-slot':
      return takeSlot(station, run, scanner)
    case 'create':
      return askOutside(() => create(run, scanner, calling.save))
    case 'collect':
      return askOutside(async () => ({ kind: 'collected', pieces: await collectReport(station, run, scanner) }))
    case 'translate':
      return askOutside(() => translateReport(station, run, scanner))
    case 'check-ready':
    case 'start':
    case 'look':
    case 'resume':
    case 'stop':
    case 'remove':
      return askOutside(() => drive(scanner, run, call.kind))
    default:
      return call satisfies never
  }
}

async function drive(
  scanner: Scanner,
  run: ScannerRun,
  call: 'check-ready' | 'start' | 'look' | 'resume' | 'stop' | 'remove',
): Promise<ScannerObservation> {
  const ids = run.ids ?? {}
  const canResume = scanner.abilities.resume
  switch (call) {
    case 'check-ready': {
      const readiness = await scanner.checkReady()
      const { status, ...rest } = readiness
      return { kind: status, ...rest } as ScannerObservation
    }
    case 'start':
      return { kind: 'started', ids: { ...ids, ...(await scanner.start(ids)) } }
    case 'look':
      return { kind: 'seen', seen: await scanner.look(ids), canResume }
    case 'resume':
      return { kind: 'resumed', goesOn: await scanner.resume(ids) }
    case 'stop':
      await scanner.stop(ids)
      return { kind: 'seen', seen: await scanner.look(ids), canResume }
    case 'remove':
      await remove(scanner, run)
      return { kind: 'removed' }
    default:
      return call satisfies never
  }
}

/** What has the name already is told before anything is made, so that it is removed whatever happens. */
async function create(run: ScannerRun, scanner: Scanner, save: Save): Promise<ScannerObservation> {
  const name = scanName(run, run.attempt)
  let ids = run.ids
  const created = async (more: Readonly<Record<string, string>>) => {
    ids = { ...ids, ...more }
    await save({ ids })
  }
  const same = (await scanner.list(name)).find((native) => native.name === name)
  if (same !== undefined) await created(same.ids)
  const made = await scanner.create({ name, addresses: run.addresses }, created)
  return { kind: 'created', ids: { ...ids, ...made } }
}

/** Every attempt, by name too: a death may have come before its ids were known. */
async function remove(scanner: Scanner, run: ScannerRun): Promise<void> {
  const prefix = scanNamePrefix(run)
  for (const native of await scanner.list(prefix)) {
    if (!native.name.startsWith(prefix)) continue
    if (native.isRunning) await scanner.stop(native.ids)
    await scanner.remove(native.ids)
  }
  if (run.ids !== null) await scanner.remove(run.ids)
}

async function takeSlot(station: Needs, run: ScannerRun, scanner: Scanner): Promise<ScannerObservation> {
  const no = (reason: string, isHopeless = false) => ({ kind: 'slot', has: false, isHopeless, reason }) as const
  if (!scanner.abilities.control) {
    return no('Its scans are started by somebody else: import their reports.', true)
  }
  const machine = await findMachineRun(station, run)
  if (machine === null || machine.unavailable !== null || machine.endedAt !== null) {
    return no(machine?.unavailable ?? 'The machine is no longer part of the scan.', true)
  }
  // The machine first, then the scanner, for everyone: so nobody waits in a circle.
  if (machine.phase === 'waiting') return no('Another scan has the machine.')

  const refused = await askForSlot(station, run, scanner.slots)
  return refused === null ? { kind: 'slot', has: true, isHopeless: false, reason: '' } : no(refused)
}

async function lookAtMachine(station: Needs, run: ScannerRun): Promise<ScannerObservation> {
  const machine = await findMachineRun(station, run)
  const addresses = machine?.addresses ?? []
  if (machine?.phase === 'ready') return { kind: 'machine', status: 'ready', addresses, reason: '' }
  const isOver = machine === null || machine.unavailable !== null || machine.endedAt !== null
  const reason = machine?.unavailable ?? 'The machine is no longer part of the scan.'
  return { kind: 'machine', status: isOver ? 'unavailable' : 'coming', addresses: [], reason: isOver ? reason : '' }
}

async function findMachineRun(station: Needs, run: ScannerRun): Promise<MachineRun | null> {
  return parseItem(MachineRun, await station.table.get(machineRunKey(run.scan, run.machine)))?.value ?? null
}
