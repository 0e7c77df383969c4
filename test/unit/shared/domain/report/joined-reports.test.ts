import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import type { Finding, ScannerReport } from '#shared/domain/report/finding.ts'
import { joinReports, mergeReports, readJoinedReports } from '#shared/domain/report/joined-reports.ts'

const REPORT: ScannerReport = {
  scanner: 'nmap',
  format: 'nmap-xml',
  scannerVersion: '7.93',
  feedVersion: '',
  completeness: 'complete',
  reasons: [],
  startedAt: '2026-09-21T10:00:00.000Z',
  endedAt: '2026-09-21T10:01:00.000Z',
  hosts: [],
  findings: [],
}

const FINDING: Finding = {
  id: 'a',
  machine: 'web',
  address: '192.0.2.1',
  port: { number: 22, protocol: 'tcp' },
  service: 'ssh',
  title: 'Old server',
  description: '',
  solution: '',
  level: 'low',
  score: null,
  scoreSource: 'none',
  vector: '',
  native: { level: '', severity: '' },
  cves: ['CVE-2020-1'],
  bids: [],
  cwes: [],
  references: [],
  evidence: ['one'],
  occurrences: 1,
  scanner: 'nmap',
  check: 'x',
  family: '',
  path: '',
  confidence: null,
  exploitAvailable: null,
  epss: null,
  knownExploited: null,
  suppressed: null,
  kind: 'vulnerability',
  foundAt: null,
}

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function join(texts: readonly string[]): Promise<Buffer> {
  const parts = texts.map((text) => ({ bytes: Buffer.byteLength(text), chunks: inChunks(Buffer.from(text), 7) }))
  const chunks: Uint8Array[] = []
  for await (const chunk of joinReports(parts)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The texts of the parts, as reasons, since a reader gives a report. */
async function readTexts(bytes: Uint8Array, size: number): Promise<readonly string[]> {
  const texts: string[] = []
  await readJoinedReports(inChunks(bytes, size), async (part) => {
    const chunks: Uint8Array[] = []
    for await (const chunk of part) chunks.push(chunk)
    texts.push(Buffer.concat(chunks).toString('utf8'))
    return REPORT
  })
  return texts
}

const texts = fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1, maxLength: 5 })
const chunkSize = fc.integer({ min: 1, max: 50 })

describe('joined reports', () => {
  it('come apart as they were put together, however the stream is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(texts, chunkSize, async (parts, size) => {
        expect(await readTexts(await join(parts), size)).toEqual(parts)
      }),
    )
  })

  it('are refused when the stream ends anywhere before its end, or goes on behind it', async () => {
    await fc.assert(
      fc.asyncProperty(texts, chunkSize, fc.nat(), async (parts, size, at) => {
        const whole = await join(parts)
        const refused = (bytes: Uint8Array) =>
          readTexts(bytes, size).then(
            () => 'read',
            (error) => isFault(error, 'report_malformed'),
          )
        expect(await refused(whole.subarray(0, at % whole.length))).toBe(true)
        expect(await refused(Buffer.concat([whole, Buffer.from('x')]))).toBe(true)
      }),
    )
  })

  it.each([
    '',
    '\n',
    '{"lazaretPart":2,"of":2,"bytes":0}\n',
    '{"lazaretPart":1,"of":2,"bytes":0}\n{"lazaretPart":2,"of":3,"bytes":0}\n',
    '{"lazaretPart":1,"of":1000000,"bytes":0}\n',
    '{"lazaretPart":1,"of":1,"bytes":-1}\n',
    'x'.repeat(100_000),
  ])('are refused when their heads are wrong', async (text) => {
    await expect(readTexts(Buffer.from(text), 1000)).rejects.toMatchObject({ code: 'report_malformed' })
  })

  it('are read one after the other though a reader stops in the middle of one', async () => {
    const seen: string[] = []
    await readJoinedReports(inChunks(await join(['a'.repeat(50), 'b'.repeat(50)]), 10), async (part) => {
      for await (const chunk of part) {
        seen.push(Buffer.from(chunk).toString('utf8')[0] ?? '')
        break
      }
      return REPORT
    })

    expect(seen).toEqual(['a', 'b'])
  })

  it('are complete when all of them are', () => {
    const partial: ScannerReport = { ...REPORT, completeness: 'partial', reasons: ['cut'], endedAt: null }

    expect(mergeReports([REPORT, REPORT]).completeness).toBe('complete')
    expect(mergeReports([REPORT, partial])).toMatchObject({ completeness: 'partial', reasons: ['cut'] })
    expect(mergeReports([partial, REPORT])).toMatchObject({ completeness: 'partial', endedAt: REPORT.endedAt })
  })

  it('fold the same finding: the worse level, with what both saw', () => {
    const worse: Finding = { ...FINDING, level: 'high', cves: ['CVE-2021-2'], evidence: ['two'], suppressed: null }
    const known: Finding = { ...FINDING, suppressed: 'accepted' }
    const { findings } = mergeReports([
      { ...REPORT, findings: [known] },
      { ...REPORT, findings: [worse, { ...FINDING, id: 'b' }] },
    ])

    expect(findings).toEqual([
      {
        ...FINDING,
        level: 'high',
        cves: ['CVE-2020-1', 'CVE-2021-2'],
        evidence: ['one', 'two'],
        occurrences: 2,
        suppressed: null,
      },
      { ...FINDING, id: 'b' },
    ])
  })

  it('take the level of what counts, not of what is suppressed', () => {
    const suppressed: Finding = { ...FINDING, level: 'critical', suppressed: 'accepted' }
    const reports = [suppressed, FINDING].map((finding) => ({ ...REPORT, findings: [finding] }))

    expect(mergeReports(reports).findings).toMatchObject([{ level: 'low', suppressed: null }])
    expect(mergeReports(reports.toReversed()).findings).toMatchObject([{ level: 'low', suppressed: null }])
  })
})
