import { MachineRun } from '#shared/domain/scan/machine-run.ts'
import { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import { closeScan } from './close-scan.ts'
import type { Station } from './needs.ts'
import { listRuns, machineRunKey, scannerRunKey, unrestoredKey } from './scan-records.ts'
import { advanceJob, stepRun } from './step-run.ts'
import type { AdvanceJob } from './step-run.ts'
import { takeMachineStep } from './take-machine-step.ts'
import { takeScannerStep } from './take-scanner-step.ts'

/** Longer than any call of a scanner or hypervisor may take; fetching and translating a report have their own bound. */
const CLAIM_SECONDS = 300
/** A copy of a large disk, or of one in a cloud, takes its time. */
const COPY_SECONDS = 1800
/** Phases in which looking earlier than planned does no harm. */
const WAKES = new Set<ScannerRun['phase']>(['queued', 'preparing', 'ready-check', 'requested', 'running'])

/**
 * Takes one machine of a scan, or one scanner on it, a step further and queues the message for the next. Whatever dies on the way:
 * the same message again, or the tending of scans, goes on from what is stored.
 */
export async function advanceScan(station: Station, job: AdvanceJob): Promise<void> {
  const { scanner } = job
  return scanner === null ? stepMachine(station, job) : stepScanner(station, { ...job, scanner })
}

async function stepMachine(station: Station, job: AdvanceJob): Promise<void> {
  const wakes: { scanners: boolean } = { scanners: false }
  await stepRun(station, job, {
    shape: MachineRun,
    key: machineRunKey(job.scan, job.machine),
    isWaiting: (run) => run.phase === 'held' || run.phase === 'ready',
    claimSeconds: ({ phase }) => (phase === 'powering' ? COPY_SECONDS : 2 * CLAIM_SECONDS),
    take: async (run, save) => {
      const step = await takeMachineStep(station, run, save)
      wakes.scanners = step.wakesScanners
      return step.run
    },
    lost: async (run) => {
      // It may have been started after others had put it back: the sweep of leftovers looks.
      if (run.phase === 'powering') await station.table.put({ ...unrestoredKey(run), value: {} })
    },
    after: async (run) => {
      if (wakes.scanners) await wakeScanners(station, job)
      if (run.endedAt !== null) await closeScan(station, job.scan)
    },
  })
}

async function stepScanner(station: Station, job: AdvanceJob & { scanner: string }): Promise<void> {
  const wakes: { machine: boolean } = { machine: false }
  const limits = station.scanning?.settings.scanLimits
  await stepRun(station, job, {
    shape: ScannerRun,
    key: scannerRunKey(job),
    isWaiting: (run) => WAKES.has(run.phase),
    claimSeconds: ({ phase }) =>
      phase === 'collecting' || phase === 'converting' ? 60 + (limits?.collectSeconds ?? 900) : CLAIM_SECONDS,
    take: async (run, save) => {
      const step = await takeScannerStep(station, run, save)
      wakes.machine = step.wakesMachine
      return step.run
    },
    lost: async () => undefined,
    after: async (run) => {
      if (wakes.machine) await station.queue.send([advanceJob({ ...job, scanner: null }, 0, true)])
      if (run.endedAt === null) return
      await wakeNext(station, run)
      await closeScan(station, job.scan)
    },
  })
}

/** Its place on the scanner is free: one of the same scan that waits for it need not find that out by itself. */
async function wakeNext(station: Station, { scan, scanner }: ScannerRun): Promise<void> {
  const { scanners } = await listRuns(station.table, scan)
  const next = scanners.find((run) => run.scanner === scanner && run.phase === 'queued' && run.endedAt === null)
  if (next !== undefined) await station.queue.send([advanceJob(next, 0, true)])
}

async function wakeScanners(station: Station, job: AdvanceJob): Promise<void> {
  const { scanners } = await listRuns(station.table, job.scan, job.machine)
  await station.queue.send(scanners.filter((run) => run.endedAt === null).map((run) => advanceJob(run, 0, true)))
}
