import type { Level } from '#shared/domain/report/finding.ts'
import { EMPTY_DRAFT, type FindingDraft } from '#shared/domain/report/finding-draft.ts'
import { NO_SCORES, readScore, readShare, type Scores } from '#shared/domain/report/level.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'
import { attribute, childText, findChild, listChildren } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'
import { readOpenvasPort } from './port.ts'
import { readTags } from './tags.ts'

/** Severities of gvmd that are no scores. */
const FALSE_POSITIVE = -1
const ERROR = -3
/** `Alarm` is what the oldest called the worst. */
const THREATS = new Map<string, Level>([
  ['critical', 'critical'],
  ['high', 'high'],
  ['alarm', 'high'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['log', 'info'],
  ['debug', 'info'],
])
const NOTHING = new Set(['NOCVE', 'NOBID', 'NOXREF', ''])

export type OpenvasResult =
  | { readonly kind: 'finding'; readonly draft: FindingDraft; readonly hostname: string }
  /** A check that could not run: what is missing may be there. */
  | { readonly kind: 'error'; readonly text: string }

/** What one `result` says. */
export function readOpenvasResult(result: XmlNode): OpenvasResult {
  const nvt = findChild(result, 'nvt')
  const severity = readSeverity(childText(result, 'severity'))
  const threat = childText(result, 'threat')
  if (severity === ERROR || (severity === null && threat === 'Error')) {
    return { kind: 'error', text: describeError(result) }
  }

  const tags = readTags(childText(nvt, 'tags'))
  const place = readPlace(result)
  const suppressed = readSuppression(result, severity, threat)
  const { cves, bids, references, isKnownExploited } = readReferences(nvt)
  const score = suppressed === null ? severity : (readSeverity(childText(result, 'original_severity')) ?? severity)
  const vector = tags.get('cvss_base_vector') ?? ''
  const compliance = childText(result, 'compliance').toLowerCase()

  const draft: FindingDraft = {
    ...EMPTY_DRAFT,
    ...place,
    address: childText(result, 'host'),
    title: childText(nvt, 'name') || childText(result, 'name'),
    description: joinTags(tags, ['summary', 'insight', 'affected', 'impact']),
    solution: childText(nvt, 'solution') || (tags.get('solution') ?? ''),
    ...judge(score, nvt, vector, threat),
    native: { level: threat, severity: childText(result, 'severity') || childText(nvt, 'cvss_base') },
    vector,
    cves,
    bids,
    references,
    evidence: childText(result, 'description'),
    check: attribute(nvt, 'oid') || childText(nvt, 'name'),
    family: childText(nvt, 'family'),
    confidence: readQod(result),
    epss: readShare(childText(findChild(findChild(nvt, 'epss'), 'max_epss'), 'score')),
    knownExploited: isKnownExploited ? true : null,
    suppressed,
    kind: ['yes', 'no', 'incomplete'].includes(compliance) ? 'compliance' : 'vulnerability',
    foundAt: readScannerTime(childText(result, 'creation_time')),
  }
  return { kind: 'finding', draft, hostname: childText(findChild(result, 'host'), 'hostname') }
}

/** One sentence about an `error` element, or about a result that is one. */
export function describeError(error: XmlNode): string {
  const host = childText(error, 'host')
  const check = childText(findChild(error, 'nvt'), 'name')
  const parts = [childText(error, 'description') || 'an error without a description']
  if (check !== '') parts.push(`in "${check}"`)
  if (host !== '') parts.push(`at ${host}`)
  return parts.join(' ')
}

/** gvmd's number: a score, or one of the negative ones; null where there is none. */
function readSeverity(text: string): number | null {
  const severity = Number(text)
  if (text === '' || !/^-?\d{1,2}(?:\.\d{1,8})?$/.test(text)) return null

  return severity <= 10 ? severity : null
}

/**
 * The number of the result, named by the kind of the check's vector. Reports before OMP 4 have no `severity`: the check's `cvss_base` counts,
 * and where that is 0 the threat, which said then how the check itself had called it. Elsewhere the threat is only asked for "critical",
 * since the same score is `High` before GMP 22.7 and `Critical` from then on.
 */
function judge(
  severity: number | null,
  nvt: XmlNode | null,
  vector: string,
  threat: string,
): Pick<FindingDraft, 'scores' | 'nativeLevel'> {
  const native = THREATS.get(threat.toLowerCase()) ?? null
  const number = severity !== null && severity < 0 ? null : severity
  const score = number ?? readScore(childText(nvt, 'cvss_base'))
  const scores = score === null ? NO_SCORES : nameScore(score, nvt, vector)
  const isOld = severity === null
  return { scores, nativeLevel: isOld || native === 'critical' ? native : null }
}

function nameScore(score: number, nvt: XmlNode | null, vector: string): Scores {
  const severities = listChildren(findChild(nvt, 'severities'), 'severity')
  const type = severities.find((severity) => readScore(childText(severity, 'score')) === score)?.attributes['type']
  if (type === 'cvss_base_v4' || vector.startsWith('CVSS:4')) return { ...NO_SCORES, cvss4: score }
  if (type === 'cvss_base_v3' || vector.startsWith('CVSS:3')) return { ...NO_SCORES, cvss3: score }
  if (type === 'cvss_base_v2' || vector.startsWith('AV:')) return { ...NO_SCORES, cvss2: score }

  return { ...NO_SCORES, native: score }
}

/** A result of the CVE scanner has no port; where the product was found says more. */
function readPlace(result: XmlNode): Pick<FindingDraft, 'port' | 'service' | 'path'> {
  const details = listChildren(findChild(findChild(findChild(result, 'detection'), 'result'), 'details'), 'detail')
  const detail = (name: string): string =>
    childText(details.find((one) => childText(one, 'name') === name) ?? null, 'value')
  const isCveScan = childText(findChild(result, 'nvt'), 'type') === 'cve'
  const port = childText(result, 'port') || (isCveScan ? detail('location') : '')
  return { ...readOpenvasPort(port), path: childText(result, 'path') || (isCveScan ? detail('product') : '') }
}

/**
 * Why a result does not count: a user's override, in force, to "false positive" or to "log". One to another severity counts with that severity
 * where gvmd was asked to apply it.
 */
function readSuppression(result: XmlNode, severity: number | null, threat: string): string | null {
  for (const override of listChildren(findChild(result, 'overrides'), 'override')) {
    const target = readSeverity(childText(override, 'new_severity'))
    if (childText(override, 'active') === '0' || target === null || target > 0) continue

    const text = childText(override, 'text')
    return `overridden: ${childText(override, 'new_threat') || 'does not count'}${text === '' ? '' : ` (${text})`}`
  }
  return severity === FALSE_POSITIVE || threat === 'False Positive' ? 'a false positive' : null
}

function readQod(result: XmlNode): number | null {
  const value = childText(findChild(result, 'qod'), 'value')
  return /^\d{1,3}$/.test(value) && Number(value) <= 100 ? Number(value) / 100 : null
}

interface References {
  readonly cves: string[]
  readonly bids: string[]
  readonly references: { type: string; id: string }[]
  readonly isKnownExploited: boolean
}

/** New: `refs/ref` with a type in any case. Old: lists with commas, and words for nothing (`NOCVE`). */
function readReferences(nvt: XmlNode | null): References {
  const cves = splitLists(nvt, 'cve')
  const bids = splitLists(nvt, 'bid')
  const references = splitLists(nvt, 'xref').map(readXref)
  let isKnownExploited = false
  for (const ref of listChildren(findChild(nvt, 'refs'), 'ref')) {
    const type = attribute(ref, 'type').trim().toLowerCase()
    const id = attribute(ref, 'id').trim()
    if (id === '') continue
    if (type === 'cve' || type === 'cve_id') cves.push(id)
    else if (type === 'bid' || type === 'bugtraq_id') bids.push(id)
    else references.push({ type: type || 'ref', id })
    if (id.startsWith('Known Exploited Vulnerability')) isKnownExploited = true
  }
  if (childText(nvt, 'type') === 'cve') cves.push(attribute(nvt, 'oid'))
  return { cves, bids, references, isKnownExploited }
}

function splitLists(nvt: XmlNode | null, name: string): string[] {
  return listChildren(nvt, name)
    .flatMap(({ text }) => text.split(','))
    .map((part) => part.trim())
    .filter((part) => !NOTHING.has(part))
}

function readXref(text: string): { type: string; id: string } {
  const match = /^([A-Za-z][\w-]{0,30}):\s?(?!\/\/)(.+)$/.exec(text)
  return match === null ? { type: 'ref', id: text } : { type: match[1] ?? '', id: match[2] ?? '' }
}

function joinTags(tags: ReadonlyMap<string, string>, keys: readonly string[]): string {
  return keys
    .map((key) => tags.get(key) ?? '')
    .filter((text) => text !== '')
    .join('\n\n')
}
