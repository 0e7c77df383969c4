import { Fault } from '#shared/domain/fault.ts'
import type { XmlAttributes } from '#shared/domain/report/xml-reader.ts'
import { readAnswerStatus } from './report-state.ts'

/** Elements directly below a report that are read as a whole. */
const STATE_ELEMENTS = new Set([
  'scan_run_status',
  'scan_start',
  'scan_end',
  'gmp',
  'omp',
  'result_count',
  'hosts',
  'host_start',
  'host_end',
])
const HOST_PARTS = new Set(['ip', 'start', 'end', 'detail'])

export type Part =
  | 'outside'
  | 'report'
  | 'results'
  | 'result'
  | 'errors'
  | 'error'
  | 'error-count'
  | 'host'
  | 'host-part'
  | 'state'
  | 'nothing'

/**
 * What an element of a report is, whatever it is wrapped in: `get_reports_response/report/report`, `report/report`, a flattened `report`, or the
 * results alone (`get_results_response`).
 */
export function findPart(path: readonly string[]): Part {
  const isAnswer = path[0] === 'get_reports_response' || path[0] === 'get_results_response'
  let start = isAnswer ? 1 : 0
  while (path[0] !== 'get_results_response' && path[start] === 'report') start += 1
  if (start === path.length) return path.at(-1) === 'report' ? 'report' : 'outside'

  const [first = '', second = ''] = path.slice(start)
  const depth = path.length - start
  if (path[0] === 'get_results_response') return findResultsPart(first, depth)
  if (start === (isAnswer ? 1 : 0)) return 'nothing'
  if (depth === 1) return findReportPart(first)
  if (depth > 2) return 'nothing'
  if (first === 'results' && second === 'result') return 'result'
  if (first === 'errors' && second === 'error') return 'error'
  if (first === 'errors' && second === 'count') return 'error-count'

  return first === 'host' && HOST_PARTS.has(second) ? 'host-part' : 'nothing'
}

function findReportPart(name: string): Part {
  if (name === 'results' || name === 'errors' || name === 'host') return name

  return STATE_ELEMENTS.has(name) ? 'state' : 'nothing'
}

function findResultsPart(name: string, depth: number): Part {
  if (depth > 1) return 'nothing'
  if (name === 'result' || name === 'results') return name

  return name === 'result_count' ? 'state' : 'nothing'
}

/** @throws Fault `report_malformed` for another root, an answer that is an error, or an answer of another kind */
export function checkRoot(root: string, attributes: XmlAttributes): void {
  const status = readAnswerStatus(attributes)
  if (status !== null && !status.code.startsWith('2')) {
    throw new Fault(
      'report_malformed',
      `The scanner answered with an error, not with a report: ${status.code} ${status.text}`,
    )
  }
  if (root === 'report' || root === 'get_reports_response' || root === 'get_results_response') return

  const name = root.slice(0, 60)
  throw new Fault('report_malformed', `The file is no OpenVAS report: it begins with <${name}>.`)
}
