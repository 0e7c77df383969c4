import type { Finding } from '../../finding.ts'
import type { FindingGroup } from '../../report.ts'
import { brief, html, NOTHING, type Html } from './markup.ts'
import type { Room } from './room.ts'
import { badge, CHANGES, describeFinders, describePort, describeScore, describeTime, LEVEL_NAMES } from './words.ts'

/** One group that opens: what it is, what to do, and what each scanner says. */
export function showGroup(group: FindingGroup, titles: ReadonlyMap<string, string>, room: Room): Html {
  const { change, isSuppressed, level, foundBy } = group
  const marks = [
    change === null ? NOTHING : html` <span class="mark">${CHANGES[change]}</span>`,
    isSuppressed ? html` <span class="mark">suppressed, not counted</span>` : NOTHING,
  ]
  const head = html`${badge(level)} <span class="title">${brief(group.title, 300)}</span>
    <span class="quiet">${describePort(group.port)}, ${describeFinders(group)}</span>${marks}`
  if (level === 'info' && !room.opensInformation) {
    return html`<div
      class="finding line"
      data-level="info"
      data-by="${foundBy.join(' ')}"
      data-change="${change ?? ''}"
    >
      ${head}
    </div>`
  }
  return html`<details
    class="finding"
    data-level="${level}"
    data-by="${foundBy.join(' ')}"
    data-change="${change ?? ''}"
  >
    <summary>${head}</summary>
    <div>
      ${showIds('CVE', group.cves, room)}${group.findings.map((finding) => showFinding(finding, room))}${showHints(group, titles, room)}
    </div>
  </details> `
}

function showFinding(finding: Finding, room: Room): Html {
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
    ${showText('What it is', finding.description, room)}${showText('What to do', finding.solution, room)}
    <table class="facts">
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${showEvidence(finding, room)}${showIds('BID', finding.bids, room)}${showIds('CWE', finding.cwes, room)}${showIds(
      'See',
      finding.references.map(({ id }) => id),
      room,
    )} `
}

function showText(name: string, text: string, room: Room): Html {
  return text === '' ? NOTHING : html`<p><b>${name}.</b> ${brief(joinLines(text), room.description)}</p>`
}

/** Scanners break prose at some 70 characters: a line that goes on is joined, paragraphs and lists stay. */
function joinLines(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .split(/\n[^\S\n]{0,200}\n/)
    .map((paragraph) => paragraph.replaceAll(/\n[^\S\n]{0,200}(?=[^\s*\-•\d])/g, ' '))
    .join('\n\n')
}

function showEvidence({ evidence }: Finding, room: Room): Html {
  if (evidence.length === 0) return NOTHING

  const shown = evidence.slice(0, room.evidences).map((text) => html`<code>${brief(text, room.evidence)}</code>`)
  return html`<p><b>Evidence</b>${evidence.length > shown.length ? `, ${shown.length} of ${evidence.length}` : ''}</p>
    ${shown}`
}

function showIds(name: string, ids: readonly string[], room: Room): Html {
  if (ids.length === 0) return NOTHING

  const shown = ids.slice(0, room.ids).map((id) => html`<li>${brief(id, 200)}</li>`)
  const more = ids.length > shown.length ? html`<li>and ${ids.length - shown.length} more</li>` : NOTHING
  return html`<ul class="ids">
    <li><b>${name}</b></li>
    ${shown}${more}
  </ul>`
}

function showHints(group: FindingGroup, titles: ReadonlyMap<string, string>, room: Room): Html {
  const same = group.possiblySame.map((id) => titles.get(id)).filter((title) => title !== undefined)
  return showIds('Possibly the same', same, room)
}
