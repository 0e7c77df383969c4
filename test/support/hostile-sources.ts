import { refused, spoil, taken, told, unknown, type Demand, type HostileCase } from './hostile-case.ts'

const LIST = 'etc/apt/sources.list'
const KEY = '[signed-by=/etc/apt/keyrings/a.asc]'
const GOOD = `deb ${KEY} http://mirror.example.org/debian bookworm main\n`

/** Cases whose trouble is in the sources. `unknown` is demanded wherever something may be missing from the answer. */
export function listHostileSources(): HostileCase[] {
  return [...lines(), ...addresses(), ...stanzas(), ...keys(), ...greed()]
}

const list = (name: string, content: string | Uint8Array | null, demand: Demand): HostileCase => ({
  name: `sources: ${name}`,
  body: spoil({ [LIST]: content }),
  demand,
})
const plus = (name: string, line: string, demand: Demand) => list(name, `${GOOD}${line}\n`, demand)
const deb822 = (name: string, content: string, demand: Demand): HostileCase => ({
  name: `deb822: ${name}`,
  body: spoil({ 'etc/apt/sources.list.d/a.sources': content }),
  demand,
})

function lines(): HostileCase[] {
  return [
    list('none at all', null, unknown(/no package source/)),
    list('all commented out', `# ${GOOD}`, unknown(/no package source/)),
    list('random bytes', Buffer.from('9f3c00aa01ff'.repeat(500), 'hex'), unknown(/sources\.list:\d/)),
    list('HTML', '<!doctype html>\n', unknown(/sources\.list:1/)),
    plus(
      'an unknown option',
      'deb [frobnicate=yes] http://mirror.example.org/x bookworm main',
      told(/sources\.list:2.*frobnicate/),
    ),
    plus(
      'an option called __proto__',
      'deb [__proto__=yes] http://mirror.example.org/x bookworm main',
      told(/__proto__/),
    ),
    plus(
      'options that never end',
      'deb [arch=amd64 http://mirror.example.org/x bookworm main',
      unknown(/sources\.list:2/),
    ),
    plus(
      'an option without a value',
      'deb [arch=] http://mirror.example.org/x bookworm main',
      unknown(/sources\.list:2/),
    ),
    plus('an unknown type', 'rpm http://mirror.example.org/x bookworm main', unknown(/sources\.list:2/)),
    plus('a lone word', 'deb', unknown(/sources\.list:2/)),
    plus('no suite', 'deb http://mirror.example.org/x', unknown(/sources\.list:2/)),
    plus('no component', 'deb http://mirror.example.org/x bookworm', unknown(/sources\.list:2/)),
    plus('a flat suite with components', 'deb http://mirror.example.org/x ./ main', unknown(/sources\.list:2/)),
    plus('a quote that never ends', 'deb "http://mirror.example.org/x bookworm main', unknown(/sources\.list:2/)),
    plus('an escape sequence in a suite', 'deb http://mirror.example.org/x \u001b[2J main', unknown(/sources\.list:2/)),
    plus('a suite that climbs', 'deb http://mirror.example.org/x ../../../etc main', taken()),
    plus('a NUL in a suite', 'deb http://mirror.example.org/x book\0worm main', unknown(/sources\.list:2/)),
    plus(
      'bytes that are not UTF-8',
      Buffer.from('deb http://mirror.example.org/\xff bookworm main', 'latin1').toString('latin1'),
      taken(),
    ),
    plus(
      'contradicting trust',
      `deb [trusted=yes] http://mirror.example.org/debian bookworm contrib`,
      unknown(/contradicts/),
    ),
    plus(
      'a word of 1,000,000 letters',
      `deb http://mirror.example.org/${'x'.repeat(1_000_000)} bookworm main`,
      unknown(/sources\.list:2/),
    ),
  ]
}

const at = (uri: string, demand: Demand) => plus(`the address ${uri}`, `deb ${KEY} ${uri} bookworm main`, demand)

function addresses(): HostileCase[] {
  return [
    at('file:///etc', taken()),
    at('cdrom:[x]/', taken()),
    at('copy:/etc', taken()),
    at('ssh://mirror.example.org/x', taken()),
    at('tor+http://mirror.example.org/x', taken()),
    at('mirror+file:/etc/shadow', taken()),
    at('http://user:pa55@mirror.example.org/x', told(/cut out/)),
    at('http://169.254.169.254/latest', taken()),
    at('http://[::1]:6379/', taken()),
    at('javascript:alert(1)', taken()),
    at('http://', taken()),
    at(':', taken()),
    at('none', unknown(/sources\.list:2/)),
  ]
}

function stanzas(): HostileCase[] {
  const lawful = 'Types: deb\nURIs: http://mirror.example.org/y\nSuites: bookworm\nComponents: main\n'
  return [
    deb822(
      'no types',
      'URIs: http://mirror.example.org/y\nSuites: bookworm\nComponents: main\n',
      unknown(/a\.sources/),
    ),
    deb822('no addresses', 'Types: deb\nSuites: bookworm\nComponents: main\n', unknown(/a\.sources/)),
    deb822('a line that is no field', `${lawful}nonsense\n`, unknown(/a\.sources:5/)),
    deb822('an unknown field', `${lawful}Frobnicate: yes\n`, told(/Frobnicate/i)),
    deb822('a field called __proto__', `${lawful}__proto__: yes\n`, told(/__proto__/)),
    deb822('random bytes', '\u0001\u0002\u0003', unknown(/a\.sources/)),
    deb822('switched off', `${lawful}Enabled: no\n`, taken()),
    deb822('cut in the middle of a field', lawful.slice(0, -12), unknown(/a\.sources/)),
    deb822(
      '1,000 suites',
      lawful.replace('bookworm', Array.from({ length: 1000 }, (_, n) => `s${n}`).join(' ')),
      refused(undefined, 'quota_exceeded'),
    ),
    deb822(
      '1,000 addresses by 1,000 suites',
      `Types: deb\nURIs: ${words('http://mirror.example.org/')}\nSuites: ${words('s')}\nComponents: main\n`,
      refused(undefined, 'quota_exceeded'),
    ),
  ]
}

const signedBy = (value: string) => `deb [signed-by=${value}] http://mirror.example.org/x bookworm main`

const inline = (block: string) =>
  `Types: deb\nURIs: http://mirror.example.org/y\nSuites: bookworm\nComponents: main\nSigned-By:\n${block}`

function keys(): HostileCase[] {
  return [
    plus('a key that is a file of the station', signedBy('/etc/shadow'), told(/etc\/shadow/)),
    plus('a key that climbs', signedBy('/../../../etc/shadow'), told(/etc\/shadow/)),
    plus('a key in /proc', signedBy('/proc/self/environ'), told(/proc\/self\/environ/)),
    plus('a key that is missing', signedBy('/etc/apt/keyrings/none.gpg'), told(/none\.gpg/)),
    plus('a key that is no path', signedBy('hello'), unknown(/Signed-By/)),
    plus(
      'a key of 60,000 fingerprints',
      signedBy(Array(60_000).fill('0123456789ABCDEF').join(',')),
      told(/1 MiB|Signed-By|finger|keyring/),
    ),
    deb822('an inline key that is none', inline(' hello\n world\n'), unknown(/Signed-By/)),
    deb822(
      'an inline private key',
      inline(' -----BEGIN PGP PRIVATE KEY BLOCK-----\n .\n x\n -----END PGP PRIVATE KEY BLOCK-----\n'),
      told(/private key in it was cut out/),
    ),
  ]
}

function greed(): HostileCase[] {
  return [
    list(
      '100,000 sources',
      repeated(100_000, (n) => `deb http://mirror.example.org/${n} bookworm main`),
      refused(LIST, 'quota_exceeded'),
    ),
    list(
      '201 repositories',
      `${repeated(201, (n) => `deb http://mirror.example.org/${n} bookworm main`)}\n`,
      refused(LIST, 'quota_exceeded'),
    ),
    list(
      '5,000 repositories on one host',
      `${repeated(5000, (n) => `deb http://mirror.example.org/${n} bookworm main`)}\n`,
      refused(LIST, 'quota_exceeded'),
    ),
    list(
      '5,001 lines of one repository',
      repeated(5001, () => GOOD.trim()),
      refused(LIST, 'quota_exceeded'),
    ),
    list('2 MiB of comments', '# x\n'.repeat(524_288), refused(LIST, 'quota_exceeded')),
    list(
      '101 components',
      `deb http://mirror.example.org/x bookworm ${repeated(101, (n) => `c${n}`).replaceAll('\n', ' ')}\n`,
      refused(undefined, 'quota_exceeded'),
    ),
    list(
      '10,000 architectures in one source',
      `deb [arch=${repeated(10_000, (n) => `a${n}`).replaceAll('\n', ',')}] http://mirror.example.org/x bookworm main\n`,
      refused(undefined, 'quota_exceeded'),
    ),
    {
      name: 'sources: 10,000 files',
      body: spoil(
        Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`etc/apt/sources.list.d/${n}.list`, GOOD])),
      ),
      demand: refused(undefined, 'quota_exceeded'),
    },
  ]
}

function repeated(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => line(n)).join('\n')
}

function words(prefix: string): string {
  return Array.from({ length: 1000 }, (_, n) => `${prefix}${n}`).join(' ')
}
