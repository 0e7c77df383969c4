import { MachineRun } from '#shared/domain/scan/machine-run.ts'
import { copyName, NAME_PREFIX, scanOfName } from '#shared/domain/scan/run-name.ts'
import { ScannerState } from '#shared/domain/scan/scanner-state.ts'
import { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { succeeds } from './keep-object.ts'
import type { Station } from './needs.ts'
import { parseItem } from './records.ts'
import {
  findScan,
  heldMachineKey,
  HeldMachine,
  listRuns,
  machineRunKey,
  scannerRunKey,
  scannerStateKey,
  unrestoredKey,
  walkItems,
} from './scan-records.ts'
import { leaveSlot } from './scanner-slots.ts'
import { stationIdentity } from './station-identity.ts'
import { restoreMachine } from './take-machine-step.ts'

type Needs = Pick<Station, 'table' | 'clock' | 'log' | 'scanning'>

/**
 * Removes what scans of this station that have ended, or are unknown, left behind: scans on scanners, copies on hypervisors, places
 * on scanners, and machines that could not be put back. What another station made is not looked at. Each that fails is logged and
 * left for the next sweep. Returns how many things went.
 */
export async function sweepLeftovers(station: Needs): Promise<{ removed: number; failed: number }> {
  const { scanning } = station
  const count = { removed: 0, failed: 0 }
  if (scanning === undefined) return count

  const own = await stationIdentity(station)
  const sweep = async (what: string, work: () => Promise<number>) => {
    try {
      count.removed += await work()
    } catch (error) {
      count.failed += 1
      station.log.warn('leftover.not-removed', { what, reason: error instanceof Error ? error.message : String(error) })
    }
  }
  for (const scanner of scanning.scanners.values()) {
    if (scanner.abilities.control) await sweep(scanner.id, () => sweepScanner(station, scanner, own))
  }
  for (const hypervisor of scanning.hypervisors) {
    await sweep(hypervisor.id, () => sweepHypervisor(station, hypervisor, own))
  }
  for await (const { sort } of walkItems(station.table, unrestoredKey({ scan: '', machine: '' }).partition)) {
    await sweep(sort, () => restoreAgain(station, sort))
  }
  count.removed += await sweepSlots(station)
  if (count.removed + count.failed > 0) station.log.info('leftovers.swept', count)
  return count
}

async function sweepScanner(station: Needs, scanner: Scanner, own: string): Promise<number> {
  let removed = 0
  for (const native of await scanner.list(`${NAME_PREFIX}${own}-`)) {
    const scan = scanOfName(native.name, own)
    if (scan === null || (await isOpen(station, scan))) continue

    if (native.isRunning) await scanner.stop(native.ids)
    await scanner.remove(native.ids)
    removed += 1
  }
  return removed
}

async function isOpen(station: Needs, scan: string): Promise<boolean> {
  const found = await findScan(station.table, scan)
  return found !== null && found.value.endedAt === null
}

async function sweepHypervisor(station: Needs, hypervisor: Hypervisor, own: string): Promise<number> {
  let removed = 0
  for (const left of await hypervisor.listLeftovers(`${NAME_PREFIX}${own}-`)) {
    const scan = scanOfName(left.name, own)
    if (scan === null) continue

    // A machine may be on its way back although its scan has ended.
    const { machines } = await listRuns(station.table, scan)
    if (machines.some((run) => run.endedAt === null && copyName(run) === left.name)) continue
    await hypervisor.release(left.things)
    removed += 1
  }
  return removed
}

/** One step back; once it is back it is no longer among the unrestored. */
async function restoreAgain(station: Needs, sort: string): Promise<number> {
  const [scan = '', machine = ''] = sort.split('/')
  const key = machineRunKey(scan, machine)
  const found = parseItem(MachineRun, await station.table.get(key))
  if (found !== null) {
    if (found.value.endedAt === null || (await isAnothers(station, found.value))) return 0

    const observed = await restoreMachine(station, found.value)
    if (observed.kind === 'shut-down-asked') {
      const shutDownAskedAt = station.clock.now().toISOString()
      await succeeds(station.table.put({ ...key, value: { ...found.value, shutDownAskedAt }, expect: found.version }))
    }
    if (observed.kind !== 'restored') return 0
    await succeeds(station.table.put({ ...key, value: { ...found.value, isRestored: true }, expect: found.version }))
  }
  await station.table.delete(unrestoredKey({ scan, machine }))
  return 1
}

/** A scan that has the machine now will put it back as it found it; then it is this one's turn. */
async function isAnothers(station: Needs, run: MachineRun): Promise<boolean> {
  const held = parseItem(HeldMachine, await station.table.get(heldMachineKey(run.machine)))
  if (held === null || held.value.scan === run.scan) return false

  const holder = parseItem(MachineRun, await station.table.get(machineRunKey(held.value.scan, run.machine)))
  return holder !== null && holder.value.endedAt === null
}

/** Places of whoever has ended, or is forgotten. */
async function sweepSlots(station: Needs): Promise<number> {
  let freed = 0
  for await (const item of walkItems(station.table, scannerStateKey('').partition)) {
    for (const holder of parseItem(ScannerState, item)?.value.holders ?? []) {
      const [scan = '', machine = ''] = holder.split('/')
      const key = { scan, machine, scanner: item.sort }
      const run = parseItem(ScannerRun, await station.table.get(scannerRunKey(key)))
      if (run !== null && run.value.endedAt === null) continue

      await leaveSlot(station, key)
      freed += 1
    }
  }
  return freed
}
