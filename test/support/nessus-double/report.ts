/** A small `.nessus` of a scan of these addresses: one vulnerability and the scan's own description for each. */
export function nessusReport(addresses: readonly string[], isWhole: boolean): string {
  const hosts = addresses.map(
    (address) => `<ReportHost name="${address}">
<HostProperties>
<tag name="host-ip">${address}</tag>
<tag name="HOST_START_TIMESTAMP">1790000000</tag>
<tag name="HOST_START">Mon Sep 21 13:33:20 2026</tag>
${isWhole ? '<tag name="HOST_END_TIMESTAMP">1790000060</tag>\n<tag name="HOST_END">Mon Sep 21 13:34:20 2026</tag>' : ''}
</HostProperties>
<ReportItem port="22" svc_name="ssh" protocol="tcp" severity="2" pluginID="900001" pluginName="Old SSH server" pluginFamily="Misc.">
<cvss3_base_score>5.3</cvss3_base_score>
<cve>CVE-2016-6210</cve>
<description>An old server answers.</description>
<risk_factor>Medium</risk_factor>
<solution>Upgrade it.</solution>
<plugin_output>OpenSSH_7.2p2</plugin_output>
</ReportItem>
${isWhole ? INFORMATION : ''}
</ReportHost>`,
  )
  return `<?xml version="1.0" ?>
<NessusClientData_v2>
<Policy><policyName>double</policyName></Policy>
<Report name="double">
${hosts.join('\n')}
</Report>
</NessusClientData_v2>
`
}

const INFORMATION = `<ReportItem port="0" svc_name="general" protocol="tcp" severity="0" pluginID="19506" pluginName="Nessus Scan Information" pluginFamily="Settings">
<description>Information about this scan.</description>
<risk_factor>None</risk_factor>
<plugin_output>Information about this scan :

Nessus version : 10.8.3
Plugin feed version : 202609210000
Scan duration : 60 sec
</plugin_output>
</ReportItem>`
