import { Fault } from '#shared/domain/fault.ts'
import { openFindingCollection } from '#shared/domain/report/collect-findings.ts'
import { addName, openHostCollection, pickTime } from '#shared/domain/report/collect-hosts.ts'
import { openCompleteness, type Completeness } from '#shared/domain/report/completeness.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { readScannerTime } from '#shared/domain/report/scanner-time.ts'
import { attribute, childText } from '#shared/domain/report/xml-node.ts'
import { readXml, type XmlVisitor } from '#shared/domain/report/xml-reader.ts'
import { readReportItem } from './report-item.ts'
import { readScanInformation, type ScanInformation } from './scan-information.ts'

const SCAN_INFORMATION = '19506'
/** Health checks: credentials got in, or were given and did not (Tenable's plugin pages). */
const GOT_IN = new Set(['141118', '110095'])
const DID_NOT_GET_IN = new Set(['104410', '21745', '117886'])
const PING = '10180'
const PARANOID_CONFIDENCE = 0.5

/** What was read of a host by the time that its `ReportHost` closes. */
interface HostSoFar {
  readonly name: string
  readonly tags: Map<string, string>
  readonly checks: Set<string>
  information: ScanInformation | null
  isDead: boolean
}

/**
 * Translates a `.nessus` file (format 2, Nessus 4 to 10 and Tenable's exports). Complete: there is a host, and each one has an end (`HOST_END`)
 * and the scan's own description (plugin 19506) without a warning.
 * @param machine null: each host's address is the machine's name
 * @throws Fault `report_malformed`, `report_too_large`
 */
export async function readNessusReport(
  chunks: AsyncIterable<Uint8Array>,
  machine: string | null,
): Promise<ScannerReport> {
  const findings = openFindingCollection('nessus', machine)
  const hosts = openHostCollection()
  const complete = openCompleteness()
  const broken = new Set<string>()
  let version = ''
  let feedVersion = ''
  let isParanoid = false
  let host: HostSoFar | null = null

  const addressOf = (soFar: HostSoFar): string => soFar.tags.get('host-ip') ?? nameInUrl(soFar.name)

  const closeHost = (soFar: HostSoFar): void => {
    const address = addressOf(soFar)
    const examined = hosts.get(address)
    for (const name of [soFar.name, ...NAME_TAGS.map((tag) => soFar.tags.get(tag) ?? '')]) addName(examined, name)
    examined.operatingSystem = soFar.tags.get('operating-system') ?? examined.operatingSystem
    examined.startedAt = pickTime('earliest', examined.startedAt, readHostTime(soFar, 'HOST_START'))
    examined.endedAt = pickTime('latest', examined.endedAt, readHostTime(soFar, 'HOST_END'))
    examined.authenticated = judgeAuthentication(soFar) ?? examined.authenticated
    if (!isWhole(soFar, complete)) broken.add(address)
    examined.isComplete = !broken.has(address)
    version ||= soFar.information?.version ?? ''
    feedVersion ||= soFar.information?.feedVersion ?? ''
    isParanoid ||= soFar.information?.isParanoid ?? false
  }

  const visitor: XmlVisitor = {
    open: (path, attributes) => {
      if (path.length === 1) checkRoot(path[0] ?? '')
      if (path.length === 2) return path[1] === 'Report' ? 'enter' : 'skip'
      if (path.length === 3 && path[2] === 'ReportHost') {
        host = { name: attributes['name'] ?? '', tags: new Map(), checks: new Set(), information: null, isDead: false }
        return 'enter'
      }
      if (path.length === 4 && path[3] === 'HostProperties') return 'enter'
      if (path.length === 4 && path[3] === 'ReportItem') return 'record'
      if (path.length === 5 && path[3] === 'HostProperties' && path[4] === 'tag') return 'record'
      return path.length === 1 ? 'enter' : 'skip'
    },
    record: (_path, node) => {
      if (host === null) return
      if (node.name === 'tag') {
        noteTag(host, attribute(node, 'name'), node.text)
        return
      }
      const check = attribute(node, 'pluginID')
      if (WATCHED.has(check)) host.checks.add(check)
      if (check === SCAN_INFORMATION) host.information = readScanInformation(childText(node, 'plugin_output'))
      if (check === PING && childText(node, 'plugin_output').includes('considered as dead')) host.isDead = true
      findings.add(readReportItem(node, addressOf(host)))
    },
    close: (path) => {
      if (path.length === 3 && host !== null) closeHost(host)
      if (path.length === 3) host = null
    },
  }

  const { removedCharacters } = await readXml(chunks, visitor)
  if (removedCharacters > 0) {
    complete.note(`repaired: ${removedCharacters} control characters that XML forbids were taken out`)
  }
  if (hosts.list().length === 0) complete.doubt('the report names no host, so nothing was examined')
  if (findings.isFull()) complete.note('texts of later findings were left out: the report holds too many')
  const times = hosts.list()

  return {
    scanner: 'nessus',
    format: 'nessus-v2',
    scannerVersion: version,
    feedVersion,
    ...complete.judge(),
    startedAt: times.reduce<string | null>((time, { startedAt }) => pickTime('earliest', time, startedAt), null),
    endedAt: times.reduce<string | null>((time, { endedAt }) => pickTime('latest', time, endedAt), null),
    hosts: times,
    findings: findings
      .list()
      .map((finding) => (isParanoid ? { ...finding, confidence: PARANOID_CONFIDENCE } : finding)),
  }
}

const NAME_TAGS = ['host-fqdn', 'host-rdns', 'hostname', 'netbios-name']
const KEPT_TAGS = new Set([
  ...NAME_TAGS,
  'host-ip',
  'operating-system',
  'HOST_START',
  'HOST_END',
  'HOST_START_TIMESTAMP',
  'HOST_END_TIMESTAMP',
  'Credentialed_Scan',
])
const WATCHED = new Set([SCAN_INFORMATION, ...GOT_IN, ...DID_NOT_GET_IN])

function noteTag(host: HostSoFar, name: string, text: string): void {
  if (KEPT_TAGS.has(name) && !host.tags.has(name) && text.trim() !== '') host.tags.set(name, text.trim().slice(0, 500))
}

/** Web application scans name a URL where others name a host. */
function nameInUrl(name: string): string {
  return /^https?:\/\/([^/:@]{1,255})/.exec(name)?.[1] ?? name
}

function checkRoot(root: string): void {
  if (root === 'NessusClientData_v2') return

  const name = root.slice(0, 60)
  const message =
    root === 'NessusClientData'
      ? 'The report is in version 1 of the Nessus format, which is not read: export it again as .nessus (version 2).'
      : `The report is no whole .nessus file: it begins with <${name}>, not <NessusClientData_v2>.`
  throw new Fault('report_malformed', message)
}

/** Seconds since 1970 where there are, since the other tag has no time zone. */
function readHostTime(host: HostSoFar, name: 'HOST_START' | 'HOST_END'): string | null {
  return readScannerTime(host.tags.get(`${name}_TIMESTAMP`) ?? '') ?? readScannerTime(host.tags.get(name) ?? '')
}

function judgeAuthentication(host: HostSoFar): boolean | null {
  if ([...DID_NOT_GET_IN].some((check) => host.checks.has(check))) return false
  if ([...GOT_IN].some((check) => host.checks.has(check))) return true
  if (host.tags.get('Credentialed_Scan') === 'true') return true

  return host.information?.credentialed ?? null
}

function isWhole(host: HostSoFar, complete: Completeness): boolean {
  const doubts: string[] = []
  if (!host.tags.has('HOST_END')) doubts.push(`the scan of ${host.name} has no end (HOST_END)`)
  if (!host.checks.has(SCAN_INFORMATION)) {
    doubts.push(`no Nessus Scan Information (plugin ${SCAN_INFORMATION}) for ${host.name}: its scan may not have ended`)
  }
  if (host.isDead) doubts.push(`${host.name} did not answer and was not scanned`)
  for (const warning of host.information?.warnings ?? []) doubts.push(`Nessus warns about ${host.name}: ${warning}`)
  for (const doubt of doubts) complete.doubt(doubt)
  return doubts.length === 0
}
