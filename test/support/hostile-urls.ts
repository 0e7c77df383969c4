/**
 * URLs that a hostile machine may name in its sources, none of which may cause a single packet, each with why; and lawful ones
 * that must pass. Made by rule: spellings of an address × the addresses that are not public, and the places where parsers differ.
 */
export interface HostileUrl {
  readonly url: string
  readonly why: string
}

const TARGETS = ['127.0.0.1', '10.0.0.5', '169.254.169.254', '192.168.1.1', '172.16.0.1', '100.64.0.1'] as const

const SPECIAL_V4 = [
  '0.0.0.0',
  '0.1.2.3',
  '10.255.255.255',
  '100.127.255.255',
  '100.100.100.200',
  '127.255.255.254',
  '169.254.0.1',
  '169.254.170.2',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.0.192',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.255.255',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.9',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  '168.63.129.16',
] as const

const SPECIAL_V6 = [
  '::',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::7f00:1',
  '::127.0.0.1',
  '100::1',
  'fc00::1',
  'fd00::1',
  'fd00:ec2::254',
  'fe80::1',
  'febf::1',
  'fec0::1',
  'ff02::1',
  '2001::1',
  '2001:10::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  '64:ff9b:1::1',
  '64:ff9b::127.0.0.1',
  '64:ff9b::a00:5',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::',
  '2002:0a00:0005::1',
  '4000::1',
  '5f00::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '::ffff:10.0.0.5',
  '::ffff:0:7f00:1',
  '0:0:0:0:0:ffff:127.0.0.1',
  '::ffff:0.0.0.0',
] as const

const LOCAL_NAMES = [
  'localhost',
  'LOCALHOST',
  'localhost.',
  'a.localhost',
  'localhost.localdomain',
  'metadata.google.internal',
  'printer.local',
  'metadata',
  'kubernetes.default.svc.cluster.local',
  'router.home.arpa',
  'x.onion',
  'intranet',
  'nas.lan',
  'corp.intranet',
] as const

const ODD_FORMS: readonly HostileUrl[] = [
  ...[
    'file:///etc/passwd',
    'ftp://mirror.example.org/',
    'gopher://mirror.example.org/',
    'data:text/plain,x',
    'cdrom:[x]/',
    'javascript:1',
    'unix:///run/docker.sock',
    'copy:/etc/',
    'mirror+file:/etc/apt/mirrors',
    'mirror://mirror.example.org/',
    'ssh://mirror.example.org/',
    'tor+http://mirror.example.org/',
    'blob:http://mirror.example.org/',
    'ws://mirror.example.org/',
    '//mirror.example.org/',
    '/debian',
    '',
  ].map((url) => ({
    url,
    why: 'not http or https',
  })),
  ...[
    'http://user@mirror.example.org/',
    'http://user:secret@mirror.example.org/',
    'http://@mirror.example.org/',
    'http://:@mirror.example.org/',
    'http://mirror.example.org@127.0.0.1/',
    'http://mirror.example.org:80@127.0.0.1/',
    'http://mirror.example.org%40127.0.0.1/',
    'http://127.0.0.1#@mirror.example.org/',
    'http://mirror.example.org&@127.0.0.1/',
  ].map((url) => ({ url, why: 'a user' })),
  ...[
    'http:/mirror.example.org/',
    'http:mirror.example.org/',
    'http:///mirror.example.org/',
    'http:////127.0.0.1/',
    'http:\\\\127.0.0.1\\',
    'http:/\\127.0.0.1/',
    'http://mirror.example.org\\@127.0.0.1/',
    'http://127.0.0.1\\.mirror.example.org/',
    'http://mirror.example.org/a\\b',
  ].map((url) => ({
    url,
    why: 'odd slashes',
  })),
  ...[
    ' http://mirror.example.org/',
    'http://mirror.example.org/ ',
    'ht\ntp://mirror.example.org/',
    'http://127.0.0.1\t/',
    'http://mirror.example.org/\r\nHost: x',
    'http://mirror.exa\u0000mple.org/',
    'http://mirror.example.org/\u0000',
    'http://mirror.example.org/a b',
  ].map((url) => ({ url, why: 'white space or control characters' })),
  ...[
    'http://',
    'http://[',
    'http://[::1',
    'http://:80/',
    'http://mirror.example.org:99999/',
    'http://mirror.example.org:-1/',
    'http://1.2.3.4.5/',
    'http://256.256.256.256/',
    'http://mirror..example.org/',
    'http://-/',
    'http://%00/',
    'http://[fe80::1%25eth0]/',
    'http://[::1%lo]/',
    `http://${'a'.repeat(64)}.example.org/`,
    `http://${'a.'.repeat(200)}example.org/`,
    `http://mirror.example.org/${'a'.repeat(5000)}`,
  ].map((url) => ({
    url,
    why: 'no valid URL',
  })),
  ...[22, 25, 0, 6379, 8080, 2375, 3306, 9200, 11211, 65535].map((port) => ({
    url: `http://mirror.example.org:${port}/`,
    why: 'port',
  })),
  { url: 'http://8.8.8.8:22/', why: 'port' },
  { url: 'https://[2606:4700:4700::1111]:8443/', why: 'port' },
  ...[
    'http://mirror.example.org/a/..%2f..%2fadmin',
    'http://mirror.example.org/%2e%2e%5cadmin',
    'http://mirror.example.org/.%252e%252fadmin',
    'http://mirror.example.org/a%00b',
  ].map((url) => ({ url, why: 'a path that climbs' })),
  { url: 'http://127。0。0。1/', why: 'ideographic full stops' },
  { url: 'http://①②⑦.⓪.⓪.①/', why: 'enclosed digits' },
  { url: 'http://１２７.0.0.1/', why: 'full-width digits' },
  { url: 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/', why: 'enclosed letters' },
  { url: 'http://127.0.0.%31/', why: 'an escaped digit' },
  { url: 'http://%6c%6fcalhost/', why: 'escaped letters' },
]

/** Every hostile URL. */
export function hostileUrls(): readonly HostileUrl[] {
  const spelled = TARGETS.flatMap((target) => spellings(target).map((url) => ({ url, why: `a spelling of ${target}` })))
  return [
    ...spelled,
    ...SPECIAL_V4.map((address) => ({ url: `http://${address}/`, why: 'special IPv4' })),
    ...SPECIAL_V6.map((address) => ({ url: `http://[${address}]/`, why: 'special IPv6' })),
    ...LOCAL_NAMES.map((name) => ({ url: `http://${name}/`, why: 'a local name' })),
    ...ODD_FORMS,
  ]
}

/** Names that lead where they must not, with what they resolve to. */
export const HOSTILE_ANSWERS: readonly { readonly name: string; readonly addresses: readonly string[] }[] = [
  { name: 'a.example.org', addresses: ['127.0.0.1'] },
  { name: 'b.example.org', addresses: ['8.8.8.8', '10.0.0.5'] },
  { name: 'c.example.org', addresses: ['169.254.169.254'] },
  { name: 'd.example.org', addresses: ['::1'] },
  { name: 'e.example.org', addresses: ['::ffff:127.0.0.1'] },
  { name: 'f.example.org', addresses: ['2606:4700:4700::1111', 'fd00::1'] },
  { name: 'g.example.org', addresses: ['0.0.0.0'] },
  { name: 'h.example.org', addresses: ['fe80::1%eth0'] },
  { name: 'i.example.org', addresses: ['64:ff9b::7f00:1'] },
  { name: 'j.example.org', addresses: ['127.1'] },
  { name: 'k.example.org', addresses: ['100.64.0.1', '1.1.1.1'] },
  { name: 'l.example.org', addresses: ['not an address'] },
]

export const LAWFUL_URLS = [
  'http://mirror.example.org/debian/dists/bookworm/InRelease',
  'https://mirror.example.org/debian/',
  'HTTP://MIRROR.EXAMPLE.ORG/Debian/',
  'http://mirror.example.org:80/debian',
  'https://mirror.example.org:443/debian',
  'http://mirror.example.org:443/debian',
  'http://mirror.example.org./debian/',
  'http://8.8.8.8/',
  'https://[2606:4700:4700::1111]/x',
  'http://[::ffff:8.8.8.8]/x',
  'http://bücher.example.org/debian/',
  'https://mirror.example.org/group%2Fproject/-/packages/debian/dists/stable/InRelease',
  'http://mirror.example.org/pool/a/apt/apt_1%3a2.0~rc1+b1_amd64.deb',
  'http://mirror.example.org/a/../b/./c',
  'http://mirror_1.example.org/debian/?snapshot=20260101T000000Z',
  'http://172.32.0.1/',
  'http://172.15.255.255/',
  'http://100.128.0.1/',
  'http://11.0.0.1/',
] as const

/** The many ways in which URL parsers accept one IPv4 address. */
function spellings(address: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number)
  const whole = ((a * 256 + b) * 256 + c) * 256 + d
  return [
    address,
    `${address}.`,
    `${whole}`,
    hex(whole),
    octal(whole),
    [a, b, c, d].map(octal).join('.'),
    [a, b, c, d].map(hex).join('.'),
    [hex(a), b, octal(c), d].join('.'),
    `${a}.${(b * 256 + c) * 256 + d}`,
    `${a}.${b}.${c * 256 + d}`,
    `[::ffff:${address}]`,
    `[::${address}]`,
  ].map((host) => `http://${host}/latest/meta-data/`)
}

function octal(part: number): string {
  return `0${part.toString(8)}`
}

function hex(part: number): string {
  return `0x${part.toString(16)}`
}
