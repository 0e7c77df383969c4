import { LEVELS, type Finding, type Level, type Port } from '../../finding.ts'
import type { Examination, FindingGroup, MachineReport } from '../../report.ts'
import { html, type Html } from './markup.ts'

export const LEVEL_NAMES = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Information',
} as const satisfies Record<Level, string>

export const EXAMINED = {
  examined: 'examined',
  partly: 'examined in part',
  'not-examined': 'not examined',
} as const satisfies Record<MachineReport['examined'], string>

export const STATUSES = {
  done: 'done',
  partial: 'in part',
  failed: 'failed',
  'not-examined': 'not examined',
  cancelled: 'cancelled',
  'under-way': 'under way',
} as const satisfies Record<Examination['status'], string>

export const CHANGES = { new: 'new', 'still-there': 'still there' } as const

export function badge(level: Level): Html {
  return html`<span class="badge ${level}">${LEVEL_NAMES[level]}</span>`
}

export function describePort({ number, protocol }: Port): string {
  return number === null ? 'whole machine' : `${number}/${protocol}`
}

/** `7.5 (CVSS 3)`; '' without a score. */
export function describeScore({ score, scoreSource }: Finding): string {
  if (score === null) return ''
  const source = { cvss4: 'CVSS 4', cvss3: 'CVSS 3', cvss2: 'CVSS 2', native: "scanner's own", none: '' }[scoreSource]
  return source === '' ? score.toFixed(1) : `${score.toFixed(1)} (${source})`
}

/** `found by 1 of 2: nessus, not by openvas`. */
export function describeFinders({ foundBy, examinedBy }: FindingGroup): string {
  const others = examinedBy.filter((scanner) => !foundBy.includes(scanner))
  const not = others.length === 0 ? '' : `, not by ${others.join(', ')}`
  return `found by ${foundBy.length} of ${examinedBy.length}: ${foundBy.join(', ')}${not}`
}

/** `2026-11-25 03:00 UTC`; `unknown`. */
export function describeTime(time: string | null): string {
  if (time === null) return 'unknown'
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(time) ? `${time.slice(0, 10)} ${time.slice(11, 16)} UTC` : time
}

/** `2 critical, 1 low`; `none`. */
export function describeCounts(counts: Readonly<Record<Level, number>>): string {
  const parts = LEVELS.filter((level) => counts[level] > 0).map(
    (level) => `${counts[level]} ${LEVEL_NAMES[level].toLowerCase()}`,
  )
  return parts.length === 0 ? 'none' : parts.join(', ')
}
