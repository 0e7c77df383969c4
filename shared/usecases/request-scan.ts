import { randomBytes } from 'node:crypto'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { newMachineRun } from '#shared/domain/scan/machine-run.ts'
import { makeScanId } from '#shared/domain/scan/run-name.ts'
import { judgeScanAddress } from '#shared/domain/scan/scan-address.ts'
import type { Scan } from '#shared/domain/scan/scan.ts'
import { newScannerRun } from '#shared/domain/scan/scanner-run.ts'
import type { PutItem } from '#shared/ports/metadata-table.ts'
import type { Scanning } from '#shared/ports/scanning.ts'
import { needScanning } from './need-scanning.ts'
import type { Station } from './needs.ts'
import { getMachine } from './records.ts'
import { machineRunKey, openScanKey, ownerScanKey, scanKey, scannerRunKey } from './scan-records.ts'
import { stationIdentity } from './station-identity.ts'
import { advanceJob } from './step-run.ts'

export interface ScanRequest {
  /** `addresses`: where an administrator says that the machine is. */
  readonly machines: readonly { readonly name: string; readonly addresses: readonly string[] }[]
  /** Left out: every one that is configured. */
  readonly scanners?: readonly string[]
  readonly owner: string | null
  readonly why: Scan['why']
}

type Needs = Pick<Station, 'table' | 'queue' | 'clock' | 'log' | 'scanning'>

/** Machines of one scan. */
export const MOST_MACHINES = 500
const WRITES_AT_ONCE = 90

/**
 * Accepts a scan: once this resolves it is durable and will end. Only registered machines, only addresses inside the networks that may
 * be scanned. @throws Fault `not_found`, `name_invalid`, `request_invalid`, `address_refused`
 */
export async function requestScan(station: Needs, request: ScanRequest): Promise<Scan> {
  const scanning = needScanning(station)
  const machines = await readMachines(station, scanning, request)
  const scanners = readScanners(scanning, request.scanners)
  const now = station.clock.now()
  const scan: Scan = {
    id: makeScanId(await stationIdentity(station), now, randomBytes(3).toString('hex')),
    kind: 'scan',
    machines: machines.map((machine) => machine.name),
    scanners: scanners.map((scanner) => scanner.id),
    owner: request.owner,
    why: request.why,
    requestedAt: now.toISOString(),
    cancelledAt: null,
    endedAt: null,
  }

  const runs: PutItem[] = machines.flatMap(({ name, addresses }) => [
    {
      ...machineRunKey(scan.id, name),
      value: newMachineRun({ scan: scan.id, machine: name, given: addresses, now }),
    },
    ...scanners.map(({ id: scanner, kind }) => {
      const run = newScannerRun({ scan: scan.id, machine: name, scanner, kind, now })
      return { ...scannerRunKey(run), value: run }
    }),
  ])
  for (let at = 0; at < runs.length; at += WRITES_AT_ONCE) {
    const some = runs.slice(at, at + WRITES_AT_ONCE)
    await station.table.write(some.map((put) => ({ kind: 'put' as const, ...put })))
  }
  await station.table.write([
    { kind: 'put', ...scanKey(scan.id), value: scan, expect: 'absent' },
    { kind: 'put', ...openScanKey(scan.id), value: {} },
    ...(scan.owner === null ? [] : [{ kind: 'put' as const, ...ownerScanKey(scan.owner, scan.id), value: {} }]),
  ])
  // From here on it ends by itself: what is not queued now, the tending of scans queues.
  await station.queue.send(
    scan.machines.flatMap((machine) =>
      [null, ...scan.scanners].map((scanner) => advanceJob({ scan: scan.id, machine, scanner })),
    ),
  )
  station.log.info('scan.requested', { scan: scan.id, machines: machines.length, scanners: scan.scanners })
  return scan
}

async function readMachines(station: Needs, scanning: Scanning, request: ScanRequest) {
  if (request.machines.length === 0) throw new Fault('request_invalid', 'A scan needs at least one machine.')
  if (request.machines.length > MOST_MACHINES) {
    throw new Fault('request_invalid', `A scan takes at most ${MOST_MACHINES} machines.`)
  }

  const machines = new Map<string, { name: string; addresses: string[] }>()
  for (const { name: text, addresses } of request.machines) {
    const name = parseMachineName(text)
    if (machines.has(name)) throw new Fault('request_invalid', `The machine "${name}" is named twice.`)
    await getMachine(station.table, name)
    const checked = addresses.map((address) => {
      const verdict = judgeScanAddress(address, scanning.settings.scanNetworks)
      if (verdict.kind === 'refused') throw new Fault('address_refused', verdict.reason)
      return verdict.address
    })
    machines.set(name, { name, addresses: checked })
  }
  return [...machines.values()]
}

function readScanners(scanning: Scanning, asked: readonly string[] | undefined) {
  const ids = asked === undefined ? [...scanning.scanners.keys()] : [...new Set(asked)]
  if (ids.length === 0) throw new Fault('request_invalid', 'No scanner is configured, or none was named.')

  return ids.map((id) => {
    const scanner = scanning.scanners.get(id)
    if (scanner === undefined) throw new Fault('not_found', `There is no scanner "${id.slice(0, 100)}".`)
    return scanner
  })
}
