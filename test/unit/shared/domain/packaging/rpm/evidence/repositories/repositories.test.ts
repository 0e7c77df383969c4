import { describe, expect, it } from 'vitest'
import { readRpmEvidence } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { rpmListing, rpmMachine } from '#test/support/rpm-evidence.ts'

const DNF5 = rpmListing(['hello 1.0-1', 'dnf5 5.2.0-1', 'fedora-release 41-1 noarch system-release(releasever)=41'])
const ZYPPER = rpmListing(['hello 1.0-1', 'zypper 1.14.42-1'])
const YUM = rpmListing([
  'hello 1.0-1',
  'yum 3.4.3-1 noarch',
  'centos-release 7-9.el7 x86_64 system-release(releasever)=7',
])

function read(repo: string, files: Readonly<Record<string, string>> = {}) {
  return readRpmEvidence(rpmMachine({ 'etc/yum.repos.d/rocky.repo': repo, ...files }))
}

function readZypper(repo: string, files: Readonly<Record<string, string>> = {}) {
  return read('', { 'lazaret/rpm-packages': ZYPPER, 'etc/zypp/repos.d/a.repo': repo, ...files })
}

const section = (...lines: readonly string[]) => `[a]\n${lines.join('\n')}\n`

describe('repositories of a machine with dnf', () => {
  it('are where their addresses say, variables replaced', () => {
    const { repositories, problems } = read(
      section('baseurl=http://mirror.example.org/$releasever/$basearch https://b.example.org/x/'),
    )

    expect(problems).toEqual([])
    expect(repositories).toMatchObject([
      {
        baseUrls: ['http://mirror.example.org/9/x86_64/', 'https://b.example.org/x/'],
        title: 'http://mirror.example.org/9/x86_64',
        unreachable: null,
      },
    ])
  })

  it('are enabled unless they say no, in any word for it', () => {
    const words = ['1', 'yes', 'TRUE', 'on', '', 'maybe', '0', 'no', 'False', 'off']
    const enabled = words.filter(
      (word) => read(section('baseurl=http://x/', `enabled=${word}`)).repositories.length > 0,
    )

    expect(enabled).toEqual(['1', 'yes', 'TRUE', 'on', '', 'maybe'])
    expect(read(section('baseurl=http://x/', 'enabled=maybe')).warnings.join('\n')).toContain(
      'rocky.repo:3: enabled: "maybe" is not a value of it',
    )
  })

  it('have the number that a value begins with', () => {
    const priorityOf = (text: string) =>
      read(section('baseurl=http://x/', `priority=${text}`)).policy.repositories[0]?.priority

    expect(['5', '-5', '7 x', '99999999999', 'x', ''].map(priorityOf)).toEqual([5, -5, 7, 99, 99, 99])
  })

  it('make the answer unknown where none is enabled', () => {
    expect(read(section('baseurl=http://x/', 'enabled=0')).problems).toEqual([
      'No repository is enabled: nobody can say whether anything is outdated.',
    ])
  })

  it('have what they say of what is visible and preferred', () => {
    const lines = [
      'exclude=a,b',
      'excludepkgs=c',
      'includepkgs=d*',
      'priority=10',
      'cost=5',
      'module_hotfixes=1',
      'skip_if_unavailable=True',
    ]

    expect(read(section('baseurl=http://x/', ...lines)).policy.repositories).toMatchObject([
      {
        section: 'a',
        excludes: ['a', 'b', 'c'],
        includes: ['d*'],
        priority: 10,
        cost: 5,
        moduleHotfixes: true,
        skipIfUnavailable: true,
        place: 'etc/yum.repos.d/rocky.repo:1',
      },
    ])
  })

  it('take what they do not say from the main configuration', () => {
    const main = { 'etc/dnf/dnf.conf': '[main]\nskip_if_unavailable=1\nrepo_gpgcheck=1\n[b]\nbaseurl=http://b/\n' }
    const { policy, repositories } = read(section('baseurl=http://x/'), main)

    expect(policy.repositories.map(({ section: id, skipIfUnavailable }) => [id, skipIfUnavailable])).toEqual([
      ['b', true],
      ['a', true],
    ])
    expect(repositories.every(({ demandsSignature }) => demandsSignature)).toBe(true)
  })

  it('are those of the first file that names them', () => {
    const { repositories, warnings } = read('[a]\nbaseurl=http://one/\n', {
      'etc/yum.repos.d/z.repo': '[a]\nbaseurl=http://two/\n',
    })

    expect(repositories.map(({ baseUrls }) => baseUrls)).toEqual([['http://one/']])
    expect(warnings).toEqual([
      'etc/yum.repos.d/z.repo:1: [a] is there already (etc/yum.repos.d/rocky.repo:1), which counts.',
    ])
  })

  it.each([
    [
      'metalink=https://m.example.org/?repo=x&arch=$basearch',
      { metalink: 'https://m.example.org/?repo=x&arch=x86_64' },
    ],
    [
      'mirrorlist=https://m.example.org/metalink?repo=x',
      { metalink: 'https://m.example.org/metalink?repo=x', mirrorList: null },
    ],
    ['mirrorlist=http://m.example.org/list', { mirrorList: 'http://m.example.org/list', metalink: null }],
    [
      'metalink=http://m/\nmirrorlist=http://n/\nbaseurl=http://o/',
      { metalink: 'http://m/', mirrorList: null, baseUrls: ['http://o/'] },
    ],
    ['baseurl=http://u:p@x.example.org/?token=1', { baseUrls: ['http://x.example.org/'] }],
    ['baseurl=\n  http://x/\n  http://y/', { baseUrls: ['http://x/', 'http://y/'] }],
    ['baseurl=file:///x http://y/', { baseUrls: ['http://y/'], unreachable: null }],
    ['baseurl=/local', { baseUrls: ['file:///local/'], unreachable: 'lies on the machine itself (file:)' }],
    ['baseurl=ftp://x/', { unreachable: 'is offered by FTP only' }],
    ['baseurl=media://1#2', { unreachable: 'is a disc (media:)' }],
    ['baseurl=gopher://x/', { unreachable: 'uses the transport gopher:, which only the machine has' }],
    ['name=x', { unreachable: 'has no address' }],
    [
      'baseurl=https://x/\nsslclientcert=/etc/pki/c.pem',
      { needsEntitlement: true, unreachable: "needs the machine's entitlement certificate" },
    ],
  ])('with %s are had from there', (line, expected) => {
    expect(read(section(line)).repositories).toMatchObject([expected])
  })

  it.each([
    [
      'a line that dnf cannot read',
      '[a]\nbaseurl=http://x/\nodd\n',
      'etc/yum.repos.d/rocky.repo:3: a line without "="',
    ],
    [
      'a variable that nothing sets',
      section('baseurl=http://x/$nope/'),
      '[a] uses the variable "nope", which nothing sets.',
    ],
    ['an address that is none', section('baseurl=odd'), 'rocky.repo:1: [a] has an address that cannot be read.'],
    ['a list of mirrors that is none', section('mirrorlist=odd'), '[a] has a list of mirrors that cannot be read.'],
    [
      'a name that dnf does not take',
      '[a b]\nbaseurl=http://x/\n',
      'something unreadable cannot be the name of a repository',
    ],
  ])('make the answer unknown with %s', (_, repo, problem) => {
    expect(read(repo).problems.join('\n')).toContain(problem)
  })

  it('warn of a setting that dnf does not know in that case', () => {
    expect(read(section('baseurl=http://x/', 'Enabled=0')).warnings).toEqual([
      'etc/yum.repos.d/rocky.repo:3: "Enabled" is not known to the machine\'s package manager, only enabled is.',
    ])
  })

  it('show no password, whatever holds one', () => {
    const read1 = read(
      section(
        'baseurl=http://u:s3cret@/x y:s3cret@z http://a:s3cret@b/',
        'priority=s3cret/',
        'gpgkey=https://u:s3cret@x/',
      ),
    )
    expect(JSON.stringify([read1.repositories, read1.problems, read1.warnings])).not.toContain('s3cret')
  })
})

describe('keys of repositories', () => {
  const key = { 'etc/pki/rpm-gpg/KEY': 'a key' }

  it('are the files that they name', () => {
    const { repositories, keyrings } = read(
      section('baseurl=http://x/', 'gpgkey=file:///etc/pki/rpm-gpg/KEY https://y/'),
      key,
    )

    expect(repositories[0]?.keyrings).toHaveLength(1)
    expect([...keyrings.values()].map((bytes) => Buffer.from(bytes).toString())).toEqual(['a key'])
  })

  it('are part of what a repository is', () => {
    const idOf = (files: Record<string, string>) =>
      read(section('baseurl=http://x/', 'gpgkey=file:///etc/pki/rpm-gpg/KEY'), files).repositories[0]?.id

    expect(idOf(key)).not.toBe(idOf({ 'etc/pki/rpm-gpg/KEY': 'another key' }))
    expect(idOf(key)).toBe(idOf({ ...key, 'etc/pki/rpm-gpg/OTHER': 'x' }))
  })

  it('are missed only where a signature is demanded', () => {
    const lines = ['baseurl=http://x/', 'gpgkey=https://y/']

    expect(read(section(...lines)).warnings).toEqual([])
    expect(read(section(...lines, 'repo_gpgcheck=1')).warnings).toEqual([
      'etc/yum.repos.d/rocky.repo:1: [a] is trusted with a key that lies elsewhere, which is not part of the evidence.',
    ])
  })

  it('are never a file outside of the machine', () => {
    const climbing = { 'etc/../../x': 'a key' }
    expect(read(section('baseurl=http://x/', 'gpgkey=file:///etc/../../x'), climbing).keyrings.size).toBe(0)
  })
})

describe('repositories of a machine with dnf5', () => {
  const base = { 'lazaret/rpm-packages': DNF5 }

  it('are changed by what overrides them, patterns over names', () => {
    const { policy, repositories } = read('[a1]\nbaseurl=http://x/\nexclude=b\n[a2]\nbaseurl=http://y/\n', {
      ...base,
      'etc/dnf/repos.override.d/9.repo': '[a*]\npriority=7\nexclude=c\n[a2]\nenabled=0\n',
    })

    expect(policy.repositories).toMatchObject([{ section: 'a1', priority: 7, excludes: ['b', 'c'] }])
    expect(repositories).toHaveLength(1)
  })

  it('may come with the distribution, behind those of the machine', () => {
    const { repositories } = read(section('baseurl=http://x/'), {
      ...base,
      'usr/share/dnf5/repos.d/f.repo': '[a]\nbaseurl=http://no/\n[f]\nbaseurl=http://f/$releasever/\n',
    })
    expect(repositories.map(({ baseUrls }) => baseUrls[0])).toEqual(['http://x/', 'http://f/41/'])
  })
})

describe('repositories of a machine with yum 3', () => {
  const base = { 'lazaret/rpm-packages': YUM, 'etc/yum.conf': '[main]\nobsoletes=1\n' }

  it('have priorities only with the plugin for them', () => {
    const repo = section('BaseURL: http://x/$releasever/', 'priority=3')
    const plugin = { 'etc/yum/pluginconf.d/priorities.conf': '[main]\nenabled=1\n' }

    expect(read(repo, base).policy).toMatchObject({ tool: 'yum', repositories: [{ priority: 99 }] })
    expect(read(repo, { ...base, ...plugin }).policy).toMatchObject({ repositories: [{ priority: 3 }] })
    expect(read(repo, base).repositories[0]?.baseUrls).toEqual(['http://x/7/'])
  })

  it('make the answer unknown where a plugin brings more of them', () => {
    const plugin = { 'etc/yum/pluginconf.d/rhnplugin.conf': '[main]\nenabled = 1\n' }
    expect(read(section('baseurl=http://x/'), { ...base, ...plugin }).problems).toEqual([
      'etc/yum/pluginconf.d/rhnplugin.conf: what the plugin does is not followed.',
    ])
  })
})

describe('repositories of a machine with zypper', () => {
  it('are read as libzypp does', () => {
    const repo =
      '[z]\nbaseurl=http://z/?proxy=x\n[b]\nenabled=1\nbaseurl=http://b/$releasever/\npath=/sub\npriority=0\n[c]\nbaseurl=http://c/\nenabled=maybe\n'
    const { repositories, policy } = readZypper(repo, { 'etc/zypp/vars.d/releasever': '15.5\n' })

    expect(repositories.map(({ baseUrls }) => baseUrls[0])).toEqual(['http://b/15.5/sub/', 'http://z/'])
    expect(policy).toMatchObject({
      tool: 'zypper',
      allowVendorChange: false,
      repositories: [
        { section: 'b', priority: 99, skipIfUnavailable: true },
        { section: 'z', priority: 99, skipIfUnavailable: true },
      ],
    })
  })

  it('may be called main, which for dnf are its settings', () => {
    const repo = '[main]\nbaseurl=http://x/\n'

    expect(readZypper(repo).policy.repositories).toMatchObject([{ section: 'main' }])
    expect(read(repo).policy.repositories).toEqual([])
  })

  it('make the answer unknown with an address that is none, even where they are not enabled', () => {
    const off = '[b]\nenabled=0\nbaseurl=odd\n'

    expect(readZypper(section('baseurl=http://x/') + off).problems).toEqual([
      'etc/zypp/repos.d/a.repo:3: [b] has an address that cannot be read.',
    ])
    expect(read(section('baseurl=http://x/') + off).problems).toEqual([])
  })

  it('are not looked for in a list of mirrors where they have an address', () => {
    const { repositories } = readZypper(section('baseurl=http://x/', 'mirrorlist=http://m/'))
    expect(repositories).toMatchObject([{ baseUrls: ['http://x/'], mirrorList: null }])
  })

  it.each([
    ['dvd:/?devices=/dev/sr0', 'is a disc (dvd:)'],
    ['hd:///x?device=/dev/sda1', 'lies on a disk of the machine (hd:)'],
    ['dir:/var/x', 'lies on the machine itself (dir:)'],
    ['plugin:/x', 'is provided by a plugin of the machine (plugin:)'],
  ])('at %s are not to be had', (url, reason) => {
    expect(readZypper(section(`baseurl=${url}`)).repositories[0]?.unreachable).toBe(reason)
  })

  it('of a kind without repodata are not to be had', () => {
    expect(readZypper(section('baseurl=http://x/', 'type=plaindir')).repositories[0]?.unreachable).toBe(
      'is of the type plaindir, which is not read',
    )
  })

  it('make the answer unknown where a service has none', () => {
    const service = { 'etc/zypp/services.d/SCC.service': '[SCC]\nurl=https://x/\nenabled=1\n[off]\nenabled=0\n' }

    expect(readZypper(section('baseurl=http://x/'), service).problems).toEqual([
      'etc/zypp/services.d/SCC.service:1: the service "SCC" is enabled, and none of its repositories is there.',
    ])
    expect(readZypper(section('baseurl=http://x/', 'service=SCC'), service).problems).toEqual([])
  })

  it('trust the keys that the system comes with', () => {
    const { repositories } = readZypper(section('baseurl=http://x/'), { 'usr/lib/rpm/gnupg/keys/suse.asc': 'a key' })
    expect(repositories).toMatchObject([{ demandsSignature: false, keyrings: [expect.any(String)] }])
  })
})

describe('what a repository is', () => {
  const idOf = (...lines: readonly string[]) => read(section(...lines)).repositories[0]?.id

  it('is the same whatever it is called, preferred or hidden by', () => {
    expect(idOf('baseurl=http://x/', 'name=b', 'priority=1', 'exclude=c')).toBe(idOf('baseurl=http://x'))
    expect(read('[other]\nbaseurl=http://x/\n').repositories[0]?.id).toBe(idOf('baseurl=http://x'))
  })

  it.each([
    ['baseurl=http://y/'],
    ['baseurl=https://x/'],
    ['baseurl=http://x/ http://y/'],
    ['baseurl=http://x/', 'repo_gpgcheck=1'],
    ['baseurl=http://x/', 'metalink=http://m/'],
    ['baseurl=http://x/', 'mirrorlist=http://m/'],
    ['baseurl=http://x/', 'sslclientcert=/c'],
  ])('is another with %s %s', (...lines) => {
    expect(idOf(...lines.filter((line) => line !== undefined))).not.toBe(idOf('baseurl=http://x/'))
  })
})
