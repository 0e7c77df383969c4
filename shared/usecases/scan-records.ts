import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { MachineRun } from '#shared/domain/scan/machine-run.ts'
import { Scan } from '#shared/domain/scan/scan.ts'
import { ScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { Item, ItemPage, MetadataTable } from '#shared/ports/metadata-table.ts'
import { parseItem } from './records.ts'
import type { Versioned } from './records.ts'

/** Where scans live in the metadata table and the object store. */
export const scanKey = (id: string) => ({ partition: 'scan', sort: id })
/** Scans that have not ended. */
export const openScanKey = (id: string) => ({ partition: 'open-scan', sort: id })
/** Scans of an owner, so that whoever may see only those never reads among others. */
export const ownerScanKey = (owner: string, id: string) => ({ partition: `owner-scans/${owner}`, sort: id })
export const runsOf = (scan: string) => `scan-runs/${scan}`
export const machineRunKey = (scan: string, machine: string) => ({ partition: runsOf(scan), sort: machine })
export const scannerRunKey = (run: { scan: string; machine: string; scanner: string }) => ({
  partition: runsOf(run.scan),
  sort: `${run.machine}/${run.scanner}`,
})
export const scannerStateKey = (scanner: string) => ({ partition: 'scanner', sort: scanner })
/** Which scan has a machine. */
export const heldMachineKey = (machine: string) => ({ partition: 'scanned-machine', sort: machine })
export const HeldMachine = z.object({ scan: z.string() })
/** Machines that a scan could not put back as they were. */
export const unrestoredKey = (run: { scan: string; machine: string }) => ({
  partition: 'unrestored-machine',
  sort: `${run.scan}/${run.machine}`,
})
/** A machine's last reports. */
export const historyKey = (machine: string) => ({ partition: 'machine-scans', sort: machine })
export const History = z.object({
  /** Newest first. */
  reports: z.array(
    z.object({
      scan: z.string(),
      endedAt: z.string(),
      examined: z.enum(['examined', 'partly', 'not-examined']),
      /** When it was asked for, or imported. */
      requestedAt: z.string(),
      /** Those that were asked to look; an imported report's begin with `import:`, whatever it says it is. */
      scanners: z.array(z.string()),
      /** Who asked for it; null: an administrator, the schedule or a gate. */
      owner: z.string().nullable(),
    }),
  ),
})
export type History = z.infer<typeof History>

const reportFolder = (run: { scan: string; machine: string; scanner: string }) =>
  `scan-reports/${run.scan}/${run.machine}/${run.scanner}`
export const scanObjects = {
  folder: (scan: string) => `scan-reports/${scan}/`,
  /** The report as the scanner wrote it, in pieces. */
  piece: (run: { scan: string; machine: string; scanner: string }, at: number) =>
    `${reportFolder(run)}/${String(at).padStart(4, '0')}`,
  translated: (run: { scan: string; machine: string; scanner: string }) => `${reportFolder(run)}/report.json`,
  /** The unified report of a scan that has ended. */
  report: (scan: string) => `scan-reports/${scan}/report.json`,
} as const

export async function findScan(table: MetadataTable, id: string): Promise<Versioned<Scan> | null> {
  return parseItem(Scan, await table.get(scanKey(id)))
}

/** @throws Fault `not_found` */
export async function getScan(table: MetadataTable, id: string): Promise<Versioned<Scan>> {
  const found = await findScan(table, id)
  if (found === null) throw new Fault('not_found', `There is no scan "${id}".`)

  return found
}

export interface Runs {
  readonly machines: readonly MachineRun[]
  readonly scanners: readonly ScannerRun[]
}

/** Every run of a scan. `machine`: only those of one machine. */
export async function listRuns(table: MetadataTable, scan: string, machine?: string): Promise<Runs> {
  const machines: MachineRun[] = []
  const scanners: ScannerRun[] = []
  const partition = runsOf(scan)
  if (machine !== undefined) {
    const own = parseItem(MachineRun, await table.get(machineRunKey(scan, machine)))
    if (own !== null) machines.push(own.value)
  }
  for await (const item of walkItems(table, partition, machine === undefined ? undefined : `${machine}/`)) {
    const isMachine = !item.sort.includes('/')
    const found = isMachine ? parseItem(MachineRun, item) : null
    if (found !== null) machines.push(found.value)
    const scanner = isMachine ? null : parseItem(ScannerRun, item)
    if (scanner !== null) scanners.push(scanner.value)
  }
  return { machines, scanners }
}

/** Every item of a partition, a page at a time. */
export async function* walkItems(table: MetadataTable, partition: string, prefix?: string): AsyncGenerator<Item> {
  let cursor: string | null = null
  do {
    const page: ItemPage = await table.query({
      partition,
      limit: 200,
      ...(prefix === undefined ? {} : { prefix }),
      ...(cursor === null ? {} : { cursor }),
    })
    yield* page.items
    cursor = page.cursor
  } while (cursor !== null)
}
