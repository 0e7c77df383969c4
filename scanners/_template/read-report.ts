import { z } from 'zod'
import { Fault } from '#shared/domain/fault.ts'
import { openFindingCollection } from '#shared/domain/report/collect-findings.ts'
import { openCompleteness } from '#shared/domain/report/completeness.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { EMPTY_DRAFT } from '#shared/domain/report/finding-draft.ts'
import { NO_SCORES } from '#shared/domain/report/level.ts'

const MOST_BYTES = 100 * 1024 * 1024

/** The example's format. XML is read by `shared/domain/report/xml-reader.ts` and nothing else. */
const Report = z.object({
  version: z.string().max(100),
  feed: z.string().max(100),
  hosts: z
    .array(
      z.object({ address: z.string().max(255), startedAt: z.iso.datetime(), endedAt: z.iso.datetime().nullable() }),
    )
    .max(65_536),
  findings: z
    .array(
      z.object({
        address: z.string().max(255),
        port: z.number().int().min(1).max(65_535).nullable(),
        check: z.string().max(1000),
        title: z.string().max(10_000),
        cvss3: z.number().min(0).max(10).nullable(),
        cves: z.array(z.string().max(1000)).max(5000),
        evidence: z.string().max(1_000_000),
      }),
    )
    .max(100_000),
})

/**
 * Translates a report. Complete only where the scanner itself says that it reached the end with every host: a reader that does not know says
 * `partial` with the reason.
 * @param machine null: each host's address is the machine's name
 * @throws Fault `report_malformed`, `report_too_large`
 */
export async function readTemplateReport(
  chunks: AsyncIterable<Uint8Array>,
  machine: string | null,
): Promise<ScannerReport> {
  const { version, feed, hosts, findings } = parse(await readAll(chunks))
  const collection = openFindingCollection('nmap', machine)
  const complete = openCompleteness()

  if (hosts.length === 0) complete.doubt('the report names no host, so nothing was examined')
  for (const { address, endedAt } of hosts) {
    if (endedAt === null) complete.doubt(`the scan of ${address} has no end`)
  }
  for (const { address, port, check, title, cvss3, cves, evidence } of findings) {
    collection.add({
      ...EMPTY_DRAFT,
      address,
      port: port === null ? EMPTY_DRAFT.port : { number: port, protocol: 'tcp' },
      check,
      title,
      cves,
      evidence,
      scores: { ...NO_SCORES, cvss3 },
    })
  }

  return {
    scanner: 'nmap',
    format: 'template-json',
    scannerVersion: version,
    feedVersion: feed,
    ...complete.judge(),
    startedAt: hosts[0]?.startedAt ?? null,
    endedAt: hosts.at(-1)?.endedAt ?? null,
    hosts: hosts.map((host) => ({
      ...host,
      names: [],
      operatingSystem: '',
      authenticated: null,
      isComplete: host.endedAt !== null,
    })),
    findings: collection.list(),
  }
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > MOST_BYTES) throw new Fault('report_too_large', 'The report is beyond 100 MiB.')
    parts.push(chunk)
  }
  return Buffer.concat(parts).toString('utf8')
}

function parse(text: string): z.infer<typeof Report> {
  try {
    return Report.parse(JSON.parse(text))
  } catch (cause) {
    throw new Fault('report_malformed', 'The report is not what this scanner writes, or is cut.', { cause })
  }
}
