import type { Level } from '#shared/domain/report/finding.ts'
import { EMPTY_DRAFT, type FindingDraft } from '#shared/domain/report/finding-draft.ts'
import { readScore, readShare } from '#shared/domain/report/level.ts'
import { attribute, childText, listChildren } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'
import { isCompliance, readCompliance } from './compliance.ts'

/** `severity` of a ReportItem, by the base that the scan is set to (CVSS 3 by default); `risk_factor` follows CVSS 2 and may differ. */
const SEVERITIES: readonly Level[] = ['info', 'low', 'medium', 'high', 'critical']
/** Nessus reports little that it is not sure of, unless it is set to be paranoid. Its own scale has no numbers. */
const CONFIDENCE = 0.9
/** Elements that name something elsewhere, beside `xref`. */
const REFERENCE_ELEMENTS = ['osvdb', 'edb-id', 'iava', 'iavb', 'iavt', 'cert', 'secunia', 'rhsa', 'cpe', 'tra']

/** What one `ReportItem` says. */
export function readReportItem(item: XmlNode, address: string): FindingDraft {
  const riskFactor = childText(item, 'risk_factor')
  const base: FindingDraft = {
    ...EMPTY_DRAFT,
    address,
    port: readPort(item),
    service: readService(attribute(item, 'svc_name')),
    title: attribute(item, 'pluginName') || childText(item, 'plugin_name'),
    check: attribute(item, 'pluginID'),
    family: attribute(item, 'pluginFamily'),
    native: { level: riskFactor, severity: attribute(item, 'severity') },
    confidence: CONFIDENCE,
  }
  if (isCompliance(item)) return readCompliance(item, base)

  const { cwes, references, isKnownExploited } = readReferences(item)
  return {
    ...base,
    description: joinTexts(childText(item, 'synopsis'), childText(item, 'description')),
    solution: childText(item, 'solution'),
    scores: {
      cvss4: readScore(childText(item, 'cvss4_base_score')),
      cvss3: readScore(childText(item, 'cvss3_base_score') || childText(item, 'cvssv3')),
      cvss2: readScore(childText(item, 'cvss_base_score') || childText(item, 'cvss')),
      native: null,
    },
    nativeLevel: readNativeLevel(attribute(item, 'severity'), riskFactor),
    vector: readVector(item),
    cves: textsOf(item, 'cve'),
    bids: textsOf(item, 'bid'),
    cwes,
    references,
    evidence: childText(item, 'plugin_output'),
    exploitAvailable: readBoolean(childText(item, 'exploit_available')),
    epss: readShare(childText(item, 'epss_score')),
    knownExploited: isKnownExploited ? true : null,
  }
}

/** `port` 0 is the host as a whole, whatever the protocol. Web application scans write `TCP`. */
function readPort(item: XmlNode): FindingDraft['port'] {
  const number = Number(attribute(item, 'port'))
  const protocol = attribute(item, 'protocol').toLowerCase()
  const isPort = Number.isInteger(number) && number > 0 && number < 65_536
  if (!isPort) return { number: null, protocol: 'general' }

  return { number, protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : 'tcp' }
}

/** A trailing `?` says that the name is guessed from the port. */
function readService(name: string): string {
  return name === 'general' ? '' : name.replace(/\?$/, '')
}

/** Nessus 4 and 5 gave severity 1 with risk factor None to pure information. What is no severity at all is judged by the risk factor. */
function readNativeLevel(severity: string, riskFactor: string): Level | null {
  const risk = riskFactor.toLowerCase()
  const level = /^[0-4]$/.test(severity) ? SEVERITIES[Number(severity)] : undefined
  if (level === 'low' && risk === 'none') return 'info'

  return level ?? SEVERITIES.find((word) => word === risk) ?? null
}

/** The vector that belongs to the score that counts. Prefixes vary (`CVSS2#`, `CVSS:3.0/`, none). */
function readVector(item: XmlNode): string {
  const score = ['cvss4', 'cvss3', 'cvss'].find((name) => (readScore(childText(item, `${name}_base_score`)) ?? 0) > 0)
  return score === undefined ? '' : childText(item, `${score}_vector`).replace(/^CVSS2#/, '')
}

function readReferences(item: XmlNode): {
  cwes: string[]
  references: { type: string; id: string }[]
  isKnownExploited: boolean
} {
  const cwes = textsOf(item, 'cwe')
  const references: { type: string; id: string }[] = []
  let isKnownExploited = false
  for (const line of linesOf(item, 'see_also')) references.push({ type: 'url', id: line })
  for (const text of textsOf(item, 'xref')) {
    const colon = text.indexOf(':')
    const [type, id] = colon < 0 ? ['xref', text] : [text.slice(0, colon), text.slice(colon + 1)]
    if (type === 'CWE') cwes.push(id)
    else references.push({ type, id })
    if (type === 'CISA-KNOWN-EXPLOITED') isKnownExploited = true
  }
  for (const name of REFERENCE_ELEMENTS) {
    for (const id of linesOf(item, name)) {
      if (!references.some((known) => known.id === id && known.type.toLowerCase() === name)) {
        references.push({ type: name, id })
      }
    }
  }
  return { cwes, references, isKnownExploited }
}

function textsOf(item: XmlNode, name: string): string[] {
  return listChildren(item, name).map((child) => child.text.trim())
}

function linesOf(item: XmlNode, name: string): string[] {
  return textsOf(item, name)
    .flatMap((text) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function readBoolean(text: string): boolean | null {
  if (text === 'true') return true

  return text === 'false' ? false : null
}

function joinTexts(synopsis: string, description: string): string {
  return [synopsis, description].filter((text, index, all) => text !== '' && all.indexOf(text) === index).join('\n\n')
}
