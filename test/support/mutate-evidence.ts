import { gzipSync } from 'node:zlib'
import { BASE_FILES, stanza } from './hostile-case.ts'
import { longNameOf, paxOf, tarOf, type TarMember } from './tar-builder.ts'

type Next = (below: number) => number

/** What parsers trip over: ends, separators, names of properties, numbers at the edge. */
const WORDS = [
  '\0',
  '\n',
  '\n\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  '=',
  '/',
  '../',
  '[',
  ']',
  '"',
  "'",
  '{',
  '}',
  ';',
  '#',
  '//',
  '/*',
  '*/',
  '\\',
  '$(ARCH)',
  '__proto__',
  'constructor',
  'Package: ',
  'Status: ',
  'Signed-By:',
  '-----BEGIN PGP PUBLIC KEY BLOCK-----',
  'deb ',
  '#clear',
  '#include',
  'http://',
  '0',
  '-1',
  '99999999999999999999',
  '\u00ff\u00fe',
  '\u001b[2J',
  '\u202e',
  '~',
  '(>= ',
  '|',
  ',',
  '*',
  '/(a|aa)*b/',
  'x'.repeat(5000),
]

/** Twenty lawful machines, each with something of its own. */
export const SEEDS: readonly (readonly TarMember[])[] = [
  {},
  {
    'etc/apt/sources.list.d/a.sources':
      'Types: deb deb-src\nURIs: http://mirror.example.org/y\nSuites: a b\nComponents: main\nSigned-By: /etc/apt/keyrings/a.asc\n',
  },
  {
    'etc/apt/sources.list.d/b.sources':
      'Types: deb\nURIs: http://mirror.example.org/z/\nSuites: ./\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n -----END PGP PUBLIC KEY BLOCK-----\n',
  },
  {
    'etc/apt/sources.list':
      'deb [arch=amd64,i386 trusted=yes by-hash=force check-valid-until=no] http://mirror.example.org/x bookworm main contrib # x\ndeb-src http://mirror.example.org/x bookworm main\n',
  },
  {
    'etc/apt/sources.list':
      'deb cdrom:[Debian 12 "x"]/ bookworm main\ndeb file:/srv/x ./\ndeb mirror+file:/etc/apt/mirrors/m bookworm main\n',
    'etc/apt/mirrors/m': 'http://mirror.example.org/debian\tpriority:1\n',
  },
  {
    'etc/apt/preferences':
      'Explanation: x\nPackage: *\nPin: release n=bookworm, o=Debian\nPin-Priority: 990\n\nPackage: /^a.*/ src:b c:any\nPin: version 1.*\nPin-Priority: -1\n',
  },
  { 'etc/apt/preferences.d/a.pref': 'Package: hello\nPin: origin "mirror.example.org"\nPin-Priority: 100\n' },
  {
    'etc/apt/apt.conf':
      'APT { Default-Release "stable"; Architectures { "amd64"; "i386"; }; };\n// x\n/* y\nz */ Acquire::Check-Valid-Until "false";\n',
  },
  {
    'etc/apt/apt.conf.d/10x':
      '#clear APT::Architectures;\nAPT::Architectures:: "amd64";\nAPT::Get::Always-Include-Phased-Updates "1";\n',
  },
  { 'var/lib/dpkg/arch': 'amd64\ni386\n' },
  {
    'var/lib/dpkg/status': `${stanza('libc6', 'Multi-Arch: same\nSource: glibc (2.36-9)\nDepends: libgcc-s1, a (>= 1.0) | b\n')}\n${stanza('apt')}\n`,
  },
  {
    'var/lib/dpkg/status': `${stanza('held').replace('install ok', 'hold ok')}\n${stanza('rc').replace('install ok installed', 'deinstall ok config-files')}\n`,
  },
  {
    'var/lib/dpkg/status': null,
    'var/lib/dpkg/status.d/base':
      'Package: base-files\nVersion: 12.4\nArchitecture: amd64\nMaintainer: x\nDescription: y\n z\n',
  },
  { 'var/lib/dpkg/updates/0001': stanza('half').replace('ok installed', 'reinstreq half-installed') },
  {
    'etc/os-release': null,
    'usr/lib/os-release': 'PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n',
  },
  { 'etc/machine-id': null },
  { 'etc/apt/trusted.gpg.d/b.gpg': Buffer.from('99010d04616263', 'hex') },
  {
    'etc/apt/apt.conf.d/dir':
      'Dir::Etc::sourceparts "sources.d";\nDir::State::status "/var/lib/dpkg/status";\nRootDir "/";\n',
  },
]
  .map((files) => membersOf(files))
  .concat([
    [
      paxOf([
        ['path', 'etc/debian_version'],
        ['mtime', '1.5'],
      ]),
      { name: 'p', data: '12\n' },
      ...membersOf({}),
    ],
    [
      longNameOf(`usr/share/keyrings/${'k'.repeat(120)}.gpg`),
      { name: 'p', data: 'x', magic: 'ustar ' },
      ...membersOf({}),
    ],
  ])

/** One seed, spoilt in one to four places: in a file, in the tar (its checksums mended half the time), or in the packed bytes. */
export function mutateEvidence(next: Next): Uint8Array {
  const members = SEEDS[next(SEEDS.length)] ?? []
  const depth = next(10)
  if (depth < 6) {
    const victim = next(members.length)
    return gzipSync(tarOf(members.map((member, index) => (index === victim ? spoilMember(member, next) : member))), {
      level: 1,
    })
  }

  const tar = spoilBytes(tarOf(members), next)
  if (depth < 9) return gzipSync(depth < 8 ? mendChecksums(tar) : tar, { level: 1 })
  return spoilBytes(gzipSync(tarOf(members), { level: 1 }), next)
}

function membersOf(files: Readonly<Record<string, string | Uint8Array | null>>): TarMember[] {
  const merged = new Map<string, string | Uint8Array | null>([...Object.entries(BASE_FILES), ...Object.entries(files)])
  return [...merged].flatMap(([name, data]) => (data === null ? [] : [{ name, data }]))
}

function spoilMember(member: TarMember, next: Next): TarMember {
  return { ...member, data: spoilBytes(Buffer.from(member.data ?? ''), next) }
}

function spoilBytes(bytes: Uint8Array, next: Next): Uint8Array {
  let spoilt = bytes
  for (let left = 1 + next(4); left > 0; left--) spoilt = spoilOnce(spoilt, next)
  return spoilt
}

function spoilOnce(bytes: Uint8Array, next: Next): Uint8Array {
  const at = next(bytes.length + 1)
  const length = Math.min(bytes.length - at, 1 + next(next(4) === 0 ? 600 : 12))
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at + length)]
  switch (next(7)) {
    case 0:
      return Buffer.concat([head, tail])
    case 1:
      return Buffer.concat([head, middle, middle, tail])
    case 2:
      return Buffer.concat([head, Buffer.from(WORDS[next(WORDS.length)] ?? ''), middle, tail])
    case 3:
      return Buffer.concat([head, Buffer.from(WORDS[next(WORDS.length)] ?? ''), tail])
    case 4:
      return Buffer.concat([head, middle.map((byte) => byte ^ (1 << next(8))), tail])
    case 5:
      return next(4) === 0 ? head : Buffer.concat([head, middle.toReversed(), tail])
    default:
      return Buffer.concat([head, middle.map(() => next(256)), tail])
  }
}

/** Every block that looks like a header gets the checksum it needs, so that what is spoilt in it is read and not only refused. */
function mendChecksums(tar: Uint8Array): Uint8Array {
  const mended = Buffer.from(tar)
  for (let at = 0; at + 512 <= mended.length; at += 512) {
    const block = mended.subarray(at, at + 512)
    if (block.toString('latin1', 257, 262) !== 'ustar') continue
    block.fill(0x20, 148, 156)
    const sum = block.reduce((total, byte) => total + byte, 0)
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  }
  return mended
}
