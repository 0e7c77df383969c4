import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { parseMachineName } from '#shared/domain/machine.ts'
import { Report } from '#shared/domain/report/report.ts'
import { Verdict } from '#shared/domain/verdict.ts'
import { importReport } from '#shared/usecases/import-report.ts'
import { judgeMachine } from '#shared/usecases/judge-machine.ts'
import { judgeWithScan } from '#shared/usecases/require-scan.ts'
import { getReport } from '#shared/usecases/scan-report.ts'
import { MAX_REPORT_BYTES } from '#shared/usecases/scanner-reports.ts'
import { ScanSummary, summarizeScan } from '#shared/usecases/show-scan.ts'
import { requireReach } from '../authorize.ts'
import { defineEndpoint, param } from '../endpoint.ts'
import { refuseEncoding } from '../json-body.ts'
import { Within } from '../query.ts'
import { REPORT_FORMATS, writeReportAs } from '../report-format.ts'
import { findReachable } from './scans.ts'

const show = defineEndpoint({
  id: 'GET /v1/scans/{id}/report',
  summary: 'The report of a scan, of all its scanners together; of one that is under way what there is so far.',
  query: z.strictObject({ format: z.enum(REPORT_FORMATS).default('json') }),
  answers: { 200: Report },
  handle: async (call) => {
    await findReachable(call)
    const report = await getReport(call.station, param(call, 'id'))
    return { status: 200, ...writeReportAs(report, call.query.format) }
  },
})

const TYPES = ['application/octet-stream', 'application/xml', 'text/xml', 'application/json', 'application/x-ndjson']

const take = defineEndpoint({
  id: 'POST /v1/reports',
  summary:
    'Takes a report as a scanner wrote it (.nessus, OpenVAS or nmap XML, nuclei JSON lines), whole or not at all; its kind is seen by its content.',
  query: z.strictObject({ machine: z.string().max(300).optional() }),
  bodyTypes: TYPES,
  answers: { 201: z.object({ schema: z.literal('lazaret.scan/1'), ...ScanSummary.shape }) },
  handle: async (call) => {
    const machine = call.query.machine === undefined ? null : parseMachineName(call.query.machine)
    if (machine !== null) await requireReach(call.station, call, machine)
    else if (call.scope !== 'any') {
      throw new Fault(
        'not_allowed',
        'Name the machine that the report is about: only an administrator may leave it out.',
      )
    }
    requireReport(call.request)
    const owner = call.scope === 'any' ? null : (call.token?.owner ?? null)
    const scan = await importReport(call.station, { chunks: readBody(call.request), machine, owner })
    const json = { schema: 'lazaret.scan/1', ...summarizeScan(scan) }
    return { status: 201, json, headers: { location: `/v1/scans/${scan.id}` } }
  },
})

function requireReport(request: Request): void {
  refuseEncoding(request)
  const type = (request.headers.get('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!TYPES.includes(type)) throw new Fault('media_unsupported', `A report is sent as ${TYPES[0] ?? ''}.`)
  if (Number(request.headers.get('content-length') ?? 0) > MAX_REPORT_BYTES) throw tooLong()
}

/** The body as it comes; a connection that breaks off is a report that was cut. */
async function* readBody(request: Request): AsyncGenerator<Uint8Array> {
  let size = 0
  try {
    for await (const chunk of request.body ?? []) {
      size += chunk.length
      if (size > MAX_REPORT_BYTES) throw tooLong()
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof Fault) throw cause
    throw new Fault('report_malformed', 'The report broke off before its end.', { cause })
  }
}

function tooLong(): Fault {
  return new Fault('report_too_large', `The report is longer than ${MAX_REPORT_BYTES} bytes.`)
}

export const ScanRequired = z.object({
  schema: z.literal('lazaret.scan-required/1'),
  machine: z.string(),
  scan: z.string(),
  /** How far it is; where to ask for the verdict again. */
  progress: z.string(),
  ask: z.string(),
})

const judge = defineEndpoint({
  id: 'POST /v1/machines/{name}/verdict',
  summary:
    'The verdict; with scan=required the findings of a report that is new enough count, and a scan is begun where there is none (202).',
  query: z.strictObject({ within: Within, scan: z.literal('required').optional() }),
  answers: { 200: Verdict, 202: ScanRequired },
  handle: async (call) => {
    const machine = param(call, 'name')
    const { within, scan } = call.query
    const options = within === undefined ? {} : { withinSeconds: within }
    if (scan === undefined) return { status: 200, json: await judgeMachine(call.station, machine, options) }

    const judged = await judgeWithScan(call.station, machine, options)
    if (judged.status === 'judged') return { status: 200, json: judged.verdict }
    const ask = `/v1/machines/${machine}/verdict?scan=required`
    const progress = `/v1/scans/${judged.scan}`
    const json = { schema: 'lazaret.scan-required/1', machine, scan: judged.scan, progress, ask }
    return { status: 202, json, headers: { location: progress, 'retry-after': '15' } }
  },
})

export const REPORT_ENDPOINTS = [show, take, judge]
