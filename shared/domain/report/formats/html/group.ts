import type { Finding } from '../../finding.ts'
import type { FindingGroup } from '../../report.ts'
import { brief, html, NOTHING, type Html } from './markup.ts'
import { badge, CHANGES, describeFinders, describePort, describeScore, describeTime, LEVEL_NAMES } from './words.ts'

/** Characters and entries on the page; the JSON and XML formats have all. */
const MAX = { description: 4000, evidence: 2000, evidences: 3, ids: 40 } as const

/** One group that opens: what it is, what to do, and what each scanner says. */
export function showGroup(group: FindingGroup, titles: ReadonlyMap<string, string>): Html {
  const { change, isSuppressed, level, foundBy } = group
  const marks = [
    change === null ? NOTHING : html` <span class="mark">${CHANGES[change]}</span>`,
    isSuppressed ? html` <span class="mark">suppressed, not counted</span>` : NOTHING,
  ]
  return html`<details
    class="finding"
    data-level="${level}"
    data-by="${foundBy.join(' ')}"
    data-change="${change ?? ''}"
  >
    <summary>
      ${badge(level)} <span class="title">${brief(group.title, 300)}</span>
      <span class="quiet">${describePort(group.port)}, ${describeFinders(group)}</span>${marks}
    </summary>
    <div>${showIds('CVE', group.cves)}${group.findings.map(showFinding)}${showHints(group, titles)}</div>
  </details> `
}

function showFinding(finding: Finding): Html {
  const { scanner, check, native, confidence, epss, occurrences, suppressed, family, path, service, vector } = finding
  const facts: readonly (readonly [string, string])[] = [
    ['Level', LEVEL_NAMES[finding.level]],
    ['Score', describeScore(finding)],
    ['Vector', vector],
    ["Scanner's own level", [native.level, native.severity].filter((word) => word !== '').join(', ')],
    ['Check', check],
    ['Family', family],
    ['Service', service],
    ['Path', path],
    ['Confidence', confidence === null ? '' : `${Math.round(confidence * 100)} %`],
    ['Exploit available', finding.exploitAvailable === null ? '' : finding.exploitAvailable ? 'yes' : 'no'],
    ['Known to be exploited', finding.knownExploited === true ? 'yes' : ''],
    ['EPSS', epss === null ? '' : String(epss)],
    ['Seen', occurrences > 1 ? `${occurrences} times` : ''],
    ['Found', finding.foundAt === null ? '' : describeTime(finding.foundAt)],
    ['Suppressed', suppressed ?? ''],
  ]
  const rows = facts
    .filter(([, value]) => value !== '')
    .map(
      ([name, value]) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td class="long">${brief(value, 500)}</td>
        </tr>`,
    )
  return html`<h5>${scanner}: ${brief(finding.title, 300)}</h5>
    ${showText('What it is', finding.description)}${showText('What to do', finding.solution)}
    <table class="facts">
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${showEvidence(finding)}${showIds('BID', finding.bids)}${showIds('CWE', finding.cwes)}${showIds(
      'See',
      finding.references.map(({ id }) => id),
    )} `
}

function showText(name: string, text: string): Html {
  return text === '' ? NOTHING : html`<p><b>${name}.</b> ${brief(joinLines(text), MAX.description)}</p>`
}

/** Scanners break prose at some 70 characters: a line that goes on is joined, paragraphs and lists stay. */
function joinLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[^\S\n]{0,200}\n/)
    .map((paragraph) => paragraph.replaceAll(/\n[^\S\n]{0,200}(?=[^\s*\-•\d])/g, ' '))
    .join('\n\n')
}

function showEvidence({ evidence }: Finding): Html {
  if (evidence.length === 0) return NOTHING

  const shown = evidence.slice(0, MAX.evidences).map((text) => html`<code>${brief(text, MAX.evidence)}</code>`)
  return html`<p><b>Evidence</b>${evidence.length > shown.length ? `, ${shown.length} of ${evidence.length}` : ''}</p>
    ${shown}`
}

function showIds(name: string, ids: readonly string[]): Html {
  if (ids.length === 0) return NOTHING

  const shown = ids.slice(0, MAX.ids).map((id) => html`<li>${brief(id, 200)}</li>`)
  const more = ids.length > shown.length ? html`<li>and ${ids.length - shown.length} more</li>` : NOTHING
  return html`<ul class="ids">
    <li><b>${name}</b></li>
    ${shown}${more}
  </ul>`
}

function showHints(group: FindingGroup, titles: ReadonlyMap<string, string>): Html {
  const same = group.possiblySame.map((id) => titles.get(id)).filter((title) => title !== undefined)
  return showIds('Possibly the same', same)
}
