import { describe, expect, it } from 'vitest'

import { findCanonicalCheck } from '#shared/domain/report/canonical-check.ts'

const on = (title: string, port: number | null = 443): string | null =>
  findCanonicalCheck({ title, port: { number: port, protocol: 'tcp' } })

/** The check, and titles that scanners give it. */
const SAME: readonly (readonly [string, number | null, ...string[]])[] = [
  ['certificate-expired', 443, 'SSL Certificate Expiry', 'SSL/TLS: Certificate Expired', 'Expired SSL Certificate'],
  [
    'certificate-self-signed',
    443,
    'SSL Self-Signed Certificate',
    'SSL/TLS: Certificate - Self-Signed Certificate Detection',
  ],
  [
    'certificate-wrong-host',
    443,
    'SSL Certificate with Wrong Hostname',
    'SSL/TLS: Certificate - Subject Common Name Does Not Match Server FQDN',
    'Mismatched SSL Certificate',
  ],
  [
    'certificate-weak-signature',
    443,
    'SSL Certificate Signed Using Weak Hashing Algorithm',
    'SSL/TLS: Certificate Signed Using A Weak Signature Algorithm',
  ],
  [
    'certificate-weak-key',
    443,
    'SSL Certificate Chain Contains RSA Keys Less Than 2048 bits',
    'SSL/TLS: Server Certificate / Certificate in Chain with RSA keys less than 2048 bits',
  ],
  [
    'tls-ssl-2-3',
    443,
    'SSL Version 2 and 3 Protocol Detection',
    'SSL/TLS: Deprecated SSLv2 and SSLv3 Protocol Detection',
  ],
  [
    'tls-1-0-1-1',
    443,
    'TLS Version 1.0 Protocol Detection',
    'SSL/TLS: Deprecated TLSv1.0 and TLSv1.1 Protocol Detection',
  ],
  [
    'tls-weak-ciphers',
    443,
    'SSL Weak Cipher Suites Supported',
    'SSL/TLS: Report Weak Cipher Suites',
    'Weak Cipher Suites Detection',
  ],
  ['tls-anonymous-ciphers', 443, 'SSL Anonymous Cipher Suites Supported', "SSL/TLS: Report 'Anonymous' Cipher Suites"],
  [
    'tls-weak-dh',
    443,
    'SSL/TLS Diffie-Hellman Modulus <= 1024 Bits (Logjam)',
    'SSL/TLS: Diffie-Hellman Key Exchange Insufficient DH Group Strength Vulnerability',
  ],
  [
    'hsts-missing',
    443,
    'HSTS Missing From HTTPS Server (RFC 6797)',
    'SSL/TLS: HTTP Strict Transport Security (HSTS) Missing',
  ],
  ['ssh-weak-mac', 22, 'SSH Weak MAC Algorithms Enabled', 'Weak MAC Algorithm(s) Supported (SSH)'],
  ['ssh-weak-encryption', 22, 'SSH Weak Algorithms Supported', 'Weak Encryption Algorithm(s) Supported (SSH)'],
  [
    'ssh-weak-key-exchange',
    22,
    'SSH Weak Key Exchange Algorithms Enabled',
    'Weak Key Exchange (KEX) Algorithm(s) Supported (SSH)',
  ],
  ['ftp-anonymous', 21, 'Anonymous FTP Enabled', 'Anonymous FTP Login Reporting', 'FTP Anonymous Login'],
  ['cleartext-login:ftp', 21, 'FTP Supports Cleartext Authentication', 'FTP Unencrypted Cleartext Login'],
  ['cleartext-login:pop3', 110, 'POP3 Cleartext Logins Permitted', 'POP3 Unencrypted Cleartext Login'],
  ['telnet-cleartext', 23, 'Unencrypted Telnet Server', 'Telnet Unencrypted Cleartext Login'],
  [
    'http-cleartext-login',
    80,
    'Web Server Transmits Cleartext Credentials',
    'Cleartext Transmission of Sensitive Information via HTTP',
  ],
  ['http-trace', 80, 'HTTP TRACE / TRACK Methods Allowed', 'HTTP Debugging Methods (TRACE/TRACK) Enabled'],
  ['smb-1', 445, 'Server Message Block (SMB) Protocol Version 1 Enabled', 'SMBv1 Server Detection'],
  ['smb-signing', 445, 'SMB Signing not required', 'SMB Signing Disabled'],
  [
    'snmp-default-community',
    161,
    'SNMP Agent Default Community Name (public)',
    'Report default community names of the SNMP Agent',
  ],
  [
    'dns-cache-snooping',
    53,
    'DNS Server Cache Snooping Remote Information Disclosure',
    'DNS Cache Snooping Vulnerability (UDP) - Active Check',
  ],
  ['tcp-timestamps', null, 'TCP/IP Timestamps Supported', 'TCP Timestamps Information Disclosure'],
  ['rlogin-service', 513, 'rlogin Service Detection', 'The rlogin service is running'],
  ['rexec-service', 512, 'rexecd Service Detection', 'The rexec service is running'],
  ['open-shell', 1524, 'Bind Shell Backdoor Detection', 'Possible Backdoor: Ingreslock'],
  [
    'backdoor:proftpd',
    21,
    'ProFTPD Compromised Source Packages Trojaned Distribution Backdoor',
    'ProFTPD Backdoor Unauthorized Access Vulnerability',
  ],
  [
    'guessed-login:postgresql',
    5432,
    'PostgreSQL Default Unpassworded Account',
    'PostgreSQL Default Credentials (PostgreSQL Protocol)',
  ],
  [
    'guessed-login:mysql',
    3306,
    'MySQL Unpassworded Account Check',
    'MySQL / MariaDB Default Credentials (MySQL Protocol)',
  ],
  ['open-login:redis', 6379, 'Redis Server Unprotected by Password Authentication', 'Redis Server No Password'],
  [
    'operating-system-end-of-life',
    null,
    'Unix Operating System Unsupported Version Detection',
    'Operating System (OS) End of Life (EOL) Detection',
    'Canonical Ubuntu Linux SEoL (14.04.x)',
  ],
  ['end-of-life:php', 80, 'PHP Unsupported Version Detection', 'PHP End of Life (EOL) Detection (Linux)'],
]

const APART: readonly (readonly [string, string])[] = [
  ['SSL Self-Signed Certificate', 'SSL/TLS: Certificate Expired'],
  ['SSL RC4 Cipher Suites Supported', 'SSL/TLS: Report Weak Cipher Suites'],
  ['SSL Medium Strength Cipher Suites Supported (SWEET32)', 'SSL/TLS: Report Weak Cipher Suites'],
  ['SSH Weak MAC Algorithms Enabled', 'Weak Host Key Algorithm(s) (SSH)'],
  ['SSH Weak MAC Algorithms Enabled', 'Weak Encryption Algorithm(s) Supported (SSH)'],
  ['Anonymous FTP Enabled', 'FTP Unencrypted Cleartext Login'],
  ['rlogin Service Detection', 'rlogin Passwordless Login'],
  ['UnrealIRCd Backdoor Detection', 'UnrealIRCd Authentication Spoofing Vulnerability'],
  ["VNC Server 'password' Password", 'VNC Server Unauthenticated Access'],
  ['Network Time Protocol (NTP) Mode 6 Scanner', 'NTP monlist Command Enabled'],
  ['vsftpd Smiley Face Backdoor', 'ProFTPD Backdoor Unauthorized Access Vulnerability'],
]

describe('the canonical check of a title', () => {
  const rows = SAME.map(([id, port, ...titles]) => ({ id, port, titles }))

  it.each(rows)('is $id on $port for every scanner', ({ id, port, titles }) => {
    expect(titles.map((title) => on(title, port))).toEqual(titles.map(() => id))
  })

  it.each(APART)('keeps "%s" and "%s" apart', (one, other) => {
    expect(on(one)).not.toBe(null)
    expect(on(other)).not.toBe(on(one))
  })

  it.each([
    'Samba NDR MS-RPC Request Heap-Based Remote Buffer Overflow',
    'ProFTPD anonymous FTP command denial of service',
    'Riello NetMan 204 Default Credentials (SSH)',
    'SSL Cipher Suites Supported',
    'SSL Certificate Information',
    'SSH Algorithms and Languages Supported',
    'Microsoft Windows Backdoor in a thing',
    'Service Detection',
    '',
    'constructor __proto__',
  ])('says nothing about "%s"', (title) => {
    expect(on(title)).toBe(null)
  })

  it('takes the end of a web server for none of the operating system', () => {
    expect(on('Operating System (OS) End of Life (EOL) Detection', 80)).not.toBe('operating-system-end-of-life')
    expect(on('nginx End of Life (EOL) Detection (Linux)', null)).toBe('end-of-life:nginx')
  })

  it('takes a title of a hundred thousand words in its stride', () => {
    expect(on(`${'ssl certificate '.repeat(100_000)} expired`)).toBe(null)
  })
})
