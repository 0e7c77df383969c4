import type { Level } from '#shared/domain/report/finding.ts'
import type { FindingDraft } from '#shared/domain/report/finding-draft.ts'
import { NO_SCORES, readScore, readShare, type Scores } from '#shared/domain/report/level.ts'
import { attribute, listChildren } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'

/** `vulners` compares version numbers with a list: what distributions have repaired without a new number is in it too. */
const VULNERS_CONFIDENCE = 0.3
const LIKELY_CONFIDENCE = 0.5
/** What is called vulnerable without a word about how much. */
const UNNAMED_RISK: Level = 'medium'

/** What a `script` element says about the port, or the host, that `base` names. */
export function readScript(script: XmlNode, base: FindingDraft): FindingDraft[] {
  const id = attribute(script, 'id')
  const output = attribute(script, 'output')
  const about = { ...base, check: id, title: id, evidence: output, family: 'nmap script' }
  const found =
    id === 'vulners'
      ? readVulners(script, about)
      : listChildren(script, 'table').flatMap((table) => readVulnerability(table, about))

  return found.length > 0 || id === 'vulners' ? found : [about]
}

/** Structured output of the script `vulners`, schema 1 and 2: a table for each product, in it one for each entry. Only CVEs are taken. */
function readVulners(script: XmlNode, about: FindingDraft): FindingDraft[] {
  return listChildren(script, 'table').flatMap((product) =>
    listChildren(product, 'table').flatMap((entry) => {
      const value = (key: string): string => elementText(entry, key)
      const cve = value('id').trim().toUpperCase()
      if (!cve.startsWith('CVE-')) return []

      return [
        {
          ...about,
          title: `${cve} (by version: ${attribute(product, 'key')})`,
          evidence: `${attribute(product, 'key')}: ${cve} ${value('cvss')}`,
          path: cve,
          cves: [cve],
          native: { level: value('severity'), severity: value('cvss') },
          scores: nameScore(value('cvss'), value('cvss_type')),
          confidence: VULNERS_CONFIDENCE,
          epss: readShare(value('epss')),
          knownExploited: value('kev') === 'true' ? true : null,
          exploitAvailable: value('is_exploit') === 'true' ? true : null,
          references: [{ type: 'url', id: value('href') || `https://vulners.com/cve/${cve}` }],
        },
      ]
    }),
  )
}

function nameScore(text: string, type: string): Scores {
  const score = readScore(text)
  if (type.includes('4')) return { ...NO_SCORES, cvss4: score }
  if (type.includes('3')) return { ...NO_SCORES, cvss3: score }
  if (type.includes('2')) return { ...NO_SCORES, cvss2: score }

  return { ...NO_SCORES, native: score }
}

/** A table of nmap's library `vulns`: title, state, ids, scores. Nothing for another table, or for "NOT VULNERABLE". */
function readVulnerability(table: XmlNode, about: FindingDraft): FindingDraft[] {
  const state = elementText(table, 'state')
  const title = elementText(table, 'title')
  if (state === '' || title === '' || !/^(?:LIKELY )?VULNERABLE/.test(state)) return []

  const ids = listChildren(findTable(table, 'ids'), 'elem').map((elem) => elem.text.trim())
  const idsOf = (type: string): string[] =>
    ids.filter((id) => id.startsWith(`${type}:`)).map((id) => id.slice(type.length + 1))

  return [
    {
      ...about,
      title,
      path: attribute(table, 'key'),
      description: tableText(table, 'description'),
      native: { level: state, severity: '' },
      nativeLevel: readRisk(about.evidence),
      scores: readScores(findTable(table, 'scores')),
      confidence: state.startsWith('LIKELY') ? LIKELY_CONFIDENCE : null,
      exploitAvailable: state.includes('Exploitable') ? true : null,
      cves: [...idsOf('CVE'), attribute(table, 'key')].filter((id) => /^CVE-/i.test(id)),
      bids: idsOf('BID'),
      references: listChildren(findTable(table, 'refs'), 'elem').map((elem) => ({ type: 'url', id: elem.text })),
    },
  ]
}

/** `9.3 (HIGH) (AV:N/…)` under the name of its kind. */
function readScores(table: XmlNode | null): Scores {
  const scores = { ...NO_SCORES }
  for (const elem of listChildren(table, 'elem')) {
    const key = attribute(elem, 'key').toLowerCase()
    const score = readScore(/^\s*([\d.]{1,6})/.exec(elem.text)?.[1] ?? '')
    if (key.includes('v4')) scores.cvss4 = score
    else if (key.includes('v3')) scores.cvss3 = score
    else scores.cvss2 = score
  }
  return scores
}

/** Only the text output has it. */
function readRisk(output: string): Level {
  const word = /^\s{0,20}Risk factor: (High|Medium|Low)\b/im.exec(output)?.[1]?.toLowerCase()
  return word === 'high' || word === 'medium' || word === 'low' ? word : UNNAMED_RISK
}

function findTable(node: XmlNode, key: string): XmlNode | null {
  return listChildren(node, 'table').find((table) => attribute(table, 'key') === key) ?? null
}

function elementText(node: XmlNode, key: string): string {
  return (
    listChildren(node, 'elem')
      .find((elem) => attribute(elem, 'key') === key)
      ?.text.trim() ?? ''
  )
}

function tableText(node: XmlNode, key: string): string {
  const lines = listChildren(findTable(node, key), 'elem').map((elem) => elem.text.trim())
  return lines.length > 0 ? lines.join('\n') : elementText(node, key)
}
