import { Buffer } from 'node:buffer'
import { z } from 'zod'
import { Fault } from '../fault.ts'
import { LEVELS, type Finding, type ScannerReport } from './finding.ts'

/** One report among several that belong together: a scanner's runs for one machine. */
export interface ReportPart {
  readonly bytes: number
  readonly chunks: AsyncIterable<Uint8Array>
}

const Head = z.strictObject({
  lazaretPart: z.number().int().min(1).max(1000),
  of: z.number().int().min(1).max(1000),
  bytes: z.number().int().nonnegative(),
})
const LONGEST_HEAD = 200
const MOST_REASONS = 50
const MOST_EVIDENCES = 50

/** Several reports as one stream: before each a line that says which one it is, of how many, and its size. */
export async function* joinReports(parts: readonly ReportPart[]): AsyncGenerator<Uint8Array> {
  for (const [at, { bytes, chunks }] of parts.entries()) {
    yield Buffer.from(`${JSON.stringify({ lazaretPart: at + 1, of: parts.length, bytes })}\n`)
    yield* chunks
  }
}

/**
 * Reads what `joinReports` gave, one report after the other, and puts them together.
 * @throws Fault `report_malformed` where one is missing, cut or of another size; and whatever `read` throws
 */
export async function readJoinedReports(
  chunks: AsyncIterable<Uint8Array>,
  read: (part: AsyncIterable<Uint8Array>) => Promise<ScannerReport>,
): Promise<ScannerReport> {
  const source = openSource(chunks)
  const reports: ScannerReport[] = []
  try {
    for (let at = 1, of = 1; at <= of; at += 1) {
      const head = parseHead(await source.line())
      if (head === null || head.lazaretPart !== at || (at > 1 && head.of !== of)) throw cut()
      of = head.of
      const part = source.part(head.bytes)
      reports.push(await read(part))
      // A reader that stopped early must not be followed by the rest of its part.
      for await (const _rest of part) continue
    }
    if (!(await source.isAtEnd())) throw cut()
  } finally {
    await source.close()
  }
  return mergeReports(reports)
}

/** One report of several runs of one scanner. Complete when all are. */
export function mergeReports(reports: readonly ScannerReport[]): ScannerReport {
  const [first] = reports
  if (first === undefined) throw cut()

  const findings = new Map<string, Finding>()
  for (const finding of reports.flatMap((report) => report.findings)) {
    const known = findings.get(finding.id)
    findings.set(finding.id, known === undefined ? finding : fold(known, finding))
  }
  return {
    ...first,
    scannerVersion: reports.find(({ scannerVersion }) => scannerVersion !== '')?.scannerVersion ?? '',
    feedVersion: reports.find(({ feedVersion }) => feedVersion !== '')?.feedVersion ?? '',
    completeness: reports.every(({ completeness }) => completeness === 'complete') ? 'complete' : 'partial',
    reasons: [...new Set(reports.flatMap(({ reasons }) => reasons))].slice(0, MOST_REASONS),
    startedAt: times(reports.map(({ startedAt }) => startedAt))[0] ?? null,
    endedAt: times(reports.map(({ endedAt }) => endedAt)).at(-1) ?? null,
    hosts: reports.flatMap(({ hosts }) => hosts),
    findings: [...findings.values()],
  }
}

/** The same finding at another address of the machine: the worse one of those that count, with what both saw. */
function fold(one: Finding, other: Finding): Finding {
  const isEqual = (one.suppressed === null) === (other.suppressed === null)
  const isWorse = isEqual ? LEVELS.indexOf(other.level) < LEVELS.indexOf(one.level) : other.suppressed === null
  const unite = (a: readonly string[], b: readonly string[]) => [...new Set([...a, ...b])]
  return {
    ...(isWorse ? other : one),
    cves: unite(one.cves, other.cves).toSorted(),
    bids: unite(one.bids, other.bids).toSorted(),
    cwes: unite(one.cwes, other.cwes).toSorted(),
    evidence: unite(one.evidence, other.evidence).slice(0, MOST_EVIDENCES),
    occurrences: one.occurrences + other.occurrences,
    suppressed: one.suppressed === null || other.suppressed === null ? null : one.suppressed,
  }
}

function times(texts: readonly (string | null)[]): string[] {
  return texts.filter((text) => text !== null).toSorted()
}

function parseHead(line: string): z.infer<typeof Head> | null {
  try {
    return Head.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function cut(): Fault {
  return new Fault('report_malformed', 'The report consists of several, and one of them is missing or cut.')
}

/** A stream that is read by lines and by numbers of bytes. */
function openSource(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]()
  let left: Buffer = Buffer.alloc(0)
  const pull = async (): Promise<boolean> => {
    const { done, value } = await iterator.next()
    if (done === true) return false
    left = left.length === 0 ? Buffer.from(value) : Buffer.concat([left, value])
    return true
  }
  const take = (bytes: number): Buffer => {
    const taken = left.subarray(0, bytes)
    left = left.subarray(bytes)
    return taken
  }

  return {
    line: async (): Promise<string> => {
      while (!left.includes(10) && left.length <= LONGEST_HEAD) if (!(await pull())) throw cut()
      const end = left.indexOf(10)
      if (end < 0 || end > LONGEST_HEAD) throw cut()
      return take(end + 1).toString('utf8')
    },
    part: (bytes: number): AsyncIterable<Uint8Array> => {
      let missing = bytes
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            if (missing === 0) return { done: true, value: undefined }
            while (left.length === 0) if (!(await pull())) throw cut()
            const value = take(missing)
            missing -= value.length
            return { done: false, value }
          },
        }),
      }
    },
    isAtEnd: async (): Promise<boolean> => {
      while (left.length === 0) if (!(await pull())) return true
      return false
    },
    close: async () => void (await iterator.return?.()),
  }
}
