/** Small reports by hand, each complete as it stands: a test takes one part away or puts one in. */

export function madeNessus(items: string = madeItem(), host: string = madeHostTags()): string {
  return `<?xml version="1.0" ?>
<NessusClientData_v2><Policy><policyName>p</policyName></Policy><Report name="r" xmlns:cm="http://www.nessus.org/cm">
<ReportHost name="vm.example.org"><HostProperties>${host}</HostProperties>${SCAN_INFORMATION}${items}</ReportHost>
</Report></NessusClientData_v2>
`
}

export function madeHostTags(tags: Readonly<Record<string, string>> = {}): string {
  const all = {
    'host-ip': '10.0.0.5',
    'operating-system': 'Linux',
    HOST_START_TIMESTAMP: '1700000000',
    HOST_END_TIMESTAMP: '1700000300',
    HOST_END: 'Tue Nov 14 22:18:20 2023',
    ...tags,
  }
  return Object.entries(all)
    .map(([name, value]) => `<tag name="${name}">${value}</tag>`)
    .join('')
}

export function madeItem(inner = '', attributes: Readonly<Record<string, string>> = {}): string {
  const all = {
    port: '443',
    svc_name: 'www',
    protocol: 'tcp',
    severity: '3',
    pluginID: '1000',
    pluginName: 'A flaw',
    pluginFamily: 'Web Servers',
    ...attributes,
  }
  const text = Object.entries(all)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')
  return `<ReportItem${text}><risk_factor>High</risk_factor>${inner}</ReportItem>`
}

export const SCAN_INFORMATION = `<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings"><risk_factor>None</risk_factor><plugin_output>Information about this scan :

Nessus version : 10.4.1
Plugin feed version : 202311140000
Paranoia level : 1
Credentialed checks : no
</plugin_output></ReportItem>`

export interface MadeOpenvas {
  results?: string
  errors?: string
  status?: string
  end?: string
  hosts?: string
  counts?: string
  errorCount?: number
  hostCount?: number
  firstResult?: number
  wrap?: (report: string) => string
}

export function madeOpenvas(parts: MadeOpenvas = {}): string {
  const results = parts.results ?? madeResult()
  const count = results.split('<result ').length - 1
  const counts = parts.counts ?? `${count}<full>${count}</full><filtered>${count}</filtered>`
  const report = `<report id="r"><gmp><version>22.7</version></gmp><scan_run_status>${parts.status ?? 'Done'}</scan_run_status>
<hosts><count>${parts.hostCount ?? 1}</count></hosts><scan_start>2026-01-02T03:04:05Z</scan_start><results start="${parts.firstResult ?? 1}" max="-1">${results}</results><result_count>${counts}</result_count>
${parts.hosts ?? madeHost()}<scan_end>${parts.end ?? '2026-01-02T04:04:05+01:00'}</scan_end><errors><count>${parts.errorCount ?? 0}</count>${parts.errors ?? ''}</errors></report>`
  const wrap =
    parts.wrap ??
    ((text) => `<get_reports_response status="200" status_text="OK"><report>${text}</report></get_reports_response>`)
  return wrap(report)
}

export function madeHost(inner = '', end = '2026-01-02T03:30:00Z'): string {
  return `<host><ip>10.0.0.5</ip><start>2026-01-02T03:05:00Z</start><end>${end}</end>${inner}</host>`
}

export interface MadeResult {
  port?: string
  severity?: string
  threat?: string
  nvt?: string
  oid?: string
  more?: string
}

export function madeResult(parts: MadeResult = {}): string {
  const nvt =
    parts.nvt ??
    '<tags>cvss_base_vector=CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N|summary=What it is.</tags><refs><ref type="cve" id="CVE-2021-41773"/></refs>'
  return `<result id="x"><name>A flaw</name><creation_time>2026-01-02T03:10:00Z</creation_time><host>10.0.0.5<hostname>vm</hostname></host><port>${parts.port ?? '8080/tcp'}</port><nvt oid="${parts.oid ?? '1.3.6.1.4.1.25623.1.0.1'}"><type>nvt</type><name>A flaw</name><family>Web Servers</family>${nvt}</nvt><threat>${parts.threat ?? 'High'}</threat><severity>${parts.severity ?? '7.5'}</severity><qod><value>80</value></qod><description>seen</description>${parts.more ?? ''}</result>`
}

export function madeNmap(
  parts: { hosts?: string; finished?: string; root?: string; info?: string; up?: number } = {},
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<!-- Nmap 7.93 -->
<nmaprun scanner="nmap" args="nmap -oX -" start="1700000000" version="7.93"${parts.root ?? ''}>${parts.info ?? '<scaninfo type="syn" protocol="tcp" numservices="1000" services="1-1000"/>'}
${parts.hosts ?? madeNmapHost()}<runstats>${parts.finished ?? '<finished time="1700000060" exit="success"/>'}<hosts up="${parts.up ?? 1}" down="0" total="1"/></runstats></nmaprun>
`
}

export function madeNmapHost(
  inner = madeNmapPort(),
  attributes = '',
  status = '<status state="up" reason="arp-response"/>',
): string {
  return `<host starttime="1700000001" endtime="1700000050"${attributes}>${status}<address addr="10.0.0.5" addrtype="ipv4"/><address addr="02:00:00:00:00:01" addrtype="mac"/><hostnames><hostname name="vm" type="PTR"/></hostnames><ports><extraports state="closed" count="999"/>${inner}</ports></host>`
}

export function madeNmapPort(inner = '', state = 'open'): string {
  return `<port protocol="tcp" portid="22"><state state="${state}" reason="syn-ack"/><service name="ssh" product="OpenSSH" version="7.4"><cpe>cpe:/a:openbsd:openssh:7.4</cpe></service>${inner}</port>`
}

export function madeNuclei(changes: Readonly<Record<string, unknown>> = {}): string {
  return `${JSON.stringify({
    'template-id': 'CVE-2021-41773',
    info: {
      name: 'Apache 2.4.49 - Path Traversal',
      severity: 'high',
      description: 'A flaw.',
      reference: ['https://example.org/'],
      tags: ['cve', 'kev'],
      classification: {
        'cve-id': ['cve-2021-41773'],
        'cwe-id': ['cwe-22'],
        'cvss-metrics': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
        'cvss-score': 7.5,
        'epss-score': 0.97,
      },
    },
    'matcher-name': 'traversal',
    type: 'http',
    host: 'http://10.0.0.5:8080',
    'matched-at': 'http://10.0.0.5:8080/icons/.%2e/etc/passwd?x=1',
    'extracted-results': ['root:x:0:0'],
    request: 'GET / HTTP/1.1\r\nAuthorization: Bearer s3cr3t-token',
    response: 'HTTP/1.1 200 OK\r\nSet-Cookie: s3cr3t-token',
    'curl-command': "curl -H 'Authorization: Bearer s3cr3t-token'",
    ip: '10.0.0.5',
    timestamp: '2026-01-02T03:04:05.123456789+02:00',
    'matcher-status': true,
    ...changes,
  })}\n`
}

/** The last line of `-stats-json`. */
export function madeStatistics(changes: Readonly<Record<string, string>> = {}): string {
  return `${JSON.stringify({
    duration: '0:00:05',
    errors: '1',
    hosts: '1',
    matched: '1',
    percent: '100',
    requests: '20',
    rps: '4',
    startedAt: '2026-01-02T03:04:00Z',
    templates: '10',
    total: '20',
    ...changes,
  })}\n`
}
