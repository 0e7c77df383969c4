import { isFault } from '#shared/domain/fault.ts'
import { advanceMachine, isChanged, machineCall } from '#shared/domain/scan/advance-machine.ts'
import type { MachineContext, MachineStep } from '#shared/domain/scan/advance-machine.ts'
import { MachineRun } from '#shared/domain/scan/machine-run.ts'
import type { MachineCall, MachineObservation } from '#shared/domain/scan/machine-run.ts'
import { secondsSince } from '#shared/domain/scan/run.ts'
import { copyName } from '#shared/domain/scan/run-name.ts'
import { listScanAddresses } from '#shared/domain/scan/scan-address.ts'
import type { Guest, Hypervisor } from '#shared/ports/hypervisor.ts'
import type { Scanning } from '#shared/ports/scanning.ts'
import { isConflict } from './conflict.ts'
import { askOutside } from './ask-outside.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import { needScanning } from './need-scanning.ts'
import { findScan, heldMachineKey, HeldMachine, listRuns, machineRunKey, unrestoredKey } from './scan-records.ts'

type Save = (change: Partial<MachineRun>) => Promise<void>
type Needs = Pick<Station, 'table' | 'clock' | 'log' | 'scanning'>

/** One step of making a machine ready, or of putting it back. @throws only what the station's own storage throws */
export async function takeMachineStep(station: Needs, run: MachineRun, save: Save): Promise<MachineStep> {
  const scanning = needScanning(station)
  const scan = await findScan(station.table, run.scan)
  const { scanners } = await listRuns(station.table, run.scan, run.machine)
  const open = scanners.filter((one) => one.endedAt === null)
  const wanted = open.filter((one) => one.startedAt !== null).length
  const { settings } = scanning
  const context = (): MachineContext => ({
    now: station.clock.now(),
    limits: settings.scanLimits,
    isCancelled: scan === null || scan.value.cancelledAt !== null,
    networks: settings.scanNetworks,
    dormantMachines: settings.dormantMachines,
    probe: settings.scanProbe,
  })

  const { run: before } = advanceMachine(run, { kind: 'tick', wanted, open: open.length }, context())
  if (before.phase !== run.phase) await save(before)
  const observed = await callOutside(station, before, machineCall(before), save)
  const step = advanceMachine(before, observed, context())
  if (step.run.phase === 'ended') await letGo(station, step.run)
  return step
}

async function callOutside(
  station: Needs,
  run: MachineRun,
  call: MachineCall,
  save: Save,
): Promise<MachineObservation> {
  const scanning = needScanning(station)
  switch (call.kind) {
    case 'take-machine':
      return { kind: 'taken', isOurs: await takeMachine(station, run) }
    case 'look-at-scanners':
    case 'nothing':
      return { kind: 'looked' }
    case 'find':
      return askOutside(() => find(scanning, run))
    case 'power':
      return askOutside(() => power(scanning, run, { how: call.how, save }))
    case 'list-addresses':
      return askOutside(async () => {
        const told = await hypervisorOf(scanning, run)?.listAddresses(call.guest)
        // Where somebody else starts machines, the operator wrote their addresses down.
        const isTold = hypervisorOf(scanning, run)?.kind !== 'none'
        return {
          kind: 'addresses',
          ...listScanAddresses(told ?? [], { networks: scanning.settings.scanNetworks, isTold }),
        }
      })
    case 'probe': {
      const answers = await Promise.all(call.addresses.map((address) => scanning.prober.answers(address)))
      return { kind: 'probed', answers: answers.includes(true) }
    }
    case 'restore':
      return askOutside(() => restoreMachine(station, run))
    default:
      return call satisfies never
  }
}

async function find(scanning: Scanning, run: MachineRun): Promise<MachineObservation> {
  let trouble: unknown
  for (const hypervisor of scanning.hypervisors) {
    try {
      const guest = await hypervisor.find(run.machine)
      if (guest === null) continue
      const { id, power: state, addresses } = guest
      const found = { hypervisor: hypervisor.id, guest: id, power: state, addresses: [...addresses] }
      return { kind: 'found', found }
    } catch (error) {
      trouble ??= error
    }
  }
  // It may be the one that did not answer which knows it.
  if (trouble !== undefined) throw trouble
  return { kind: 'found', found: null }
}

async function power(
  scanning: Scanning,
  run: MachineRun,
  of: { how: 'start' | 'resume' | 'copy'; save: Save },
): Promise<MachineObservation> {
  const hypervisor = hypervisorOf(scanning, run)
  if (hypervisor === null || run.found === null) return gone(run)

  if (of.how === 'start') await hypervisor.start(run.found.guest)
  if (of.how === 'resume') await hypervisor.resume(run.found.guest)
  if (of.how !== 'copy') return { kind: 'powered', things: null }

  const guest = await findAgain(hypervisor, run)
  if (guest === null) return gone(run)
  if (guest.power !== 'off') {
    return { kind: 'failed', retry: false, message: 'It was started by somebody while it was about to be copied.' }
  }
  let things = run.things
  const made = await hypervisor.quarantine(guest, copyName(run), async (ids) => {
    things = { ...things, ...ids }
    await of.save({ things })
  })
  return { kind: 'powered', things: { ...things, ...made } }
}

function gone(run: MachineRun): MachineObservation {
  return {
    kind: 'failed',
    retry: false,
    message: `Its hypervisor "${run.found?.hypervisor ?? ''}" no longer knows it.`,
  }
}

/**
 * One step back to what the machine was before the scan. Repeated until it says `restored`.
 * @throws Fault of the hypervisor
 */
export async function restoreMachine(station: Needs, run: MachineRun): Promise<MachineObservation> {
  if (!isChanged(run) || run.found === null) return { kind: 'restored' }

  const scanning = needScanning(station)
  const hypervisor = hypervisorOf(scanning, run)
  if (hypervisor === null) {
    return { kind: 'failed', retry: true, message: `The hypervisor "${run.found.hypervisor}" is no longer configured.` }
  }
  if (run.plan === 'copy') {
    const name = copyName(run)
    for (const left of await hypervisor.listLeftovers(name))
      if (left.name === name) await hypervisor.release(left.things)
    if (run.things !== null) await hypervisor.release(run.things)
    return { kind: 'restored' }
  }

  const guest = await findAgain(hypervisor, run)
  if (guest === null || guest.power === 'off') return { kind: 'restored' }
  if (run.plan === 'resume') {
    if (guest.power !== 'running') return { kind: 'restored' }
    await hypervisor.suspend(guest.id)
    return { kind: 'still-ending' }
  }
  return switchOff(hypervisor, run, { now: station.clock.now(), after: scanning.settings.scanLimits.shutDownSeconds })
}

/** First it is asked to end; after a while, or where it cannot be asked, its power is cut. */
async function switchOff(
  hypervisor: Hypervisor,
  run: MachineRun,
  of: { now: Date; after: number },
): Promise<MachineObservation> {
  const guest = run.found?.guest ?? ''
  if (run.shutDownAskedAt === null) {
    try {
      await hypervisor.shutDown(guest)
      return { kind: 'shut-down-asked' }
    } catch (error) {
      if (!isFault(error, 'hypervisor_refused')) throw error
    }
  } else if (secondsSince(run.shutDownAskedAt, of.now) <= of.after) return { kind: 'still-ending' }

  await hypervisor.stop(guest)
  return { kind: 'still-ending' }
}

/** The same guest, not another one that has its name by now. */
async function findAgain(hypervisor: Hypervisor, run: MachineRun): Promise<Guest | null> {
  const guest = await hypervisor.find(run.machine)
  return guest?.id === run.found?.guest ? guest : null
}

function hypervisorOf(scanning: Scanning, run: MachineRun): Hypervisor | null {
  return scanning.hypervisors.find((one) => one.id === run.found?.hypervisor) ?? null
}

/** One scan at a time has a machine: two would start it and shut it down under each other. */
async function takeMachine(station: Needs, run: MachineRun): Promise<boolean> {
  const key = heldMachineKey(run.machine)
  const held = parseItem(HeldMachine, await station.table.get(key))
  if (held?.value.scan === run.scan) return true
  if (held !== null && (await isHeld(station, held.value.scan, run.machine))) return false

  try {
    await station.table.put({ ...key, value: { scan: run.scan }, expect: held?.version ?? 'absent' })
    return true
  } catch (error) {
    if (!isConflict(error)) throw error
    return false
  }
}

/** Whoever died before letting go has ended, or is forgotten. */
async function isHeld(station: Needs, scan: string, machine: string): Promise<boolean> {
  const holder = parseItem(MachineRun, await station.table.get(machineRunKey(scan, machine)))
  return holder !== null && holder.value.endedAt === null
}

async function letGo(station: Needs, run: MachineRun): Promise<void> {
  if (run.isRestored === false) {
    station.log.error('scan.machine-not-restored', { scan: run.scan, machine: run.machine, reason: run.lastFailure })
    await station.table.put({ ...unrestoredKey(run), value: {} })
  }
  const key = heldMachineKey(run.machine)
  const held = parseItem(HeldMachine, await station.table.get(key))
  if (held?.value.scan !== run.scan) return

  await station.table.delete(key, held.version).catch((error: unknown) => {
    if (!isConflict(error)) throw error
  })
}
