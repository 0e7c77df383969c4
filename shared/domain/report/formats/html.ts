import { createHash } from 'node:crypto'

import { LEVELS } from '../finding.ts'
import type { Report } from '../report.ts'
import { drawChart } from './html/chart.ts'
import { showMachine, wide } from './html/machine.ts'
import { html, NOTHING, raw, type Html } from './html/markup.ts'
import { findRoom } from './html/room.ts'
import { SCRIPT } from './html/script.ts'
import { STYLE } from './html/style.ts'
import { CHANGES, describeTime, EXAMINED, LEVEL_NAMES } from './html/words.ts'

// Whole, so that nothing comes between the tags that the policy's digests do not know.
const STYLE_TAG = raw(`<style>${STYLE}</style>`)
const SCRIPT_TAG = raw(`<script>${SCRIPT}</script>`)

/**
 * The report as one page that needs nothing else: no network, and no script to be read. Everything that a scanner says is text, cut where it
 * is long (the JSON and XML formats have all); the page's own policy lets nothing run but its own filter.
 */
export function writeHtmlReport(report: Report): string {
  const policy = `default-src 'none'; style-src '${hash(STYLE)}'; script-src '${hash(SCRIPT)}'; base-uri 'none'; form-action 'none'`
  const anchors = new Map(report.machines.map((machine, at) => [machine, `machine-${at + 1}`]))

  const groups = report.machines.reduce((sum, machine) => sum + machine.groups.length, 0)
  const room = findRoom(groups)

  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${raw(policy)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Scan report ${report.id}</title>
        ${STYLE_TAG}
      </head>
      <body>
        <header>
          <h1>Scan report</h1>
          <p class="quiet">${report.id}, ${describeTime(report.createdAt)}</p>
        </header>
        <main>
          ${showSummary(report)} ${showMachines(report, anchors)} ${showScanners(report)} ${showFilter(report)}
          ${room.opensInformation ? NOTHING : html`<p class="notice">These are many: long texts are cut, and information is shown by its title. The JSON and XML formats have all.</p>`}
          ${report.machines.map((machine) => showMachine(machine, anchors.get(machine) ?? '', room))}
        </main>
        ${SCRIPT_TAG}
      </body>
    </html> `.html
}

function hash(content: string): string {
  return `sha256-${createHash('sha256').update(content).digest('base64')}`
}

function showSummary({ summary }: Report): Html {
  const { machines, examined, partlyExamined, notExamined, counts } = summary
  const missing = machines - examined
  return html`<section aria-labelledby="summary">
    <h2 id="summary">Summary</h2>
    <ul class="figures">
      <li><b>${examined} of ${machines}</b> machines examined</li>
      <li><b>${partlyExamined}</b> examined in part</li>
      <li><b>${notExamined}</b> not examined</li>
    </ul>
    ${missing === 0 ? NOTHING : html`<p class="notice">${missing} of ${machines} machines ${missing === 1 ? 'was' : 'were'} not examined to the end: the figures below say nothing about what is missing there.</p>`}
    <h3>Findings by level</h3>
    ${drawChart(counts)}
    <p class="quiet">
      What several scanners found is counted once. Suppressed findings and compliance items are not counted.
    </p>
  </section> `
}

function showMachines({ machines }: Report, anchors: ReadonlyMap<Report['machines'][number], string>): Html {
  const levels = LEVELS.map((level) => html`<th scope="col" class="number">${LEVEL_NAMES[level]}</th>`)
  const head = html`<tr>
    <th scope="col">Machine</th>
    <th scope="col">Examined</th>
    ${levels}
    <th scope="col" class="number">New</th>
    <th scope="col" class="number">Gone</th>
  </tr>`
  const rows = machines.map((machine) => {
    const { name, examined, counts, groups, gone } = machine
    const isCompared = groups.some(({ change }) => change !== null) || gone.length > 0
    const cells = LEVELS.map(
      (level) => html`<td class="number">${examined === 'not-examined' ? '–' : counts[level]}</td>`,
    )
    const fresh = groups.filter(({ change, isSuppressed }) => change === 'new' && !isSuppressed).length
    return html`<tr>
      <th scope="row"><a href="#${anchors.get(machine) ?? ''}">${name}</a></th>
      <td>${EXAMINED[examined]}</td>
      ${cells}
      <td class="number">${isCompared ? fresh : '–'}</td>
      <td class="number">${isCompared ? gone.length : '–'}</td>
    </tr> `
  })
  return html`<section aria-labelledby="machines">
    <h2 id="machines">Machines</h2>
    ${wide('Findings of each machine by level; a dash: not known', head, rows)}
  </section> `
}

function showScanners({ scanners }: Report): Html {
  const head = html`<tr>
    <th scope="col">Scanner</th>
    <th scope="col">Kind</th>
    <th scope="col" class="number">Examined</th>
    <th scope="col" class="number">In part</th>
    <th scope="col" class="number">Not examined</th>
  </tr>`
  const rows = scanners.map(
    ({ scanner, kind, examined, partlyExamined, notExamined }) =>
      html`<tr>
        <th scope="row">${scanner}</th>
        <td>${kind}</td>
        <td class="number">${examined}</td>
        <td class="number">${partlyExamined}</td>
        <td class="number">${notExamined}</td>
      </tr> `,
  )
  return html`<section aria-labelledby="scanners">
    <h2 id="scanners">Scanners</h2>
    ${wide('Machines by how each scanner fared with them', head, rows)}
  </section> `
}

/** Shown by the script only: without it nothing would happen. */
function showFilter({ machines }: Report): Html {
  const kinds = [...new Set(machines.flatMap(({ groups }) => groups.flatMap(({ foundBy }) => foundBy)))].toSorted()
  const levels = LEVELS.map(
    (level) =>
      html`<label><input type="checkbox" name="level" value="${level}" checked /> ${LEVEL_NAMES[level]}</label>`,
  )
  const scanners = kinds.map((kind) => html`<option value="${kind}">${kind}</option>`)
  return html`<section aria-labelledby="filter-name">
    <h2 id="filter-name">Findings</h2>
    <form id="filter" hidden>
      <fieldset>
        <legend>Level</legend>
        ${levels}
      </fieldset>
      <label class="field">Text, CVE or port<input type="search" name="text" /></label>
      <label class="field"
        >Found by<select name="scanner">
          <option value="">any scanner</option>
          ${scanners}
        </select></label
      >
      <label class="field"
        >Since the previous report<select name="change">
          <option value="">all</option>
          <option value="new">${CHANGES.new}</option>
          <option value="still-there">${CHANGES['still-there']}</option>
        </select></label
      >
      <button type="reset">Show all</button>
      <p id="shown" role="status" class="quiet"></p>
    </form>
  </section> `
}
