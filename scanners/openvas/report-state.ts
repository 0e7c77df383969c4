import type { Completeness } from '#shared/domain/report/completeness.ts'
import type { ExaminedHost } from '#shared/domain/report/finding.ts'
import { attribute, childText, findChild } from '#shared/domain/report/xml-node.ts'
import type { XmlNode } from '#shared/domain/report/xml-reader.ts'

/** Classes of results that are no vulnerabilities, so that hiding them hides nothing. */
const HARMLESS = ['log', 'debug', 'false_positive']
const MAX_COUNT = 1_000_000_000

/** What a report says about itself; '' and null where it does not. */
export interface ReportState {
  runStatus: string
  start: string
  end: string
  version: string
  /** `results@start`: above 1, a page of a longer report. */
  firstResult: number
  /** Results that there are, those that the filter let through, and how many of the others may be vulnerabilities. */
  counts: { readonly full: number; readonly filtered: number; readonly hidden: number } | null
  /** Hosts that it says it has; those that it lists may be fewer. */
  hostCount: number
  errorCount: number
  errorsRead: number
  resultsRead: number
}

export function emptyState(): ReportState {
  return {
    runStatus: '',
    start: '',
    end: '',
    version: '',
    firstResult: 1,
    counts: null,
    hostCount: 0,
    errorCount: 0,
    errorsRead: 0,
    resultsRead: 0,
  }
}

/** Takes note of an element directly below the report. */
export function noteState(state: ReportState, name: string, node: XmlNode): void {
  const text = node.text.trim()
  if (name === 'scan_run_status') state.runStatus = text
  if (name === 'scan_start') state.start = text
  if (name === 'scan_end') state.end = text
  if (name === 'gmp' || name === 'omp') state.version = childText(node, 'version').slice(0, 30)
  if (name === 'hosts') state.hostCount = readCount(childText(node, 'count')) ?? 0
  if (name === 'result_count') state.counts = readCounts(node)
}

/** `results@start` of a report or of an answer to get_results. */
export function readFirstResult(attributes: Readonly<Record<string, string>>): number {
  return readCount(attributes['start'] ?? '') ?? 1
}

function readCounts(node: XmlNode): ReportState['counts'] {
  const full = readCount(childText(node, 'full')) ?? readCount(node.text.trim())
  const filtered = readCount(childText(node, 'filtered')) ?? full
  if (full === null || filtered === null) return null

  const hiddenHarmless = HARMLESS.reduce((sum, name) => {
    const level = findChild(node, name)
    const all = readCount(childText(level, 'full')) ?? 0
    return sum + Math.max(0, all - (readCount(childText(level, 'filtered')) ?? all))
  }, 0)
  return { full, filtered, hidden: Math.max(0, full - filtered - hiddenHarmless) }
}

/** Number as written; null for anything else. */
export function readCount(text: string): number | null {
  const count = /^\s*\d{1,10}\s*$/.test(text) ? Number(text) : null
  return count !== null && count <= MAX_COUNT ? count : null
}

/**
 * Whatever keeps a report from being complete. "Done" is not enough: gvmd says so too of a scan that never began, whose report has neither
 * a host with a beginning and an end nor a result.
 */
export function doubtState(state: ReportState, hosts: readonly ExaminedHost[], complete: Completeness): void {
  if (state.runStatus !== 'Done') {
    complete.doubt(
      state.runStatus === ''
        ? 'the report does not say whether the scan is done'
        : `the scan is not done but ${state.runStatus}`,
    )
  }
  if (state.end === '') complete.doubt('the report has no end of the scan: it was made while the scan ran')
  doubtCounts(state, complete)
  if (state.errorCount > state.errorsRead) {
    complete.doubt(`${state.errorCount} errors, of which the report names ${state.errorsRead}`)
  }
  if (state.hostCount > hosts.length) complete.doubt(`the report names ${hosts.length} of ${state.hostCount} hosts`)
  if (!hosts.some((host) => host.isComplete)) {
    complete.doubt('no host was scanned from beginning to end: nothing was examined')
  }
  for (const host of hosts) if (!host.isComplete) complete.doubt(`${host.address} was not scanned to the end`)
}

function doubtCounts(state: ReportState, complete: Completeness): void {
  const { counts, resultsRead, firstResult } = state
  if (firstResult > 1) complete.doubt(`the report is a page of a longer one: it begins with result ${firstResult}`)
  if (counts === null) {
    complete.doubt('the report does not say how many results it has')
    return
  }
  if (resultsRead < counts.filtered) {
    complete.doubt(`the report holds ${resultsRead} of ${counts.filtered} results: it was cut, or made without details`)
  }
  if (counts.hidden > 0) complete.doubt(`a filter hides ${counts.hidden} of ${counts.full} results`)
  else if (counts.full > counts.filtered) {
    complete.note(`a filter hides ${counts.full - counts.filtered} results that are no vulnerabilities`)
  }
}

/** The status of an answer of gvmd; null: the element is no answer. */
export function readAnswerStatus(attributes: Readonly<Record<string, string>>): { code: string; text: string } | null {
  const code = attributes['status']
  return code === undefined ? null : { code: code.slice(0, 10), text: (attributes['status_text'] ?? '').slice(0, 150) }
}

/** Address, beginning and end of an old report's `host_start` and `host_end`: the time is the text, the address a child. */
export function readOldHostTime(node: XmlNode): { address: string; time: string } {
  return { address: childText(node, 'host') || attribute(node, 'host'), time: node.text.trim() }
}
