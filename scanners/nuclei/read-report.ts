import { openFindingCollection } from '#shared/domain/report/collect-findings.ts'
import { addName, openHostCollection } from '#shared/domain/report/collect-hosts.ts'
import { openCompleteness } from '#shared/domain/report/completeness.ts'
import { decodeReport } from '#shared/domain/report/decode-report.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { readNucleiLine } from './result.ts'
import { splitObjects } from './split-objects.ts'
import { listDoubts, readStatistics, type Statistics } from './statistics.ts'

/**
 * Translates nuclei's output: `-jsonl`, an array (`-json-export`), and in either the lines of `-stats-json`, which whoever runs nuclei adds
 * at the end. nuclei writes nothing for a target that cannot be reached, and its lines have no end mark: without statistics at the end that
 * say so, no report is complete. `request`, `response` and `curl-command` are dropped.
 * @param machine null: each target's address is the machine's name
 * @throws Fault `report_malformed`, `report_too_large`
 */
export async function readNucleiReport(
  chunks: AsyncIterable<Uint8Array>,
  machine: string | null,
): Promise<ScannerReport> {
  const findings = openFindingCollection('nuclei', machine)
  const hosts = openHostCollection()
  const complete = openCompleteness()
  let statistics: Statistics | null = null
  let read = 0
  let firstAt: string | null = null
  let lastAt: string | null = null

  for await (const piece of splitObjects(decodeReport(chunks))) {
    if (piece.kind === 'cut') {
      complete.doubt(`the report is cut within an entry (line ${piece.line})`)
      statistics = null
      continue
    }
    const value = parseJson(piece.text)
    const said = readStatistics(value)
    if (said !== null) {
      statistics = said
      continue
    }
    statistics = null
    const line = readNucleiLine(value)
    if (line.kind === 'unknown') complete.doubt(`entry ${piece.line} cannot be read as a finding`)
    if (line.kind === 'error') complete.doubt(`error: ${line.text}`)
    if (line.kind !== 'finding') continue

    read += 1
    findings.add(line.draft)
    if (line.draft.address !== '') addName(hosts.get(line.draft.address), line.hostname)
    firstAt ??= line.draft.foundAt
    lastAt = line.draft.foundAt ?? lastAt
  }

  if (statistics !== null) for (const doubt of listDoubts(statistics, read)) complete.doubt(doubt)
  else if (read === 0) complete.doubt('no findings, or the target cannot be reached: nuclei does not tell')
  else complete.doubt('the report has no statistics at its end: whether it is whole cannot be told')
  if (findings.isFull()) complete.note('texts of later findings were left out: the report holds too many')
  const judgement = complete.judge()

  return {
    scanner: 'nuclei',
    format: 'nuclei-jsonl',
    scannerVersion: '',
    feedVersion: '',
    ...judgement,
    startedAt: firstAt,
    endedAt: lastAt,
    hosts: hosts.list().map((host) => ({ ...host, isComplete: judgement.completeness === 'complete' })),
    findings: findings.list(),
  }
}

/** The value; undefined for what is no JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
