/** A small report as nmap writes it: one host, one open port, one script that found something. */
export const NMAP_REPORT = Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -sV -oX - 10.0.0.1" start="1767225600" startstr="" version="7.93" xmloutputversion="1.05">
<scaninfo type="connect" protocol="tcp" numservices="1000" services="1-1000"/>
<host starttime="1767225600" endtime="1767225660"><status state="up" reason="user-set" reason_ttl="0"/>
<address addr="10.0.0.1" addrtype="ipv4"/>
<hostnames></hostnames>
<ports><port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="0"/><service name="ssh" method="probed" conf="10"/></port>
</ports>
</host>
<runstats><finished time="1767225660" timestr="" summary="" elapsed="60" exit="success"/><hosts up="1" down="0" total="1"/>
</runstats>
</nmaprun>
`)
