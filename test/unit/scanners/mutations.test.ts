import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { ScannerReport } from '#shared/domain/report/finding.ts'
import { readAnyReport } from '#scanners/detect-report.ts'
import {
  madeNessus,
  madeNmap,
  madeNmapHost,
  madeNmapPort,
  madeNuclei,
  madeOpenvas,
  madeResult,
  madeStatistics,
} from '#test/support/made-reports.ts'
import { noOpsSamples, readOpsSample } from '#test/support/ops-samples.ts'
import { reportChunks } from '#test/support/report-chunks.ts'
import { runs } from '#test/support/runs.ts'
import { seededNumbers } from '#test/support/seeded.ts'

const SEED = runs().seed ?? 20_260_104
/** Of computing time, since a busy machine is no fault of the report. */
const MAX_CPU_MS = 3000

const SOURCES: [string, () => Buffer][] = [
  ['nessus', () => Buffer.from(madeNessus())],
  [
    'openvas',
    () => Buffer.from(madeOpenvas({ results: madeResult() + madeResult({ oid: '2', port: 'https (443/tcp)' }) })),
  ],
  ['nmap', () => Buffer.from(madeNmap({ hosts: madeNmapHost(madeNmapPort('<script id="x" output="y"/>')) }))],
  ['nuclei', () => Buffer.from(madeNuclei() + madeNuclei({ 'template-id': 'b' }) + madeStatistics({ matched: '2' }))],
]
const SAMPLES = [
  'nessus/dd_was_many.nessus',
  'openvas/openvas5_24results.xml',
  'openvas/gmp214_interrupted_errors.xml',
  'openvas/gmp226_2025_epss.xml',
  'gmp-real/clean-unix-localhost/17-get_reports.response.xml',
  'gmp-real/extended/43-get_reports-overrides.response.xml',
  'gmp-real/extended/54-get_reports-cve-scanner.response.xml',
  'nmap/dd_nmap_script_vulners.xml',
  'nmap/scb_localhost-smb-script.xml',
  'nuclei/dd_multiple_v3.json',
  'nuclei/scb_example-com-test.jsonl',
]
const all: [string, () => Buffer][] = [
  ...SOURCES,
  ...(noOpsSamples === '' ? SAMPLES : []).map((path): [string, () => Buffer] => [path, () => readOpsSample(path)]),
]
const perSource = Math.ceil(runs().numRuns / all.length)

/** Cuts, doubles, moves or changes bytes, tags and numbers. */
function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  const text = bytes.toString('latin1')
  const at = random(text.length)
  const length = 1 + random(random(3) === 0 ? 2000 : 40)
  const tag = text.indexOf('<', at)
  switch (random(7)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.from(text.slice(0, at) + text.slice(at + length), 'latin1')
    case 2:
      return Buffer.from(
        text.slice(0, at) + text.slice(at, at + length).repeat(1 + random(20)) + text.slice(at + length),
        'latin1',
      )
    case 3:
      return Buffer.from(text.slice(0, at) + String.fromCharCode(random(256)) + text.slice(at + 1), 'latin1')
    case 4:
      return Buffer.from(text.slice(0, tag) + ODD[random(ODD.length)] + text.slice(tag), 'latin1')
    case 5:
      return Buffer.from(
        text.replace(/\d+/g, (number) => (random(200) === 0 ? (NUMBERS[random(NUMBERS.length)] ?? '') : number)),
        'latin1',
      )
    default:
      return Buffer.from(text.slice(at) + text.slice(0, at), 'latin1')
  }
}

const ODD = [
  '<__proto__>',
  '</report>',
  '<![CDATA[x]]>',
  '<!-- x -->',
  '&lt;',
  '&#0;',
  '\u0000',
  ']]>',
  '<report>',
  '<result/>',
  '{',
  '"',
  '\\',
]
const NUMBERS = ['-1', '0', '65536', '1e309', '99999999999999999999', '']

/** What is wrong with what came of it; '' when nothing is. */
async function judge(bytes: Buffer): Promise<string> {
  const started = process.cpuUsage()
  try {
    ScannerReport.parse(await readAnyReport(reportChunks(bytes, 5000), 'vm'))
  } catch (error) {
    if (!isFault(error, 'report_malformed') && !isFault(error, 'report_too_large')) return String(error)
  }
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1000 > MAX_CPU_MS ? 'too slow' : ''
}

describe(`reports with ${perSource} mutations each${noOpsSamples}`, { timeout: 300_000 }, () => {
  it.each(all)('of %s are read as the schema says or refused', async (_name, open) => {
    const bytes = open()
    const wrong: string[] = []
    for (let round = 0; round < perSource; round += 1) {
      let mutated = bytes
      const random = seededNumbers(SEED + round)
      for (let left = 1 + random(3); left > 0; left -= 1) mutated = mutate(mutated, random)
      const said = await judge(mutated)
      if (said !== '') wrong.push(`seed ${SEED + round}: ${said}`)
    }
    expect(wrong).toEqual([])
  })

  it.each(all)('of %s that are cut are never complete', async (_name, open) => {
    const bytes = open()
    const end = bytes.toString('latin1').trimEnd().length
    const wrong: string[] = []
    for (let round = 0; round < perSource; round += 1) {
      const length = seededNumbers(SEED + round)(end)
      const report = await readAnyReport(reportChunks(bytes.subarray(0, length), 5000), 'vm').catch(
        (error: unknown) => error,
      )
      const isCut =
        isFault(report, 'report_malformed') || ScannerReport.safeParse(report).data?.completeness === 'partial'
      if (!isCut) wrong.push(`cut at ${length}: ${String(report)}`)
    }

    expect(wrong).toEqual([])
  })
})
