import { refused, spoil, taken, told, unknown, type Demand, type HostileCase } from './hostile-case.ts'

/** Cases whose trouble is in preferences, apt.conf, os-release, machine-id or what the importer says. */
export function listHostileConfigurations(): HostileCase[] {
  return [...preferences(), ...configurations(), ...identities()]
}

const file = (path: string, name: string, content: string | Uint8Array, demand: Demand): HostileCase => ({
  name: `${path}: ${name}`,
  body: spoil({ [path]: content }),
  demand,
})

const pref = (name: string, content: string | Uint8Array, demand: Demand) =>
  file('etc/apt/preferences', name, content, demand)

const pin = (packages: string) => `Package: ${packages}\nPin: release a=stable\nPin-Priority: 500\n`

function preferences(): HostileCase[] {
  return [
    pref('random bytes', Buffer.from('9f3c00aa01ff'.repeat(500), 'hex'), unknown(/preferences/)),
    pref('a pattern that backtracks', pin('/(a|aa)*b/'), taken()),
    pref('a pattern that backtracks worse', pin('/(.*)*(.*)*(.*)*x/'), taken()),
    pref('a pattern that is none', pin('/(((/'), taken()),
    pref('a glob of 500 stars', pin('*a'.repeat(500)), taken()),
    pref('a pattern of 1 MB', pin(`/${'a?'.repeat(500_000)}/`), taken()),
    pref(
      '100,000 patterns',
      pin(Array.from({ length: 100_000 }, (_, n) => `p${n}`).join(' ')),
      refused(undefined, 'quota_exceeded'),
    ),
    pref('100,000 records', `${pin('a')}\n`.repeat(100_000), refused(undefined, 'quota_exceeded')),
    pref('no priority', 'Package: a\nPin: release a=stable\n', unknown(/preferences:1/)),
    pref(
      'a priority that is text',
      'Package: a\nPin: release a=stable\nPin-Priority: high\n',
      unknown(/preferences:1/),
    ),
    pref(
      'a priority of 10^18',
      'Package: a\nPin: release a=stable\nPin-Priority: 1000000000000000000\n',
      unknown(/preferences:1/),
    ),
    pref('an unknown kind of pin', 'Package: a\nPin: horoscope a=stable\nPin-Priority: 1\n', told(/horoscope/)),
    pref('no package', 'Pin: release a=stable\nPin-Priority: 1\n', unknown(/preferences:1/)),
    pref('a package called __proto__', pin('__proto__ constructor'), taken()),
  ]
}

const conf = (name: string, content: string | Uint8Array, demand: Demand) =>
  file('etc/apt/apt.conf', name, content, demand)

function configurations(): HostileCase[] {
  return [
    conf('random bytes', Buffer.from('9f3c00aa01ff'.repeat(500), 'hex'), unknown(/apt\.conf/)),
    conf('a block that never ends', 'APT { Default-Release "stable"', unknown(/apt\.conf/)),
    conf('a quote that never ends', 'APT::Default-Release "stable;\n', unknown(/apt\.conf/)),
    conf('100,000 blocks within each other', 'a {'.repeat(100_000), unknown(/apt\.conf:1/)),
    conf('a comment that never ends', '/* x', taken()),
    conf('an include of a file of the station', '#include "/etc/shadow";\n', unknown(/etc\/shadow/)),
    conf(
      'a setting called __proto__',
      '__proto__::polluted "yes"; constructor { prototype { polluted "yes"; }; };\n',
      taken(),
    ),
    conf('a package database elsewhere', 'Dir::State::status "/etc/shadow";\n', unknown(/etc\/shadow/)),
    conf('sources elsewhere', 'Dir::Etc::sourcelist "/etc/shadow";\n', unknown(/etc\/shadow/)),
    conf('a root elsewhere', 'RootDir "/../../..";\n', told(/apt|configuration|sources|no package/)),
    conf('a proxy with a password', 'Acquire::http::Proxy "http://u:pa55@proxy.example.org";\n', told(/cut out/)),
    conf('a setting of 1 MB', `A "${'x'.repeat(1_000_000)}";\n`, taken()),
    conf(
      '100,000 settings',
      Array.from({ length: 100_000 }, (_, n) => `A::B${n} "x";\n`).join(''),
      refused('etc/apt/apt.conf', 'quota_exceeded'),
    ),
    conf(
      '10,000 architectures',
      `APT::Architectures { ${'"x";'.repeat(1)}${Array.from({ length: 10_000 }, (_, n) => `"a${n}";`).join('\n')} };\n`,
      refused(undefined, 'quota_exceeded'),
    ),
    conf('an architecture that is a path', 'APT::Architecture "../x";\n', refused()),
  ]
}

function identities(): HostileCase[] {
  return [
    file('etc/machine-id', 'text', '<script>alert(1)</script> and more\n', told(/machine-id:1/)),
    file('etc/machine-id', '1 MB', 'x'.repeat(1_000_000), told(/machine-id:1/)),
    file('etc/machine-id', 'bytes that are not UTF-8', Buffer.from([0xff, 0xfe, 0x0a]), told(/machine-id:1/)),
    file('etc/os-release', 'random bytes', Buffer.from('9f3c00aa01ff'.repeat(500), 'hex'), taken()),
    file('etc/os-release', 'HTML and an escape sequence', 'ID="<b>\u001b[2J"\nVERSION_ID=$(id)\n', taken()),
    file('etc/os-release', '10 MB', `ID=${'x'.repeat(10_000_000)}\n`, taken()),
    file('etc/os-release', 'a key called __proto__', '__proto__=x\nconstructor=y\nID=debian\n', taken()),
    file('lazaret/architecture', 'a path', '../../etc/shadow\n', refused()),
    file('lazaret/architecture', '1 MB', 'x'.repeat(1_000_000), refused()),
    file(
      'etc/apt/keyrings/a.asc',
      'random bytes in the place of the key',
      Buffer.from('01ff'.repeat(50), 'hex'),
      taken(),
    ),
    file(
      'etc/apt/keyrings/a.asc',
      'a private key in the place of the key',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\nx\n',
      told(/a\.asc/),
    ),
    file(
      'etc/apt/trusted.gpg.d/big.gpg',
      '10 MB',
      Buffer.concat([Buffer.of(0x99), Buffer.alloc(10_000_000, 'k')]),
      taken(),
    ),
  ]
}
