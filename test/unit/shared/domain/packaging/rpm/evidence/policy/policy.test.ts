import { describe, expect, it } from 'vitest'
import { readRpmEvidence } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { rpmListing, rpmMachine } from '#test/support/rpm-evidence.ts'

const BARE = rpmListing(['hello 1.0-1'])
const listing = (...rows: readonly string[]) => ({ 'lazaret/rpm-packages': rpmListing(['hello 1.0-1', ...rows]) })
const DNF5 = listing('dnf5 5.2.0-1')
const ZYPPER = { ...listing('zypper 1.14.42-1'), 'etc/zypp/repos.d/a.repo': '[a]\nbaseurl=http://x/\n' }
const YUM = listing('yum 3.4.3-1 noarch')

const read = (files: Readonly<Record<string, string>>) => readRpmEvidence(rpmMachine(files))
const policyOf = (files: Readonly<Record<string, string>>) => read(files).policy

describe('whose rules a machine follows', () => {
  const os = (id: string, version: string) => ({ 'etc/os-release': `ID=${id}\nVERSION_ID=${version}\n` })

  it.each([
    ['dnf', {}, 'dnf4'],
    ['dnf5', DNF5, 'dnf5'],
    ['libdnf5 alone', listing('libdnf5 5.2.0-1'), 'dnf5'],
    ['both, on Fedora 41', { ...listing('dnf 4.22.0-1', 'dnf5 5.2-1'), ...os('fedora', '41') }, 'dnf5'],
    ['both, on Fedora 40', { ...listing('dnf 4.22.0-1', 'dnf5 5.2-1'), ...os('fedora', '40') }, 'dnf4'],
    ['microdnf', listing('microdnf 3.9-1'), 'dnf4'],
    ['yum 3', YUM, 'yum'],
    ['yum 4 beside dnf', listing('yum 4.14.0-9', 'dnf 4.14.0-9'), 'dnf4'],
    ['zypper', ZYPPER, 'zypper'],
    ['zypper beside dnf', { ...ZYPPER, ...listing('zypper 1.14-1', 'dnf 4.14.0-1') }, 'dnf4'],
    [
      'zypper beside dnf, on Leap',
      { ...ZYPPER, ...listing('zypper 1.14-1', 'dnf 4.14.0-1'), ...os('opensuse-leap', '15.6') },
      'zypper',
    ],
    [
      'a lock of dnf5 and nothing else',
      { 'lazaret/rpm-packages': BARE, 'etc/dnf/versionlock.toml': 'version = "1.0"\n' },
      'dnf5',
    ],
    [
      'a configuration of dnf and nothing else',
      { 'lazaret/rpm-packages': BARE, 'etc/dnf/dnf.conf': '[main]\n' },
      'dnf4',
    ],
    ['nothing, on Fedora 41', { 'lazaret/rpm-packages': BARE, ...os('fedora', '41') }, 'dnf5'],
    ['nothing, on Fedora 40', { 'lazaret/rpm-packages': BARE, ...os('fedora', '40') }, 'dnf4'],
    ['nothing, on CentOS 7', { 'lazaret/rpm-packages': BARE, ...os('centos', '7') }, 'yum'],
    ['nothing, on Rocky 9', { 'lazaret/rpm-packages': BARE, ...os('rocky', '9.4') }, 'dnf4'],
    ['nothing, on Leap', { 'lazaret/rpm-packages': BARE, ...os('opensuse-leap', '15.6') }, 'zypper'],
    ['nothing at all', { 'lazaret/rpm-packages': BARE, 'etc/os-release': '' }, 'dnf4'],
  ])('with %s', (_, files, tool) => {
    expect(policyOf(files).tool).toBe(tool)
  })

  it('is named with its version', () => {
    expect(policyOf(DNF5).toolVersion).toBe('5.2.0')
    expect(policyOf({ 'lazaret/rpm-packages': BARE }).toolVersion).toBeNull()
  })
})

describe('what decides candidates', () => {
  it('is what the tool does where nothing is set', () => {
    const usual = {
      excludes: [],
      includes: [],
      obsoletes: true,
      multilib: 'best',
      locks: [],
      modules: [],
      vendorGroups: [],
    }

    expect(policyOf({})).toMatchObject({ ...usual, best: false, allowVendorChange: true, releasever: '9' })
    expect(policyOf(DNF5)).toMatchObject({ ...usual, best: true, allowVendorChange: true })
    expect(policyOf(YUM)).toMatchObject({ ...usual, best: false, allowVendorChange: true })
    expect(policyOf(ZYPPER)).toMatchObject({ ...usual, best: false, allowVendorChange: false })
  })

  it('is what the main configuration sets', () => {
    const lines = [
      'best=True',
      'obsoletes=0',
      'allow_vendor_change=no',
      'multilib_policy=all',
      'exclude=a,b',
      'excludepkgs=c',
      'includepkgs=d',
    ]

    expect(policyOf({ 'etc/dnf/dnf.conf': `[main]\n${lines.join('\n')}\n` })).toMatchObject({
      best: true,
      obsoletes: false,
      allowVendorChange: false,
      multilib: 'all',
      excludes: ['a', 'b', 'c'],
      includes: ['d'],
    })
  })

  it('is for dnf5 set in parts too, of which those of the machine mask their namesakes, and dnf.conf has the last word', () => {
    const policy = policyOf({
      ...DNF5,
      'usr/share/dnf5/libdnf.conf.d/10-a.conf': '[main]\nbest=0\nmultilib_policy=all\nexcludepkgs=a\n',
      'usr/share/dnf5/libdnf.conf.d/20-b.conf': '[main]\nobsoletes=0\n',
      'etc/dnf/libdnf5.conf.d/20-b.conf': '[main]\nexcludepkgs=b\n',
      'etc/dnf/dnf.conf': '[main]\nbest=1\nexcludepkgs=c\n',
    })
    expect(policy).toMatchObject({ best: true, multilib: 'all', obsoletes: true, excludes: ['a', 'b', 'c'] })
  })

  it('is unknown where the main configuration cannot be read', () => {
    expect(read({ 'etc/dnf/dnf.conf': 'best=1\n' }).problems).toEqual([
      "etc/dnf/dnf.conf:1: a setting before the first section; the machine's package manager refuses it.",
    ])
  })

  it('leaves out excludes that are switched off', () => {
    const main = (what: string) => ({ 'etc/dnf/dnf.conf': `[main]\nexcludepkgs=a\ndisable_excludes=${what}\n` })

    expect(['main', 'all', 'baseos'].map((what) => policyOf(main(what)).excludes)).toEqual([[], [], ['a']])
  })

  it('adds install-only packages to those that dnf knows, and takes their place for yum', () => {
    const set = 'installonlypkgs=mine\n'

    expect(policyOf({ 'etc/dnf/dnf.conf': `[main]\n${set}` }).installOnly).toEqual([
      ...policyOf({}).installOnly,
      'mine',
    ])
    expect(policyOf({}).installOnly).toContain('installonlypkg(kernel)')
    expect(policyOf({ 'etc/dnf/dnf.conf': '[main]\ninstallonlypkgs=,mine\n' }).installOnly).toEqual(['mine'])
    expect(policyOf({ ...YUM, 'etc/yum.conf': `[main]\n${set}` }).installOnly).toEqual(['mine'])
  })

  it('has the packages of which zypper keeps several', () => {
    const conf = (text: string) => policyOf({ ...ZYPPER, 'etc/zypp/zypp.conf': text }).installOnly

    expect(policyOf(ZYPPER).installOnly).toEqual(['multiversion(kernel)'])
    expect(conf('[main]\nmultiversion = provides:multiversion(kernel),mine\n')).toEqual([
      'multiversion(kernel)',
      'mine',
    ])
    expect(conf('[main]\n')).toEqual([])
  })

  it('has vendors that count as one for zypper', () => {
    const policy = policyOf({
      ...ZYPPER,
      'etc/zypp/zypp.conf': '[main]\nsolver.allowVendorChange = true\n',
      'etc/zypp/vendors.d/a.conf': '[main]\nvendors = suse,openSUSE\n',
    })
    expect(policy).toMatchObject({ allowVendorChange: true, vendorGroups: [['openSUSE', 'suse']] })
  })

  it.each([
    [{ 'etc/dnf/dnf.conf': '[main]\nignorearch=1\n' }, 'etc/dnf/dnf.conf:2: ignorearch is set, which is not followed.'],
    [
      { 'etc/dnf/modules.defaults.d/a.yaml': 'x' },
      'etc/dnf/modules.defaults.d/a.yaml: default streams that the machine sets itself',
    ],
    [{ 'etc/dnf/modules.d/a.module': 'x' }, 'etc/dnf/modules.d/a.module:1: a setting before the first section'],
    [
      { ...DNF5, 'etc/dnf/dnf.conf': '[main]\nallow_vendor_change=0\n', 'etc/dnf/vendors.d/a.conf': 'x' },
      'etc/dnf/vendors.d/a.conf: what it says of vendors',
    ],
    [
      { 'etc/dnf/dnf.conf': '[main]\nreposdir=/srv/repos\n' },
      'etc/dnf/dnf.conf:2: the repositories are moved to a folder',
    ],
  ])('is unknown where what is set is not followed (%#)', (files, problem) => {
    expect(read(files).problems.join('\n')).toContain(problem)
  })
})

describe('streams of modules', () => {
  it('are what the administrator has chosen', () => {
    const policy = policyOf({
      'etc/dnf/modules.d/web.module': '[web]\nname=web\nstream=1\nprofiles=\nstate=enabled\n',
      'etc/dnf/modules.d/db.module': '[db]\nname=db\nstream=2\nstate=disabled\n',
      'etc/dnf/modules.d/old.module': '[old]\nname=old\nstream=\nstate=\n',
    })
    expect(policy.modules).toEqual([
      { name: 'db', stream: '', state: 'disabled' },
      { name: 'old', stream: '', state: 'unset' },
      { name: 'web', stream: '1', state: 'enabled' },
    ])
  })
})

describe('version locks', () => {
  const LIST = 'etc/dnf/plugins/versionlock.list'
  const on = { 'etc/dnf/plugins/versionlock.conf': `[main]\nenabled = 1\nlocklist = /${LIST}\n` }
  const lines = '# kept\n\nhello-0:1.0-1.*\n!bye-2.0-*\n'

  it('are the lines of the list that the plugin reads', () => {
    expect(policyOf({ ...on, [LIST]: lines }).locks).toEqual([
      { pattern: 'hello-0:1.0-1.*', kind: 'only', conditions: [], place: `${LIST}:3` },
      { pattern: 'bye-2.0-*', kind: 'never', conditions: [], place: `${LIST}:4` },
    ])
  })

  it.each([
    ['there is no plugin', { [LIST]: lines }],
    [
      'it is off',
      { ...on, 'etc/dnf/plugins/versionlock.conf': `[main]\nenabled=0\nlocklist=/${LIST}\n`, [LIST]: lines },
    ],
    ['all are off', { ...on, [LIST]: lines, 'etc/dnf/dnf.conf': '[main]\nplugins=0\n' }],
    ['dnf5 is used', { ...on, ...DNF5, [LIST]: lines }],
  ])('do not count where %s', (_, files) => {
    expect(policyOf(files).locks).toEqual([])
  })

  it('make the answer unknown where their list is not there', () => {
    expect(read(on).problems).toEqual([
      'etc/dnf/plugins/versionlock.conf: its list of locks is not part of the evidence.',
    ])
  })

  it('are for yum those of its own plugin, which is off unless it says otherwise', () => {
    const list = { ...YUM, 'etc/yum/pluginconf.d/versionlock.list': '0:hello-1.0-1.*\n' }
    const conf = (enabled: string) => ({
      'etc/yum/pluginconf.d/versionlock.conf': `[main]\n${enabled}locklist = /etc/yum/pluginconf.d/versionlock.list\n`,
    })

    expect(policyOf({ ...list, ...conf('enabled = 1\n') }).locks).toMatchObject([{ pattern: '0:hello-1.0-1.*' }])
    expect(policyOf({ ...list, ...conf('') }).locks).toEqual([])
  })
})

describe('version locks of dnf5', () => {
  const FILE = 'etc/dnf/versionlock.toml'
  const locksOf = (text: string) => read({ ...DNF5, [FILE]: text })

  it('are packages with conditions', () => {
    const text = [
      'version = "1.0"',
      '[[packages]] # a',
      'name = "hello"',
      "comment = 'why'",
      '[[packages.conditions]]',
      'key = "evr"',
      'comparator = "<"',
      'value = "2.0"',
      '[[packages.conditions]]',
      'key = "arch"',
      'comparator = "="',
      'value = "x86_64"',
      '[[packages]]',
      'name = "by\\u0065"',
    ]
    expect(locksOf(text.join('\n')).policy.locks).toEqual([
      {
        pattern: 'hello',
        kind: 'only',
        conditions: [
          { key: 'evr', operator: '<', value: '2.0' },
          { key: 'arch', operator: '=', value: 'x86_64' },
        ],
        place: `${FILE}:2`,
      },
      { pattern: 'bye', kind: 'only', conditions: [], place: `${FILE}:13` },
    ])
  })

  it.each([
    [
      'a condition that is not known',
      '[[packages]]\nname="a"\n[[packages.conditions]]\nkey="size"\ncomparator="<"\nvalue="1"\n',
      `${FILE}:3: a lock with a condition on "size"`,
    ],
    [
      'a comparator that is not known',
      '[[packages]]\nname="a"\n[[packages.conditions]]\nkey="evr"\ncomparator="~"\nvalue="1"\n',
      `${FILE}:3: a lock with a condition on "evr"`,
    ],
    ['no name', '[[packages]]\n', `${FILE}:1: a lock without a name.`],
    ['a version that is not known', 'version = "2.0"\n', `${FILE}:1: of a version that is not known`],
    ['what is no TOML', 'version =\n', `${FILE}:1: cannot be read`],
    ['a string without an end', '[[packages]]\nname="a\n', `${FILE}:2: cannot be read`],
  ])('make the answer unknown with %s', (_, text, problem) => {
    expect(locksOf(text).problems.join('\n')).toContain(problem)
  })
})

describe('locks of zypper', () => {
  const locksOf = (text: string) => read({ ...ZYPPER, 'etc/zypp/locks': text })

  it('are stanzas of names and versions', () => {
    const text = [
      'type: package',
      'match_type: glob',
      'case_sensitive: on',
      'solvable_name: kernel*',
      'version: <= 5.0-1',
      'repo: a',
      '',
      '',
      'type: pattern',
      'match_type: glob',
      'solvable_name: base',
      '',
      'type: package',
      'match_type: exact',
      'case_sensitive: on',
      'solvable_name: gcc[1]',
    ]
    expect(locksOf(text.join('\n'))).toMatchObject({
      problems: [],
      policy: {
        locks: [
          {
            pattern: 'kernel*',
            kind: 'never',
            conditions: [
              { key: 'evr', operator: '<=', value: '5.0-1' },
              { key: 'repository', operator: '=', value: 'a' },
            ],
            place: 'etc/zypp/locks:1',
          },
          { pattern: String.raw`gcc\[1\]`, kind: 'never', conditions: [], place: 'etc/zypp/locks:13' },
        ],
      },
    })
  })

  it('match in any case, and within a name, where they say nothing', () => {
    expect(locksOf('type: package\nsolvable_name: Ab\n').policy.locks).toMatchObject([{ pattern: '*[aA][bB]*' }])
  })

  it.each([
    [
      'a regular expression',
      'type: package\nmatch_type: regex\nsolvable_name: a.*\n',
      'etc/zypp/locks:1: a lock with "regex"',
    ],
    ['what they provide', 'type: package\nmatch_type: glob\nsolvable_provides: a\n', 'a lock with "solvable_provides"'],
    ['a version that is none', 'match_type: glob\nsolvable_name: a\nversion: < \n', 'etc/zypp/locks:1: a lock with'],
  ])('make the answer unknown with %s', (_, text, problem) => {
    expect(locksOf(text).problems.join('\n')).toContain(problem)
  })
})
