import { Fault } from '#shared/domain/fault.ts'
import { openFindingCollection } from '#shared/domain/report/collect-findings.ts'
import { addName, openHostCollection } from '#shared/domain/report/collect-hosts.ts'
import { openCompleteness } from '#shared/domain/report/completeness.ts'
import type { Finding, ScannerReport } from '#shared/domain/report/finding.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'
import { readXml, type XmlAttributes, type XmlNode, type XmlVisitor } from '#shared/domain/report/xml-reader.ts'
import { closeHost, noteHostPart, openHost } from './report-host.ts'
import { checkRoot, findPart } from './report-path.ts'
import { doubtState, emptyState, noteState, readCount, readFirstResult, readOldHostTime } from './report-state.ts'
import { describeError, readOpenvasResult } from './result.ts'

/**
 * Translates an OpenVAS report (OMP 4 to GMP 22.7, the older ones without `severity` too), bare or inside gvmd's answer. Complete: the run is
 * `Done` with an end, as many results were read as it says there are, no filter hides a vulnerability, no check failed, and each host has a
 * beginning and an end.
 * @param machine null: each host's address is the machine's name
 * @throws Fault `report_malformed`, `report_too_large`
 */
export async function readOpenvasReport(
  chunks: AsyncIterable<Uint8Array>,
  machine: string | null,
): Promise<ScannerReport> {
  const findings = openFindingCollection('openvas', machine)
  const hosts = openHostCollection()
  const complete = openCompleteness()
  const state = emptyState()
  const seenHosts = new Set<string>()
  const services = new Map<string, string>()
  const reportsAtDepth = new Map<number, number>()
  let host = openHost()

  const openReport = (depth: number, attributes: XmlAttributes): void => {
    const count = (reportsAtDepth.get(depth) ?? 0) + 1
    reportsAtDepth.set(depth, count)
    if (count > 1) throw new Fault('report_malformed', 'The file holds several reports: one at a time can be read.')
    if (attributes['type'] === 'delta') {
      throw new Fault('report_malformed', 'The file is a comparison of two reports (a delta report), not a report.')
    }
  }

  const noteResult = (node: XmlNode): void => {
    state.resultsRead += 1
    const result = readOpenvasResult(node)
    if (result.kind === 'error') {
      complete.doubt(`error: ${result.text}`)
      return
    }
    findings.add(result.draft)
    if (result.draft.address === '') complete.doubt('a result does not say which host it is about')
    else addName(hosts.get(result.draft.address), result.hostname)
  }

  const noteStateElement = (node: XmlNode): void => {
    noteState(state, node.name, node)
    if (node.name !== 'host_start' && node.name !== 'host_end') return

    const { address, time } = readOldHostTime(node)
    if (address === '') return
    const examined = hosts.get(address)
    if (node.name === 'host_start') examined.startedAt ??= readScannerTime(time)
    else examined.endedAt ??= readScannerTime(time)
    if (!seenHosts.has(address) || examined.isComplete) {
      examined.isComplete = examined.startedAt !== null && examined.endedAt !== null
    }
  }

  const visitor: XmlVisitor = {
    open: (path, attributes) => {
      if (path.length === 1) checkRoot(path[0] ?? '', attributes)
      const part = findPart(path)
      if (part === 'report') openReport(path.length, attributes)
      if (part === 'results') state.firstResult = Math.max(state.firstResult, readFirstResult(attributes))
      if (part === 'host') host = openHost()
      if (part === 'nothing') return 'skip'

      return ENTERED.has(part) ? 'enter' : 'record'
    },
    record: (path, node) => {
      const part = findPart(path)
      if (part === 'result') noteResult(node)
      if (part === 'host-part') noteHostPart(host, node)
      if (part === 'state') noteStateElement(node)
      if (part === 'error-count') state.errorCount = readCount(node.text) ?? 0
      if (part !== 'error') return

      state.errorsRead += 1
      complete.doubt(`error: ${describeError(node)}`)
    },
    close: (path) => {
      if (findPart(path) !== 'host') return

      const examined = closeHost(host, hosts, seenHosts)
      for (const [port, service] of host.services) {
        if (examined !== null && services.size < MAX_SERVICES) services.set(`${examined.address} ${port}`, service)
      }
    },
  }

  const { removedCharacters } = await readXml(chunks, visitor)
  if (reportsAtDepth.size === 0 && state.resultsRead === 0 && state.counts === null) {
    throw new Fault('report_malformed', 'The file holds no report.')
  }
  if (removedCharacters > 0) {
    complete.note(`repaired: ${removedCharacters} control characters that XML forbids were taken out`)
  }
  doubtState(state, hosts.list(), complete)
  if (findings.isFull()) complete.note('texts of later findings were left out: the report holds too many')

  return {
    scanner: 'openvas',
    format: 'openvas-xml',
    scannerVersion: state.version === '' ? '' : `GMP ${state.version}`,
    feedVersion: '',
    ...complete.judge(),
    startedAt: readScannerTime(state.start),
    endedAt: readScannerTime(state.end),
    hosts: hosts.list(),
    findings: findings.list().map((finding) => nameService(finding, services)),
  }
}

const ENTERED = new Set(['outside', 'report', 'results', 'errors', 'host'])
const MAX_SERVICES = 200_000

/** Hosts come after the results, and with them what runs on which port. */
function nameService(finding: Finding, services: ReadonlyMap<string, string>): Finding {
  if (finding.service !== '' || finding.port.number === null) return finding

  const service = services.get(`${finding.address} ${finding.port.number}/${finding.port.protocol}`)
  return service === undefined ? finding : { ...finding, service }
}
