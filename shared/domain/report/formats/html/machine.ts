import type { FindingGroup, MachineReport } from '../../report.ts'
import { showGroup } from './group.ts'
import { brief, html, NOTHING, type Html } from './markup.ts'
import type { Room } from './room.ts'
import { badge, describeCounts, describePort, describeTime, EXAMINED, STATUSES } from './words.ts'

/** One machine: how it was examined, what was found, what is gone. */
export function showMachine(machine: MachineReport, anchor: string, room: Room): Html {
  const { name, examined, groups } = machine
  const titles = new Map(groups.map(({ id, title }) => [id, title]))
  const counted = groups.filter(({ isSuppressed }) => !isSuppressed)
  const list = (some: readonly FindingGroup[]): Html[] => some.map((group) => showGroup(group, titles, room))

  return html`<section id="${anchor}" aria-labelledby="${anchor}-name">
    <h3 id="${anchor}-name">${name}</h3>
    <p>${sayHowItStands(machine)}</p>
    ${examined === 'examined' ? NOTHING : html`<p class="notice">${sayWhatIsMissing(examined)}</p>`}
    ${showExaminations(machine)}
    <h4>Findings</h4>
    ${sayNothingFound(machine)}${list(counted.filter(({ level }) => level !== 'info'))}
    ${showMore('Information', list(counted.filter(({ level }) => level === 'info')))}
    ${showMore('Suppressed, not counted', list(groups.filter(({ isSuppressed }) => isSuppressed)))}
    ${showGone(machine)}${showCompliance(machine)}
  </section> `
}

function sayHowItStands({ examined, counts }: MachineReport): string {
  const state = `${EXAMINED[examined].charAt(0).toUpperCase()}${EXAMINED[examined].slice(1)}.`
  if (examined === 'not-examined') return `${state} Findings: not known.`

  const found = describeCounts(counts)
  return examined === 'partly'
    ? `${state} Findings as far as anybody looked: ${found}.`
    : `${state} Findings: ${found}.`
}

function sayWhatIsMissing(examined: MachineReport['examined']): string {
  return examined === 'partly'
    ? 'This machine was examined in part. What is not listed here may still be there.'
    : 'This machine was not examined. Nothing can be said about it.'
}

function sayNothingFound({ examined, groups }: MachineReport): Html {
  if (groups.some(({ level, isSuppressed }) => level !== 'info' && !isSuppressed)) return NOTHING
  if (examined === 'not-examined') return html`<p>None can be listed: nobody looked.</p>`

  return html`<p>
    ${examined === 'examined' ? 'None above information.' : 'None above information, as far as anybody looked.'}
  </p>`
}

function showExaminations({ examinations }: MachineReport): Html {
  if (examinations.length === 0) return html`<p>No scanner was asked.</p>`

  const rows = examinations.map((one) => {
    const versions = [one.scannerVersion, one.feedVersion].filter((version) => version !== '').join(', checks ')
    const credentials = one.authenticated === null ? 'not said' : one.authenticated ? 'accepted' : 'not accepted'
    return html`<tr>
      <th scope="row">${one.scanner}</th>
      <td>${STATUSES[one.status]}</td>
      <td class="long">${brief(one.reason, 500)}</td>
      <td>${describeTime(one.startedAt)}</td>
      <td>${describeTime(one.endedAt)}</td>
      <td>${credentials}</td>
      <td>${brief(versions, 200)}</td>
    </tr> `
  })
  return wide(
    'How it was examined',
    html`<tr>
      <th scope="col">Scanner</th>
      <th scope="col">How it ended</th>
      <th scope="col">Why</th>
      <th scope="col">Started</th>
      <th scope="col">Ended</th>
      <th scope="col">Credentials</th>
      <th scope="col">Version</th>
    </tr>`,
    rows,
  )
}

/** A table that is scrolled on its own where it is too wide. */
export function wide(caption: string, head: Html, rows: readonly Html[]): Html {
  return html`<div class="wide" role="region" tabindex="0" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        ${head}
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div> `
}

function showMore(name: string, entries: readonly Html[]): Html {
  if (entries.length === 0) return NOTHING
  return html`<details class="more">
    <summary><b>${name}</b> (${entries.length})</summary>
    ${entries}
  </details> `
}

function showGone({ gone }: MachineReport): Html {
  return showMore(
    'Gone since the previous report',
    gone.map(
      ({ title, level, port }) =>
        html`<p>${badge(level)} ${brief(title, 300)} <span class="quiet">${describePort(port)}</span></p>`,
    ),
  )
}

function showCompliance({ compliance }: MachineReport): Html {
  return showMore(
    'Compliance, not counted',
    compliance.map(
      ({ title, level, native, scanner }) =>
        html`<p>
          ${badge(level)} ${brief(title, 300)}
          <span class="quiet">${scanner}${native.level === '' ? '' : `: ${native.level}`}</span>
        </p>`,
    ),
  )
}
