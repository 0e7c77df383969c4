import { Fault } from '#shared/domain/fault.ts'
import { openFindingCollection } from '#shared/domain/report/collect-findings.ts'
import { addName, openHostCollection, pickTime } from '#shared/domain/report/collect-hosts.ts'
import { openCompleteness } from '#shared/domain/report/completeness.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { cutText, oneLine } from '#shared/domain/report/keep-text.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'
import { attribute } from '#shared/domain/report/xml-node.ts'
import {
  readXml,
  type XmlAction,
  type XmlAttributes,
  type XmlNode,
  type XmlVisitor,
} from '#shared/domain/report/xml-reader.ts'
import { openHost, readHostPart, type HostSoFar } from './report-host.ts'

/**
 * Translates nmap's XML (`-oX`): a finding for each open port, each script, each CVE of the script `vulners` and each vulnerability of a script
 * that uses nmap's library `vulns`. Complete: nmap says that it finished with success, ports were scanned, no target was skipped, no host
 * timed out, and each one answered at all.
 * @param machine null: each host's address is the machine's name. Else an address that is down makes the report partial.
 * @throws Fault `report_malformed`, `report_too_large`
 */
export async function readNmapReport(
  chunks: AsyncIterable<Uint8Array>,
  machine: string | null,
): Promise<ScannerReport> {
  const findings = openFindingCollection('nmap', machine)
  const hosts = openHostCollection()
  const complete = openCompleteness()
  let root: XmlAttributes = {}
  let finished: XmlNode | null = null
  let declaredUp = -1
  let up = 0
  let down = 0
  let hasPorts = false
  let host: HostSoFar = openHost({})

  const closeHost = (): void => {
    const examined = hosts.get(host.address)
    for (const name of host.names) addName(examined, name)
    examined.operatingSystem ||= cutText(oneLine(host.operatingSystem), 300)
    examined.startedAt = pickTime('earliest', examined.startedAt, readScannerTime(host.start))
    examined.endedAt = pickTime('latest', examined.endedAt, readScannerTime(host.end))
    if (host.status === 'up') up += 1
    else down += 1
    const doubt = findDoubt(host)
    examined.isComplete = doubt === ''
    if (doubt !== '' && (host.status === 'up' || machine !== null)) complete.doubt(`${host.address} ${doubt}`)
  }

  const noteEnd = (node: XmlNode): void => {
    if (node.name === 'finished') finished = node
    if (node.name === 'hosts' && /^\d{1,9}$/.test(attribute(node, 'up'))) declaredUp = Number(attribute(node, 'up'))
    if (node.name === 'scaninfo') hasPorts = true
    if (node.name !== 'target') return
    complete.doubt(
      `the target ${attribute(node, 'specification')} was ${attribute(node, 'status')}: ${attribute(node, 'reason')}`,
    )
  }

  const visitor: XmlVisitor = {
    open: (path, attributes) => {
      if (path.length === 1) {
        checkRoot(path[0] ?? '', attributes)
        root = attributes
      }
      if (path.length === 2 && path[1] === 'host') host = openHost(attributes)
      return ACTIONS.get(path.slice(1).join('/')) ?? 'skip'
    },
    record: (path, node) => {
      if (path[1] !== 'host') noteEnd(node)
      else for (const draft of readHostPart(host, node)) findings.add(draft)
    },
    close: (path) => {
      if (path.length === 2 && path[1] === 'host') closeHost()
    },
  }

  const { removedCharacters } = await readXml(chunks, visitor)
  const end = finished as XmlNode | null
  if (removedCharacters > 0) {
    complete.note(`repaired: ${removedCharacters} control characters that XML forbids were taken out`)
  }
  if (end === null) complete.doubt('the report has no end: nmap was interrupted')
  else if (attribute(end, 'exit') !== 'success') {
    complete.doubt(
      `nmap did not end well: ${attribute(end, 'errormsg') || attribute(end, 'exit') || 'it does not say how'}`,
    )
  }
  if (!hasPorts) complete.doubt('no ports were scanned')
  if (up === 0) complete.doubt('no host answered: nothing was examined')
  if (declaredUp >= 0 && declaredUp !== up)
    complete.doubt(`the report holds ${up} of ${declaredUp} hosts that answered`)
  if (down > 0) complete.note(`${down} addresses did not answer and were not examined`)
  if (findings.isFull()) complete.note('texts of later findings were left out: the report holds too many')

  return {
    scanner: 'nmap',
    format: 'nmap-xml',
    scannerVersion: (root['version'] ?? '').slice(0, 30),
    feedVersion: '',
    ...complete.judge(),
    startedAt: readScannerTime(root['start'] ?? ''),
    endedAt: readScannerTime(attribute(end, 'time')),
    hosts: hosts.list(),
    findings: findings.list(),
  }
}

/** What is read, by its path below the root. */
const ACTIONS = new Map<string, XmlAction>([
  ['', 'enter'],
  ['host', 'enter'],
  ['host/status', 'record'],
  ['host/address', 'record'],
  ['host/hostnames', 'enter'],
  ['host/hostnames/hostname', 'record'],
  ['host/ports', 'enter'],
  ['host/ports/port', 'record'],
  ['host/ports/extraports', 'record'],
  ['host/os', 'enter'],
  ['host/os/osmatch', 'record'],
  ['host/hostscript', 'enter'],
  ['host/hostscript/script', 'record'],
  ['runstats', 'enter'],
  ['runstats/finished', 'record'],
  ['runstats/hosts', 'record'],
  ['scaninfo', 'record'],
  ['target', 'record'],
])

function checkRoot(root: string, attributes: XmlAttributes): void {
  if (root !== 'nmaprun') {
    throw new Fault('report_malformed', `The file is no nmap report: it begins with <${root.slice(0, 60)}>.`)
  }
  const scanner = attributes['scanner'] ?? 'nmap'
  if (scanner === 'nmap') return
  throw new Fault('report_malformed', `The report was written by ${scanner.slice(0, 60)}, not by nmap.`)
}

/** Why a host was not examined to its end; '' where it was. `user-set`: nmap was told to take it as up, so that silence may be its absence. */
function findDoubt(host: HostSoFar): string {
  if (host.status !== 'up') return 'did not answer and was not examined'
  if (host.isTimedOut) return 'took too long and was given up (timedout)'
  if (host.reason === 'user-set' && !host.hasAnswered) return 'answered nothing at all: it may be off'

  return ''
}
