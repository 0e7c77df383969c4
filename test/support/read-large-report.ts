import { readNessusReport } from '#scanners/nessus/read-report.ts'
import { readOpenvasReport } from '#scanners/openvas/read-report.ts'

/**
 * Run as a process of its own: reads a made-up report of 300 hosts and so many MB, and prints how much memory that took at most (MiB), with
 * what it had before. `same`: the texts of a check are the same on each host, as in real reports. `unique`: none is like another.
 */
const kind = process.argv[2] === 'openvas' ? 'openvas' : 'nessus'
const megabytes = Number(process.argv[3] ?? '100')
const isUnique = process.argv[4] === 'unique'
const HOSTS = 300
const CHARACTERS_PER_ENTRY = 3000

const FILLING = 'What this check looks for and what follows from it, at some length, as descriptions are. '.repeat(20)
const entriesPerHost = Math.round((megabytes * 1_000_000) / HOSTS / CHARACTERS_PER_ENTRY)

function filling(host: number, entry: number): string {
  return isUnique ? `${host}-${entry} `.repeat(180) : FILLING
}

function nessusItem(host: number, entry: number): string {
  return `<ReportItem port="${1 + (entry % 60_000)}" svc_name="www" protocol="tcp" severity="2" pluginID="${10_000 + entry}" pluginName="Check ${entry}" pluginFamily="General"><description>${filling(host, entry)}</description><risk_factor>Medium</risk_factor><solution>Update ${entry}.</solution><cve>CVE-2020-${1000 + entry}</cve><cvss3_base_score>5.5</cvss3_base_score><plugin_output>Seen on ${host}: ${'0123456789'.repeat(80)}</plugin_output></ReportItem>`
}

function openvasResult(host: number, entry: number): string {
  return `<result id="${host}-${entry}"><name>Check ${entry}</name><host>10.0.${host >> 8}.${host & 255}</host><port>${1 + (entry % 60_000)}/tcp</port><nvt oid="1.3.6.1.4.1.25623.1.0.${entry}"><type>nvt</type><name>Check ${entry}</name><tags>cvss_base_vector=CVSS:3.1/AV:N|summary=${filling(host, entry)}|solution=Update ${entry}.</tags><refs><ref type="cve" id="CVE-2020-${1000 + entry}"/></refs></nvt><threat>Medium</threat><severity>5.5</severity><qod><value>80</value></qod><description>Seen on ${host}: ${'0123456789'.repeat(80)}</description></result>`
}

async function* makeNessus(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('<NessusClientData_v2><Report name="large">')
  for (let host = 0; host < HOSTS; host += 1) {
    yield Buffer.from(
      `<ReportHost name="10.0.${host >> 8}.${host & 255}"><HostProperties><tag name="HOST_END">Mon Jan  5 10:05:00 2026</tag></HostProperties><ReportItem port="0" protocol="tcp" severity="0" pluginID="19506"/>`,
    )
    for (let entry = 0; entry < entriesPerHost; entry += 1) yield Buffer.from(nessusItem(host, entry))
    yield Buffer.from('</ReportHost>')
  }
  yield Buffer.from('</Report></NessusClientData_v2>')
}

async function* makeOpenvas(): AsyncGenerator<Uint8Array> {
  const results = HOSTS * entriesPerHost
  yield Buffer.from('<report><report><scan_run_status>Done</scan_run_status><results start="1" max="-1">')
  for (let host = 0; host < HOSTS; host += 1) {
    for (let entry = 0; entry < entriesPerHost; entry += 1) yield Buffer.from(openvasResult(host, entry))
  }
  yield Buffer.from(
    `</results><result_count>${results}<full>${results}</full><filtered>${results}</filtered></result_count>`,
  )
  for (let host = 0; host < HOSTS; host += 1) {
    yield Buffer.from(
      `<host><ip>10.0.${host >> 8}.${host & 255}</ip><start>2026-01-05T10:00:00Z</start><end>2026-01-05T10:05:00Z</end></host>`,
    )
  }
  yield Buffer.from('<scan_end>2026-01-05T10:06:00Z</scan_end></report></report>')
}

async function* count(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    bytes += chunk.length
    yield chunk
  }
}

let bytes = 0
const before = process.resourceUsage().maxRSS
const started = process.cpuUsage()
const { completeness, reasons, hosts, findings } =
  kind === 'nessus'
    ? await readNessusReport(count(makeNessus()), null)
    : await readOpenvasReport(count(makeOpenvas()), null)
const { user, system } = process.cpuUsage(started)
process.stdout.write(
  `${JSON.stringify({
    bytes,
    completeness,
    reasons,
    hosts: hosts.length,
    findings: findings.length,
    cpuMs: Math.round((user + system) / 1000),
    beforeMib: Math.round(before / 1024),
    mostMib: Math.round(process.resourceUsage().maxRSS / 1024),
  })}\n`,
)
