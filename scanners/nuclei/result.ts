import { z } from 'zod'
import type { Level } from '#shared/domain/report/finding.ts'
import { EMPTY_DRAFT, type FindingDraft } from '#shared/domain/report/finding-draft.ts'
import { NO_SCORES, readScore, readShare, type Scores } from '#shared/domain/report/level.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'
import { readTarget } from './target.ts'

const Text = z.string().catch('')
const Numeral = z.union([z.string(), z.number().transform(String)]).catch('')
/** A list, or in old files one text with commas or with a line for each. */
const Texts = z
  .union([
    z.array(z.unknown()).transform((values) => values.filter((value) => typeof value === 'string')),
    z.string().transform((text) => text.split(/[,\n]/).map((part) => part.replace(/^\s*-\s/, '').trim())),
  ])
  .catch([])
const Flag = z.boolean().nullable().catch(null)

/** What is taken of a line. `request`, `response` and `curl-command` are not: they may hold secrets. */
const Line = z.object({
  'template-id': Text,
  templateID: Text,
  info: z
    .object({
      name: Text,
      description: Text,
      impact: Text,
      remediation: Text,
      severity: Text,
      reference: Texts,
      tags: Texts,
      classification: z
        .object({
          'cve-id': Texts,
          'cwe-id': Texts,
          'cvss-metrics': Text,
          'cvss-score': Numeral,
          'epss-score': Numeral,
        })
        .catch({ 'cve-id': [], 'cwe-id': [], 'cvss-metrics': '', 'cvss-score': '', 'epss-score': '' }),
    })
    .nullable()
    .catch(null),
  'matcher-name': Text,
  matcher_name: Text,
  'extractor-name': Text,
  type: Text,
  host: Text,
  port: Numeral,
  'matched-at': Text,
  matched: Text,
  'extracted-results': Texts,
  extracted_results: Texts,
  ip: Text,
  timestamp: Text,
  'matcher-status': Flag,
  error: Text,
})

const LEVELS = new Map<string, Level>([
  ['critical', 'critical'],
  ['high', 'high'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['info', 'info'],
])

export type NucleiLine =
  | { readonly kind: 'finding'; readonly draft: FindingDraft; readonly hostname: string }
  /** A template that did not match, listed on request. */
  | { readonly kind: 'no-match' }
  | { readonly kind: 'error'; readonly text: string }
  | { readonly kind: 'unknown' }

/** What one object of nuclei's output says, by `-jsonl` of version 2 and 3 and the older names. */
export function readNucleiLine(value: unknown): NucleiLine {
  const parsed = Line.safeParse(value)
  if (!parsed.success || parsed.data.info === null) return { kind: 'unknown' }

  const { info, ...line } = parsed.data
  const check = line['template-id'] || line.templateID
  if (check === '') return { kind: 'unknown' }
  if (line['matcher-status'] === false) {
    return line.error === '' ? { kind: 'no-match' } : { kind: 'error', text: `${check}: ${line.error}` }
  }

  const matchedAt = line['matched-at'] || line.matched
  const target = readTarget(matchedAt, line.host, line.port, line.type)
  const matcher = line['matcher-name'] || line.matcher_name || line['extractor-name']
  const { classification } = info
  const results = [...line['extracted-results'], ...line.extracted_results]
  const draft: FindingDraft = {
    ...EMPTY_DRAFT,
    address: line.ip.trim() || target.name,
    port: target.port,
    service: target.service,
    title: info.name || check,
    description: [info.description, info.impact].filter((text) => text !== '').join('\n\n'),
    solution: info.remediation,
    scores: readScores(classification['cvss-score'], classification['cvss-metrics']),
    nativeLevel: LEVELS.get(info.severity.toLowerCase()) ?? null,
    native: { level: info.severity, severity: classification['cvss-score'] },
    vector: classification['cvss-metrics'],
    cves: classification['cve-id'],
    cwes: classification['cwe-id'],
    references: info.reference.filter((id) => id.trim() !== '').map((id) => ({ type: 'url', id })),
    evidence: [matchedAt, ...results].filter((text) => text !== '').join('\n'),
    check,
    family: line.type,
    path: [matcher, target.path].filter((text) => text !== '').join(' '),
    epss: readShare(classification['epss-score']),
    knownExploited: info.tags.includes('kev') ? true : null,
    foundAt: readScannerTime(line.timestamp),
  }
  return { kind: 'finding', draft, hostname: target.name }
}

function readScores(text: string, metrics: string): Scores {
  const score = readScore(text)
  if (metrics.startsWith('CVSS:4')) return { ...NO_SCORES, cvss4: score }
  if (metrics.startsWith('CVSS:3')) return { ...NO_SCORES, cvss3: score }
  if (metrics.startsWith('AV:') || metrics.startsWith('CVSS2')) return { ...NO_SCORES, cvss2: score }

  return { ...NO_SCORES, native: score }
}
