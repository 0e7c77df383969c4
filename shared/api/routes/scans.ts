import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { cancelScan } from '#shared/usecases/cancel-scan.ts'
import { findMachine } from '#shared/usecases/records.ts'
import { requestScan } from '#shared/usecases/request-scan.ts'
import { listScans, ScanProgress, ScanSummary, showScan, summarizeScan } from '#shared/usecases/show-scan.ts'
import { ownerFilter, requireReach } from '../authorize.ts'
import { decodeCursor, encodeCursor } from '../cursor.ts'
import { defineEndpoint, param } from '../endpoint.ts'
import type { Call } from '../endpoint.ts'
import { PageQuery } from '../query.ts'

const ScanAnswer = z.object({ schema: z.literal('lazaret.scan/1'), ...ScanSummary.shape })
export const ScanList = z.object({
  schema: z.literal('lazaret.scans/1'),
  items: z.array(ScanSummary),
  cursor: z.string().nullable(),
})

/** A machine by its name, or with the addresses that an administrator says it has. */
const MachineToScan = z.union([
  z.string().max(300),
  z.strictObject({ name: z.string().max(300), addresses: z.array(z.string().max(100)).max(16) }),
])

const create = defineEndpoint({
  id: 'POST /v1/scans',
  summary:
    'Asks for a scan of machines by scanners (left out: all). Accepted is durable: it ends, and every machine is put back as it was.',
  body: {
    shape: z.strictObject({
      machines: z.array(MachineToScan).min(1).max(500),
      scanners: z.array(z.string().max(100)).min(1).max(100).optional(),
    }),
  },
  answers: { 202: ScanAnswer },
  handle: async (call) => {
    const { machines: asked, scanners } = call.body
    const machines = asked.map((one) => (typeof one === 'string' ? { name: one, addresses: [] } : one))
    for (const { name, addresses } of machines) {
      await requireReach(call.station, call, parseMachineName(name))
      if (addresses.length > 0 && call.scope !== 'any') {
        throw new Fault('not_allowed', 'Only an administrator may say where a machine is.')
      }
    }
    const owner = call.scope === 'any' ? null : (call.token?.owner ?? null)
    const scan = await requestScan(call.station, {
      machines,
      owner,
      why: 'asked',
      ...(scanners !== undefined && { scanners }),
    })
    const json = { schema: 'lazaret.scan/1', ...summarizeScan(scan) }
    return { status: 202, json, headers: { location: `/v1/scans/${scan.id}` } }
  },
})

const list = defineEndpoint({
  id: 'GET /v1/scans',
  summary: 'Scans and imported reports, the newest first.',
  query: z.strictObject(PageQuery),
  answers: { 200: ScanList },
  handle: async (call) => {
    const owner = ownerFilter(call)
    const of = JSON.stringify(['scans', owner])
    const { limit, cursor } = call.query
    const page = await listScans(call.station, { owner, limit, cursor: decodeCursor(of, cursor) })
    const json = { schema: 'lazaret.scans/1', items: page.items, cursor: encodeCursor(of, page.cursor) }
    return { status: 200, json }
  },
})

const show = defineEndpoint({
  id: 'GET /v1/scans/{id}',
  summary: 'How far a scan is, machine by machine and scanner by scanner.',
  answers: { 200: ScanProgress },
  handle: async (call) => ({ status: 200, json: await findReachable(call) }),
})

const cancel = defineEndpoint({
  id: 'DELETE /v1/scans/{id}',
  summary:
    'Ends a scan: what runs is stopped and removed, what was started is put back. One that has ended is left alone.',
  answers: { 202: ScanAnswer },
  handle: async (call) => {
    await findReachable(call)
    const scan = await cancelScan(call.station, param(call, 'id'))
    return { status: 202, json: { schema: 'lazaret.scan/1', ...summarizeScan(scan) } }
  },
})

/** The scan, if all its machines are within the token's reach. @throws Fault `not_found`, `not_allowed` */
export async function findReachable(call: Call): Promise<ScanProgress> {
  const scan = await showScan(call.station, param(call, 'id'))
  if (call.scope === 'any') return scan

  const isOwn = scan.owner !== null && scan.owner === call.token?.owner
  for (const name of scan.machines) {
    await requireReach(call.station, call, name)
    // One that is gone is nobody's: what was found on it is for whoever asked for the scan.
    if (!isOwn && (await findMachine(call.station.table, name)) === null) {
      throw new Fault('not_allowed', `The token does not reach the scan "${scan.id}".`)
    }
  }
  return scan
}

export const SCAN_ENDPOINTS = [create, list, show, cancel]
