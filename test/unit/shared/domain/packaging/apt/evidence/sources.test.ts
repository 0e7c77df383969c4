import { describe, expect, it } from 'vitest'
import { readConfiguration } from '#shared/domain/packaging/apt/evidence/read-configuration.ts'
import { readSources } from '#shared/domain/packaging/apt/evidence/read-sources.ts'
import { evidenceOf } from '#test/support/apt-evidence.ts'

function read(
  files: Readonly<Record<string, string>> | string,
  options: { apt?: string; architectures?: string[] } = {},
) {
  const evidence = evidenceOf(typeof files === 'string' ? { 'etc/apt/sources.list': files } : files)
  return readSources({
    evidence,
    config: readConfiguration(evidence).config,
    aptVersion: options.apt ?? '2.6.1',
    architectures: options.architectures ?? ['amd64', 'i386'],
  })
}

function titles(text: Parameters<typeof read>[0]) {
  return read(text).repositories.map(({ title }) => title)
}

function stanza(fields: Readonly<Record<string, string>>): Record<string, string> {
  const all = { Types: 'deb', URIs: 'http://h/x', Suites: 's', Components: 'main', ...fields }
  const lines = Object.entries(all).filter(([, value]) => value !== '')
  return { 'etc/apt/sources.list.d/x.sources': lines.map(([name, value]) => `${name}: ${value}\n`).join('') }
}

describe('one-line sources', () => {
  it.each([
    ['deb http://h/x s main contrib', ['http://h/x s [main contrib] amd64,i386']],
    ['deb [ arch=amd64   lang=none ] http://h/x/ s main # note', ['http://h/x s [main] amd64']],
    ['deb\t[arch-=i386]\thttp://h/x\ts\tmain\r', ['http://h/x s [main] amd64']],
    ['deb [arch+=arm64 arch-=i386] http://h/x s main', ['http://h/x s [main] amd64,arm64']],
    ['deb [arch=all] http://h/x s main', ['http://h/x s [main] all']],
    ['deb http://h/x ./', ['http://h/x ./ amd64,i386']],
    ['deb http://h/$(ARCH) p-$(ARCH)/', ['http://h/amd64 p-amd64/ amd64,i386']],
    ['deb http://h/$(ARCH) s-$(ARCH) main', ['http://h/amd64 s-$(ARCH) [main] amd64,i386']],
    ['deb-src http://h/x s main\n# deb http://h/y s main\n\ndeb http://h/z s main', ['http://h/z s [main] amd64,i386']],
    ['deb file:///a/b s main', ['file:/a/b s [main] amd64,i386']],
  ])('reads %j', (text, expected) => {
    expect(titles(text)).toEqual(expected)
    expect(read(text).problems).toEqual([])
  })

  it.each([
    ['deb', 'a line that ends after its type.'],
    ['rpm http://h/x s main', '"rpm" is not a type of source.'],
    ['deb http://h/x', 'a source without a suite.'],
    ['deb http://h/x s', 'a source without a component.'],
    ['deb h/x s main', 'a URI that is none.'],
    ['deb http://h/x s/ main', 'a suite that ends in "/" and has components all the same.'],
    ['deb [trusted] http://h/x s main', 'an option without "=".'],
    ['deb [a] http://h/x s main', 'an option that is too short.'],
    ['deb [abc=] http://h/x s main', 'an option without a value.'],
    ['deb [trusted=yes', 'options that are never closed with "]".'],
    ['deb http://h/a%0ab s main', 'a URI that is too long or has control characters in it.'],
  ])('finds what makes apt refuse %j, names the line, and reads the other files all the same', (text, problem) => {
    const result = read({
      'etc/apt/sources.list': `# first\n${text}\ndeb http://h/later s main\n`,
      'etc/apt/sources.list.d/b.list': 'deb http://h/other s main\n',
    })
    expect(result.problems).toEqual([`etc/apt/sources.list:2: ${problem}`])
    expect(result.repositories.map(({ uri }) => uri)).toContain('http://h/other/')
  })

  it('passes over an unknown option as apt does, and says so', () => {
    const { repositories, warnings } = read('deb [fancy=thing] http://h/x s main')
    expect(repositories).toHaveLength(1)
    expect(warnings).toEqual(['etc/apt/sources.list:1: the option "fancy" is not known; apt passes over it.'])
  })
})

describe('deb822 sources', () => {
  it('unfolds URIs and suites, and knows lists over several lines', () => {
    const files = stanza({ URIs: 'http://h/x http://i/y', Suites: '\n s\n s-$(ARCH)', Components: 'main contrib' })
    expect(titles(files)).toEqual([
      'http://h/x s [main contrib] amd64,i386',
      'http://h/x s-amd64 [main contrib] amd64,i386',
      'http://i/y s [main contrib] amd64,i386',
      'http://i/y s-amd64 [main contrib] amd64,i386',
    ])
  })

  it.each([
    [{ Enabled: 'no' }, 0],
    [{ Enabled: 'FALSE' }, 0],
    [{ Enabled: '0' }, 0],
    [{ Enabled: 'maybe' }, 1],
    [{ Types: 'deb-src' }, 0],
    [{ Types: 'deb deb-src' }, 1],
  ])('heeds %j', (fields, count) => {
    expect(read(stanza(fields)).repositories).toHaveLength(count)
  })

  it.each([
    [{ Architectures: 'amd64' }, ['amd64']],
    [{ 'Architectures-Add': 'arm64' }, ['amd64', 'i386', 'arm64']],
    [{ 'Architectures-Remove': 'amd64' }, ['i386']],
    [{ Architectures: 'i386 amd64', 'Architectures-Remove': 'i386' }, ['amd64']],
  ])('reads the architectures of %j', (fields, expected) => {
    expect(read(stanza(fields)).repositories[0]?.architectures).toEqual(expected)
  })

  it.each([
    [{ Types: 'rpm' }, '1: "rpm" is not a type of source.'],
    [{ URIs: '' }, '1: a stanza without URIs.'],
    [{ Suites: '' }, '1: a stanza without Suites.'],
    [{ Components: '' }, '1: a stanza without Components.'],
    [{ Suites: './' }, '1: a suite that ends in "/" and has components all the same.'],
    [{ URIs: 'x' }, '1: a URI that is none.'],
    [
      { 'Signed-By': 'nonsense' },
      '1: a Signed-By that is neither a path nor a fingerprint nor a key that this apt reads.',
    ],
    [{ Components: 'main\ngarbage' }, '5: a line that is no field.'],
  ])('finds what makes apt refuse %j', (fields, problem) => {
    expect(read(stanza(fields)).problems).toEqual([`etc/apt/sources.list.d/x.sources:${problem}`])
  })

  it('takes Include and Exclude for what they are since apt 3.1, and for nothing before', () => {
    const files = stanza({ Include: 'a b' })
    expect(read(files, { apt: '3.1.2' }).repositories[0]?.options.include).toEqual(['a', 'b'])
    expect(read(files, { apt: '3.0.4' }).repositories[0]?.options.include).toEqual([])
    expect(read(stanza({ Include: 'a', Exclude: 'b' }), { apt: '3.3.5' }).problems).toHaveLength(1)
  })
})

function line(name: string): string {
  return `deb http://h/${name} s main\n`
}

describe('the sources of a machine', () => {
  it('reads sources.list, then the folder in byte order by its name rules', () => {
    const files = {
      'etc/apt/sources.list.d/b.list': line('b'),
      'etc/apt/sources.list.d/A.list': line('A'),
      'etc/apt/sources.list.d/c.list.save': line('no'),
      'etc/apt/sources.list.d/bare': line('no'),
      'etc/apt/sources.list.d/d~.list': line('no'),
      'etc/apt/sources.list': line('main'),
    }
    expect(read(files).repositories.map(({ uri }) => uri)).toEqual(['http://h/main/', 'http://h/A/', 'http://h/b/'])
  })

  it('makes one repository of entries of one archive, and two where they want different architectures', () => {
    expect(titles('deb http://h/x s main\ndeb http://h/x s contrib main\n')).toEqual([
      'http://h/x s [main contrib] amd64,i386',
    ])
    expect(titles('deb http://h/x s main\ndeb [arch=amd64] http://h/x/ s contrib\n')).toEqual([
      'http://h/x s [main] amd64,i386',
      'http://h/x s [contrib] amd64',
    ])
  })

  it('says where an entry is repeated', () => {
    const { repositories, warnings } = read('deb http://h/x s main\ndeb http://h/x s main\n')
    expect(repositories[0]?.places).toEqual(['etc/apt/sources.list:1', 'etc/apt/sources.list:2'])
    expect(warnings).toEqual(['etc/apt/sources.list:2: is configured already at etc/apt/sources.list:1.'])
  })

  it.each([
    ['deb http://h/x s a', 'deb [trusted=yes] http://h/x s b', 'Trusted'],
    ['deb [trusted=no] http://h/x s a', 'deb-src [trusted=yes] http://h/x s b', 'Trusted'],
    ['deb [signed-by=/k] http://h/x s a', 'deb http://h/x s b', 'Signed-By'],
    ['deb [check-valid-until=no] http://h/x s a', 'deb http://h/x s b', 'Check-Valid-Until'],
    ['deb [valid-until-max=5] http://h/x s a', 'deb http://h/x s b', 'Valid-Until-Max'],
    ['deb [allow-insecure=yes] http://h/x s a', 'deb http://h/x s b', 'Allow-Insecure'],
    ['deb [inrelease-path=a] http://h/x s a', 'deb http://h/x s b', 'InRelease-Path'],
  ])('calls %j and %j the contradiction that apt finds', (first, second, what) => {
    expect(read(`${first}\n${second}\n`).problems).toEqual([
      `etc/apt/sources.list:2: contradicts an earlier entry of the same archive in ${what}.`,
    ])
  })

  it('lets a later entry name the key that an earlier one left open, as apt does', () => {
    const { problems } = read('deb http://h/x s a\ndeb [signed-by=/k] http://h/x s b\n')
    expect(problems).toEqual([])
  })

  it.each([
    ['cdrom:[Debian 12 X]/', 'is a disc (cdrom:)'],
    ['file:/a', 'lies on the machine itself (file:)'],
    ['copy:/a', 'lies on the machine itself (copy:)'],
    ['tor+http://h/x', 'is reached through Tor only'],
    ['mirror://h/list.txt', 'names a list of mirrors, which is not part of the evidence'],
    ['mirror+file:/etc/shadow', 'names a list of mirrors, which is not part of the evidence'],
    ['s3://bucket/x', 'uses the transport s3:, which only the machine has'],
    ['http://h/x', null],
    ['https://h/x', null],
  ])('says of %s why it cannot be fetched from elsewhere', (uri, reason) => {
    expect(read(`deb ${uri} s main`).repositories[0]?.unreachable).toBe(reason)
  })

  it('knows an archive that asks for a client certificate', () => {
    const { repositories } = read({
      'etc/apt/sources.list': 'deb https://h:8443/x s main\ndeb https://i/x s main\n',
      'etc/apt/apt.conf': 'Acquire::https::h::SslCert "/etc/ssl/me.pem";',
    })
    expect(repositories.map(({ unreachable }) => unreachable)).toEqual(['needs a client certificate', null])
  })

  it('takes the first mirror of a list that is in the evidence', () => {
    const { repositories, warnings } = read({
      'etc/apt/sources.list': 'deb mirror+file:/etc/apt/apt-mirrors.txt s main\n',
      'etc/apt/apt-mirrors.txt': '# note\nhttps://mirror.example.org/x\tpriority:1\nhttp://other.example.org/x\n',
    })
    expect(repositories.map(({ uri, unreachable }) => [uri, unreachable])).toEqual([
      ['https://mirror.example.org/x/', null],
    ])
    expect(warnings).toHaveLength(1)
  })

  it('cuts user and password out of everything', () => {
    const result = read('deb http://user:s3cret@h@mirror.example.org:81/x s main\n')
    expect(result.repositories.map(({ uri }) => uri)).toEqual(['http://mirror.example.org:81/x/'])
    expect(JSON.stringify(result)).not.toMatch(/s3cret|user:/)
    expect(result.warnings.join()).toContain('user and password')
  })

  it.each([
    ['', 'no package source is enabled'],
    ['deb-src http://h/x s main\n', 'no package source is enabled'],
  ])('calls a machine without a source a problem, never clean: %j', (text, problem) => {
    expect(read(text).problems.join()).toContain(problem)
  })

  it('calls sources that were moved out of the evidence a problem', () => {
    const { problems } = read({
      'etc/apt/apt.conf': 'Dir::Etc::sourcelist "/srv/a.list"; Dir::Etc::sourceparts "/srv/d";',
    })
    expect(problems.filter((problem) => problem.includes('moves the sources'))).toHaveLength(2)
  })
})
