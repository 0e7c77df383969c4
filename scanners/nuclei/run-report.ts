import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { readNucleiReport } from './read-report.ts'
import { readStatistics } from './statistics.ts'

const LONGEST_HEAD = 10_000

/** The first line of what a run's report consists of here: what nuclei's own lines do not tell. */
export const RunHead = z.strictObject({
  lazaretNucleiRun: z.literal(1),
  addresses: z.array(z.string()).min(1),
  version: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
})
export type RunHead = z.infer<typeof RunHead>

/** Head, nuclei's findings, and its last statistics; these only after an end that was its own. */
export async function* joinRun(
  head: RunHead,
  findings: AsyncIterable<Uint8Array>,
  statistics: string | null,
): AsyncGenerator<Uint8Array> {
  yield Buffer.from(`${JSON.stringify(head)}\n`)
  yield* findings
  yield Buffer.from(statistics === null ? '\n' : `\n${statistics}\n`)
}

/** The last line of statistics among what nuclei wrote to its standard error; null: none. */
export function findStatistics(errors: string): string | null {
  const lines = errors.split('\n').filter((line) => line.startsWith('{') && readStatistics(parseJson(line)) !== null)
  return lines.at(-1) ?? null
}

/**
 * Translates what `joinRun` gave. An address without findings was examined when the statistics say that requests were answered, and when
 * it was the only one: of several, nuclei does not tell which ones answered.
 * @throws Fault `report_malformed`
 */
export async function readRun(chunks: AsyncIterable<Uint8Array>, machine: string): Promise<ScannerReport> {
  const iterator = chunks[Symbol.asyncIterator]()
  const { head, rest } = await takeHead(iterator)
  const report = await readNucleiReport(joinAgain(rest, iterator), machine)
  const isWhole = report.completeness === 'complete'
  const seen = new Set(report.hosts.map(({ address }) => address))
  const silent = head.addresses.filter((address) => !seen.has(address))
  const isOnly = head.addresses.length === 1
  const { startedAt, endedAt } = head
  const doubts = silent.map((address) => `nuclei does not tell whether ${address} answered`)
  const hosts = [
    ...report.hosts.map((host) => ({ ...host, startedAt, endedAt })),
    ...silent.map((address) => ({
      address,
      names: [],
      operatingSystem: '',
      startedAt,
      endedAt,
      authenticated: null,
      isComplete: isWhole && isOnly,
    })),
  ]
  return {
    ...report,
    scannerVersion: head.version,
    startedAt: startedAt ?? report.startedAt,
    endedAt: endedAt ?? report.endedAt,
    hosts,
    ...(isWhole && !isOnly && doubts.length > 0
      ? { completeness: 'partial', reasons: [...report.reasons, ...doubts] }
      : {}),
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
