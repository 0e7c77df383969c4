import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import type { ReportPart } from '#shared/domain/report/joined-reports.ts'
import { readNucleiReport } from './read-report.ts'
import { readStatistics } from './statistics.ts'

const LONGEST_HEAD = 10_000

/** The first line of one address's report as it is kept here: what nuclei's own lines do not tell. */
export const RunHead = z.strictObject({
  lazaretNucleiRun: z.literal(1),
  address: z.string(),
  version: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
})
export type RunHead = z.infer<typeof RunHead>

/** One address's report: the head, nuclei's findings, and its last statistics; these only after an end that was its own. */
export function addressReport(
  head: RunHead,
  findings: { readonly bytes: number; readonly chunks: AsyncIterable<Uint8Array> },
  statistics: string | null,
): ReportPart {
  const first = Buffer.from(`${JSON.stringify(head)}\n`)
  const last = Buffer.from(statistics === null ? '\n' : `\n${statistics}\n`)
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield first
    yield* findings.chunks
    yield last
  }
  return { bytes: first.length + findings.bytes + last.length, chunks: chunks() }
}

/** The last line of statistics among what nuclei wrote to its standard error; null: none. */
export function findStatistics(errors: string): string | null {
  const lines = errors.split('\n').filter((line) => line.startsWith('{') && readStatistics(parseJson(line)) !== null)
  return lines.at(-1) ?? null
}

/**
 * Translates one address's report. Without findings it was examined when the statistics say that requests were answered.
 * @throws Fault `report_malformed`
 */
export async function readAddressReport(chunks: AsyncIterable<Uint8Array>, machine: string): Promise<ScannerReport> {
  const iterator = chunks[Symbol.asyncIterator]()
  const { head, rest } = await takeHead(iterator)
  const report = await readNucleiReport(joinAgain(rest, iterator), machine)
  const { address, startedAt, endedAt } = head
  const seen = report.hosts.find((host) => host.address === address)
  const host = { names: [], operatingSystem: '', authenticated: null, ...seen, address, startedAt, endedAt }
  return {
    ...report,
    scannerVersion: head.version,
    startedAt: startedAt ?? report.startedAt,
    endedAt: endedAt ?? report.endedAt,
    hosts: [{ ...host, isComplete: report.completeness === 'complete' }],
  }
}

async function takeHead(iterator: AsyncIterator<Uint8Array>): Promise<{ head: RunHead; rest: Uint8Array }> {
  let bytes: Buffer = Buffer.alloc(0)
  for (;;) {
    const end = bytes.indexOf(10)
    if (end >= 0) {
      const parsed = RunHead.safeParse(parseJson(bytes.subarray(0, end).toString('utf8')))
      if (!parsed.success) break
      return { head: parsed.data, rest: bytes.subarray(end + 1) }
    }
    const next = await iterator.next()
    if (next.done === true || bytes.length > LONGEST_HEAD) break
    bytes = Buffer.concat([bytes, next.value])
  }
  await iterator.return?.()
  throw new Fault('report_malformed', 'The report of nuclei does not begin with what was scanned.')
}

async function* joinAgain(first: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value
  } finally {
    await iterator.return?.()
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
