import { describe, expect, it } from 'vitest'
import { listNamedRpmFiles, mayBeNamedRpmFile } from '#shared/domain/packaging/rpm/evidence/named-files.ts'
import {
  RPM_EVIDENCE_PATHS,
  readRpmEvidence,
  recognisesRpm,
} from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { cutSecrets } from '#shared/domain/evidence-secrets.ts'
import { evidenceOf } from '#test/support/apt-evidence.ts'
import { CANARY } from '#test/support/fixture-machine.ts'
import { RPM_MACHINE_FILES } from '#test/support/rpm-fixture-machine.ts'
import { rpmListing, rpmMachine } from '#test/support/rpm-evidence.ts'

const read = (files: Readonly<Record<string, string>> = {}) => readRpmEvidence(rpmMachine(files))
const listing = (...rows: readonly string[]) => ({ 'lazaret/rpm-packages': rpmListing(rows) })
const repo = (url: string) => ({ 'etc/yum.repos.d/rocky.repo': `[a]\nbaseurl=${url}\n` })

describe('the evidence of an rpm machine', () => {
  it('is recognised by what rpm knows', () => {
    expect(recognisesRpm(rpmMachine())).toBe(true)
    expect(recognisesRpm(evidenceOf({ 'var/lib/dpkg/status': 'x', 'etc/yum.repos.d/a.repo': 'x' }))).toBe(false)
  })

  it('says what is installed and who the machine is', () => {
    const { inventory, system, problems, warnings } = read({ 'etc/machine-id': '0123456789abcdef0123456789abcdef\n' })

    expect(inventory).toMatchObject({ architecture: 'x86_64', runningKernel: '5.14.0-427.el9.x86_64' })
    expect(inventory.packages.map(({ name }) => name)).toEqual(['hello', 'dnf', 'rocky-release'])
    expect(system).toEqual({
      osName: 'rocky 9.4',
      osId: 'rocky',
      osVersion: '9.4',
      machineId: '0123456789abcdef0123456789abcdef',
      architecture: 'x86_64',
      packages: 3,
    })
    expect([problems, warnings]).toEqual([[], []])
  })

  it('is refused without a package', () => {
    expect(() => read(listing())).toThrow('lazaret/rpm-packages:2: no package is installed.')
    expect(() => readRpmEvidence(evidenceOf({}))).toThrow('no package is installed')
  })

  it('is refused where the list of packages is cut', () => {
    expect(() => read({ 'lazaret/rpm-packages': rpmListing(['a 1-1']).replace(/E\t1\n$/, '') })).toThrow(
      /^lazaret\/rpm-packages:3: the list of packages ends before its last line/,
    )
  })

  it('names what was not sent: a problem where it decides', () => {
    const { problems, warnings } = read({
      'lazaret/omitted':
        'etc/dnf/dnf.conf\tno permission\netc/pki/rpm-gpg/x\tno permission\netc/zypp/credentials.d/SCC\tholds passwords\n',
    })
    expect(problems).toEqual(['etc/dnf/dnf.conf: not sent: no permission.'])
    expect(warnings).toEqual([
      'etc/pki/rpm-gpg/x: not sent: no permission.',
      'etc/zypp/credentials.d/SCC: not sent: holds passwords.',
    ])
  })

  it('keeps a bounded number of sentences', () => {
    const { problems } = read({
      'etc/yum.repos.d/rocky.repo': Array.from(
        { length: 90 },
        (_, index) => `[r${index}]\nbaseurl=http://x/$v${index}/\n`,
      ).join(''),
    })
    expect(problems).toHaveLength(51)
    expect(problems.at(-1)).toBe('and 40 sentences more like these.')
  })

  it('is refused with more repositories than one machine may have', () => {
    const many = Array.from({ length: 501 }, (_, index) => `[r${index}]\nbaseurl=http://x/${index}/\n`).join('')
    expect(() => read({ 'etc/yum.repos.d/rocky.repo': many })).toThrow('more than 500 repositories')
  })
})

describe('the architecture', () => {
  const archOf = (files: Readonly<Record<string, string>>) => read(files).inventory.architecture

  it('is what the kernel says, unless rpm is told otherwise', () => {
    expect(archOf({ 'lazaret/uname': '6.0\naarch64\n' })).toBe('aarch64')
    expect(archOf({ 'etc/rpm/platform': 'i686-redhat-linux\n' })).toBe('i686')
  })

  it('is the best of the installed packages where nobody says it', () => {
    const { inventory, warnings } = read({
      'lazaret/uname': '',
      ...listing('a 1-1 noarch', 'b 1-1 i686', 'c 1-1 s390x'),
    })

    expect(inventory).toMatchObject({ architecture: 's390x', runningKernel: null })
    expect(warnings.join()).not.toContain('lazaret/uname')
  })

  it('is doubted where packages of another architecture could be there too', () => {
    const { inventory, warnings } = read({ 'lazaret/uname': '', ...listing('a 1-1 noarch', 'b 1-1 i686') })

    expect(inventory.architecture).toBe('i686')
    expect(warnings.join()).toContain('lazaret/uname: not there; the packages say that the machine is i686')
  })

  it('is a variant that packages were built for', () => {
    expect(archOf(listing('a 1-1 x86_64_v2'))).toBe('x86_64_v2')
  })

  it.each([
    ['i686', 'i386'],
    ['armv7l', 'arm'],
    ['armv7hl', 'armhfp'],
    ['x86_64', 'x86_64'],
    ['s390x', 's390x'],
  ])('%s has the base %s', (machine, base) => {
    const { repositories } = read({ 'lazaret/uname': `5\n${machine}\n`, ...repo('http://x/$basearch/$arch/') })
    expect(repositories[0]?.baseUrls).toEqual([`http://x/${base}/${machine}/`])
  })
})

describe('the release', () => {
  const seen = (files: Readonly<Record<string, string>>) => {
    const { repositories, warnings } = read({ ...repo('http://x/$releasever/'), ...files })
    return [repositories[0]?.baseUrls[0], warnings.some((warning) => warning.includes('$releasever'))]
  }

  it.each([
    [
      'what says so by name',
      listing('dnf 4-1', 'r 9.4-1 noarch system-release=9.4-1 system-release(releasever)=9'),
      '9',
    ],
    [
      'the version of a package that provides it without one',
      listing('dnf 4-1', 'r 9.4-1 noarch system-release'),
      '9.4',
    ],
    [
      'the version that is provided, of a package of another name',
      listing('dnf 4-1', 'r 9.4-1 noarch system-release=8'),
      '8',
    ],
    [
      'the version of the package that has the name itself',
      listing('dnf 4-1', 'system-release 2023.1-1 noarch system-release=7'),
      '2023.1',
    ],
    ['redhat-release', listing('dnf 4-1', 'r 8.9-1 noarch redhat-release=8.9-1'), '8.9-1'],
    ['a variable of the machine', { 'etc/dnf/vars/releasever': 'latest\n' }, 'latest'],
    [
      'for dnf5 what is provided first, whatever the name',
      listing('dnf5 5-1', 'system-release 41-1 noarch system-release=42'),
      '41-1',
    ],
  ])('is %s', (_, files, expected) => {
    expect(seen(files)).toEqual([`http://x/${expected}/`, false])
  })

  it('is the version of the base product for zypper', () => {
    const files = {
      ...listing('zypper 1-1', 'r 15.4-1 noarch system-release'),
      'etc/zypp/repos.d/a.repo': '[a]\nbaseurl=http://x/$releasever/${releasever_major}/\n',
      'etc/products.d/baseproduct': '<?xml version="1.0"?><product><name>Leap</name><version>15.6</version></product>',
    }
    expect(read(files).repositories[0]?.baseUrls).toEqual(['http://x/15.6/15/'])
  })

  it('is that of os-release where no package says it, with a warning', () => {
    expect(seen(listing('dnf 4-1'))).toEqual(['http://x/9/', true])
    expect(seen({ ...listing('dnf 4-1'), 'etc/os-release': 'ID=fedora\nVERSION_ID=40\n' })).toEqual([
      'http://x/40/',
      true,
    ])
  })

  it('that pins a machine to what it has is warned about', () => {
    const amazon = {
      ...listing('dnf 4-1', 'system-release 2023.5-1 noarch system-release(releasever)=2023.5'),
      'etc/os-release': 'ID=amzn\nVERSION_ID="2023"\n',
    }
    expect(read(amazon).warnings).toEqual([
      'The machine takes packages of release 2023.5 only; updates of later releases are not offered to it.',
    ])
    expect(read({ ...amazon, 'etc/dnf/vars/releasever': 'latest\n' }).warnings).toEqual([])
  })

  it('makes the answer unknown where nobody knows it and an address needs it', () => {
    const { problems } = read({ ...listing('dnf 4-1'), 'etc/os-release': '', ...repo('http://x/$releasever/') })
    expect(problems).toEqual(['etc/yum.repos.d/rocky.repo:1: [a] uses the variable "releasever", which nothing sets.'])
  })
})

describe('files that the configuration names', () => {
  it('are keys and the list of locks, wherever they lie, and nothing else', () => {
    const evidence = rpmMachine({
      'etc/yum.repos.d/rocky.repo': [
        '[a]',
        'gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-a, file:/srv/b.asc https://x/c.asc',
        '  file:///srv/d.gpg file:///etc/shadow file:///etc/../x.gpg file:///etc/pki/entitlement/1-key.pem',
      ].join('\n'),
      'etc/dnf/plugins/versionlock.conf': '[main]\nlocklist = /srv/versionlock.list\n',
      'etc/yum/pluginconf.d/versionlock.conf': '[main]\nlocklist=/etc/shadow\n',
    })
    expect(listNamedRpmFiles(evidence)).toEqual([
      'etc/pki/rpm-gpg/RPM-GPG-KEY-a',
      'srv/b.asc',
      'srv/d.gpg',
      'srv/versionlock.list',
    ])
  })

  it('may be known before what names them is', () => {
    const paths = [
      'srv/b.asc',
      'etc/pki/rpm-gpg/anything',
      'srv/versionlock.list',
      'etc/shadow',
      'etc/pki/entitlement/1-key.pem',
    ]
    expect(paths.map(mayBeNamedRpmFile)).toEqual([true, true, true, false, false])
  })
})

describe('secrets of a machine that sends all it has', () => {
  it('are in nothing that is read', () => {
    const files: Record<string, string> = {
      ...RPM_MACHINE_FILES,
      'lazaret/rpm-packages': rpmListing(['hello 1.0-1', 'dnf 4-1']),
    }
    const kept = Object.entries(files).flatMap(([path, text]) => {
      const cleaned = cutSecrets(path, Buffer.from(text))
      const isSent = RPM_EVIDENCE_PATHS.some(
        (known) => path === known || (known.endsWith('/') && path.startsWith(known)),
      )
      return cleaned.status === 'omitted' || !isSent ? [] : [[path, cleaned.bytes] as const]
    })
    const { repositories, problems, warnings, policy } = readRpmEvidence({ files: new Map(kept) })

    expect(Object.values(files).filter((text) => text.includes(CANARY)).length).toBeGreaterThan(3)
    expect(kept.filter(([, bytes]) => Buffer.from(bytes).includes(CANARY)).map(([path]) => path)).toEqual([])
    expect(JSON.stringify([repositories, problems, warnings, policy])).not.toContain(CANARY)
    expect(repositories.length).toBeGreaterThan(1)
  })
})
