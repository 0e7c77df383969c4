import type { DoubleTask, Outcome } from './model.ts'

/** What is inside gvmd's answer to get_reports. */
export function reportOf({ status, target }: DoubleTask, id: string, outcome: Outcome): string {
  const hosts = outcome === 'never-ran' ? [] : target.hosts.split(',')
  const results = outcome === 'never-ran' ? '' : hosts.map((host) => result(host)).join('')
  const isDone = status === 'Done'
  const end = isDone ? '2026-11-21T10:05:00Z' : ''
  const error =
    outcome === 'never-ran'
      ? '<error><host></host><port></port><description>Scan process Failure</description><severity>-3.0</severity></error>'
      : ''
  const count = hosts.length
  return `<report id="${id}"><report id="${id}"><gmp><version>22.7</version></gmp><scan_run_status>${status}</scan_run_status><scan_start>2026-11-21T10:00:00Z</scan_start><results start="1" max="-1">${results}</results><result_count>${count}<full>${count}</full><filtered>${count}</filtered></result_count>${hosts
    .map((host) => `<host><ip>${host}</ip><start>2026-11-21T10:00:10Z</start><end>${end}</end></host>`)
    .join(
      '',
    )}<scan_end>${end}</scan_end><errors><count>${error === '' ? 0 : 1}</count>${error}</errors></report></report>`
}

function result(host: string): string {
  return `<result id="5a0f0000-0000-4000-8000-0000000000aa"><name>FTP Server of an Old Version</name><host>${host}</host><port>2121/tcp</port><nvt oid="1.3.6.1.4.1.25623.1.0.999001"><type>nvt</type><name>FTP Server of an Old Version</name><family>FTP</family><cvss_base>7.5</cvss_base><severities score="7.5"><severity type="cvss_base_v3"><score>7.5</score><value>CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N</value></severity></severities><refs><ref type="cve" id="CVE-2020-0001"/></refs></nvt><threat>High</threat><severity>7.5</severity><qod><value>80</value></qod><description>220 banner</description></result>`
}
