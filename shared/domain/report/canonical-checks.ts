/** A well-known check that scanners give names of their own. */
export interface CanonicalCheck {
  readonly id: string
  /** Of each row one of the phrases must be in the title (as `spellTitle` spells it). */
  readonly all: readonly (readonly string[])[]
  /** None of these may be. */
  readonly none?: readonly string[]
  /** Also titles that name a flaw (`overflow`, `denial of service`) count: the check's own name has such a word. */
  readonly mayNameFlaw?: true
  /** Only of the machine as a whole. */
  readonly isOfHost?: true
}

const CERTIFICATE = ['certificate', 'certificates', 'cert']
const CIPHERS = ['cipher', 'ciphers', 'cipher suites', 'cipher suite']
const CLEARTEXT = ['cleartext', 'clear text', 'unencrypted', 'plaintext', 'plain text']
const SSH = ['ssh', 'sshd', 'ssh2']
const WEAK = ['weak', 'insecure']
const MISSING = ['missing', 'not set', 'not enforced', 'not enabled', 'lack of', 'without']
const IS_THERE = ['service', 'running', 'detection', 'detected', 'enabled', 'reporting']

/**
 * States and settings that are checked by every scanner under another title, by what the titles have in common. Only what means one thing
 * on one port belongs here; flaws of a software have CVEs and are told by these.
 * Sources: the titles of Nessus plugins, Greenbone VTs, nmap scripts and nuclei templates.
 */
export const CANONICAL_CHECKS: readonly CanonicalCheck[] = [
  {
    id: 'certificate-expired',
    all: [CERTIFICATE, ['expired', 'expiry']],
    none: ['soon', 'future', 'near', 'upcoming'],
  },
  { id: 'certificate-self-signed', all: [CERTIFICATE, ['self signed', 'selfsigned']] },
  {
    id: 'certificate-untrusted',
    all: [
      CERTIFICATE,
      ['cannot be trusted', 'not trusted', 'untrusted root', 'untrusted certificate', 'untrusted ssl certificate'],
    ],
    none: ['self signed', 'dangerous'],
  },
  {
    id: 'certificate-wrong-host',
    all: [
      CERTIFICATE,
      [
        'wrong hostname',
        'commonname mismatch',
        'hostname mismatch',
        'name mismatch',
        'mismatched',
        'common name does not match',
        'hostname discrepancy',
      ],
    ],
  },
  {
    id: 'certificate-weak-signature',
    all: [
      CERTIFICATE,
      ['weak hashing algorithm', 'weak signature algorithm', 'weak signature', 'weak hash algorithm', 'weak hashing'],
    ],
  },
  {
    id: 'certificate-weak-key',
    all: [
      CERTIFICATE,
      ['rsa keys less than 2048 bits', 'weak rsa key', 'weak public key', 'insufficient key size', 'weak key'],
    ],
  },
  {
    id: 'tls-ssl-2-3',
    all: [
      ['sslv2', 'sslv3', 'ssl version 2', 'ssl version 3', 'ssl 2', 'ssl 3'],
      ['detection', 'detected', 'deprecated', 'supported', 'enabled', 'protocol'],
    ],
    none: ['poodle', 'drown', 'padding', 'cipher', 'ciphers', 'beast'],
  },
  {
    id: 'tls-1-0-1-1',
    all: [
      ['tlsv1 0', 'tlsv1 1', 'tls version 1 0', 'tls version 1 1', 'tls 1 0', 'tls 1 1'],
      ['detection', 'detected', 'deprecated', 'supported', 'enabled', 'protocol'],
    ],
    none: ['beast', 'freak', 'cipher', 'ciphers', 'padding'],
  },
  {
    id: 'tls-weak-ciphers',
    all: [CIPHERS, WEAK],
    none: ['ssh', 'rc4', 'sweet32', 'medium strength', 'anonymous', 'null', 'export', 'logjam', 'freak', 'rdp', 'ipmi'],
  },
  {
    id: 'tls-medium-ciphers',
    all: [
      [...CIPHERS, 'block size', 'block ciphers'],
      ['medium strength', 'sweet32', '64 bit block'],
    ],
    none: ['ssh'],
  },
  { id: 'tls-rc4-ciphers', all: [CIPHERS, ['rc4']], none: ['ssh'] },
  { id: 'tls-anonymous-ciphers', all: [CIPHERS, ['anonymous']], none: ['ssh'] },
  { id: 'tls-null-ciphers', all: [CIPHERS, ['null']], none: ['ssh'] },
  {
    id: 'tls-weak-dh',
    all: [
      ['diffie hellman', 'dh', 'dhe', 'logjam'],
      [
        'modulus 1024 bits',
        'insufficient dh group strength',
        'insufficient group strength',
        'logjam',
        'weak dh',
        'small subgroup',
        'weak diffie hellman',
      ],
    ],
    none: ['ssh'],
    mayNameFlaw: true,
  },
  { id: 'hsts-missing', all: [['hsts', 'strict transport security'], MISSING] },

  { id: 'ssh-weak-mac', all: [SSH, ['mac algorithms', 'mac algorithm', 'macs'], WEAK] },
  {
    id: 'ssh-weak-encryption',
    all: [SSH, ['encryption algorithms', 'encryption algorithm', 'weak algorithms supported'], WEAK],
  },
  { id: 'ssh-weak-key-exchange', all: [SSH, ['key exchange', 'kex'], WEAK] },
  {
    id: 'ssh-weak-host-key',
    all: [SSH, ['host key', 'host keys', 'hostkey'], [...WEAK, 'small']],
    none: ['debian', 'random'],
  },
  {
    id: 'ssh-protocol-1',
    all: [['ssh 1', 'ssh protocol version 1', 'sshv1', 'ssh protocol v1', 'ssh version 1']],
    none: ['versions supported'],
  },

  {
    id: 'ftp-anonymous',
    all: [['ftp'], ['anonymous', 'anon']],
    none: ['writable', 'writeable', 'write access'],
  },
  { id: 'ftp-anonymous-writable', all: [['ftp'], ['anonymous', 'anon'], ['writable', 'writeable', 'write access']] },
  { id: 'telnet-cleartext', all: [['telnet'], CLEARTEXT] },
  { id: 'vnc-cleartext', all: [['vnc'], CLEARTEXT] },
  { id: 'snmp-cleartext', all: [['snmp'], [...CLEARTEXT, 'snmpv1', 'snmpv2c', 'v1 v2c']], none: ['community'] },
  {
    id: 'http-cleartext-login',
    all: [
      ['http', 'web server', 'web application'],
      CLEARTEXT,
      ['credentials', 'sensitive information', 'login', 'password', 'passwords', 'authentication'],
    ],
    none: ['ftp', 'proxy', 'cookie'],
  },
  {
    id: 'http-trace',
    all: [
      [
        'trace track',
        'http trace',
        'trace method',
        'trace methods',
        'trace is enabled',
        'debugging methods',
        'track methods',
        'trace http method',
      ],
    ],
    none: ['asp net', 'stack trace'],
  },
  {
    id: 'http-directory-listing',
    all: [
      [
        'browsable web directories',
        'directory listing',
        'directory indexing',
        'browsable directories',
        'enabled directory listing',
      ],
    ],
    none: ['ftp'],
  },
  { id: 'http-phpinfo', all: [['phpinfo', 'phpinfo php', 'info php']] },
  {
    id: 'http-basic-cleartext',
    all: [
      ['basic authentication', 'basic auth'],
      ['without https', 'over http', 'cleartext', 'unencrypted'],
    ],
  },

  { id: 'smb-signing', all: [['smb', 'smb2', 'smbv2', 'smb security mode'], ['signing']] },
  {
    id: 'smb-1',
    all: [['smbv1', 'smb 1', 'smb 1 0', 'smb protocol version 1', 'smb v1', 'message block smb protocol version 1']],
    none: ['ransomware', 'eternalblue'],
  },
  { id: 'smb-null-session', all: [['smb', 'netbios'], ['null session']], none: ['enumeration', 'sid'] },
  {
    id: 'snmp-default-community',
    all: [['snmp'], ['community', 'communities'], ['default', 'public', 'known', 'guessable', 'weak']],
  },
  { id: 'nfs-world-readable', all: [['nfs'], ['world readable', 'everyone', 'any host']] },
  {
    id: 'x11-open',
    all: [
      ['x server', 'x11 server', 'x11', 'x window'],
      ['unauthenticated', 'open', 'no authentication', 'without authentication'],
    ],
  },
  { id: 'ldap-null-base', all: [['ldap'], ['null base', 'null bases']] },
  { id: 'ldap-anonymous-bind', all: [['ldap'], ['anonymous bind', 'anonymous binds', 'null bind', 'anonymous login']] },
  {
    id: 'rdp-no-nla',
    all: [
      ['terminal services', 'rdp', 'remote desktop'],
      ['network level authentication', 'nla'],
    ],
  },
  { id: 'dns-cache-snooping', all: [['dns'], ['cache snooping']], mayNameFlaw: true },
  { id: 'dns-zone-transfer', all: [['dns'], ['zone transfer', 'zone transfers', 'axfr']], mayNameFlaw: true },
  {
    id: 'dns-recursion',
    all: [['dns'], ['recursion', 'recursive query', 'recursive queries', 'open resolver']],
    mayNameFlaw: true,
  },
  { id: 'ntp-mode-6', all: [['ntp'], ['mode 6']], mayNameFlaw: true },
  { id: 'ntp-mode-7', all: [['ntp'], ['mode 7', 'monlist']], mayNameFlaw: true },
  { id: 'smtp-open-relay', all: [['open relay', 'open mail relay', 'open mail relaying', 'mail relaying allowed']] },
  { id: 'smtp-vrfy-expn', all: [['vrfy', 'expn']], mayNameFlaw: true },
  { id: 'tcp-timestamps', all: [['tcp'], ['timestamps', 'timestamp']], none: ['icmp'], mayNameFlaw: true },
  { id: 'icmp-timestamp', all: [['icmp'], ['timestamp']], mayNameFlaw: true },

  { id: 'rlogin-service', all: [['rlogin', 'rlogind'], IS_THERE], none: ['passwordless', 'without password'] },
  { id: 'rsh-service', all: [['rsh', 'rshd'], IS_THERE], none: ['passwordless', 'without password'] },
  { id: 'rexec-service', all: [['rexec', 'rexecd'], IS_THERE] },
  { id: 'finger-service', all: [['finger'], IS_THERE], none: ['redirection', 'zero', 'backdoor'] },
  { id: 'echo-service', all: [['echo service', 'echo server', 'echo port']] },
  { id: 'chargen-service', all: [['chargen'], [...IS_THERE, 'udp', 'tcp']] },
  { id: 'daytime-service', all: [['daytime service', 'daytime server']] },
  { id: 'discard-service', all: [['discard service', 'discard server']] },
  { id: 'quote-of-the-day-service', all: [['qotd', 'quote of the day', 'quotd']] },

  {
    id: 'open-shell',
    all: [['backdoor'], ['shell', 'bind shell', 'ingreslock', 'bindshell']],
    none: ['command', 'php', 'web shell'],
  },
  {
    id: 'operating-system-end-of-life',
    isOfHost: true,
    all: [
      [
        'operating system',
        'os',
        'microsoft windows',
        'windows os',
        'windows xp',
        'windows server',
        'ubuntu linux',
        'debian linux',
      ],
      ['unsupported', 'end of life', 'eol', 'seol', 'end of support', 'end of security support'],
    ],
    none: [
      'php',
      'apache',
      'openssl',
      'web server',
      'mysql',
      'postgresql',
      'database',
      'browser',
      'java',
      'python',
      'office',
      'internet explorer',
    ],
  },
]
