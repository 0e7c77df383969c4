import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutSecrets } from '#shared/domain/evidence-secrets.ts'
import { isFault } from '#shared/domain/fault.ts'
import { listNamedRpmFiles } from '#shared/domain/packaging/rpm/evidence/named-files.ts'
import { RPM_EVIDENCE_PATHS, readRpmEvidence } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { rpmListing, rpmMachine } from '#test/support/rpm-evidence.ts'
import { counterexample } from '#test/support/runs.ts'

/** Slow enough to let a busy machine be, quick enough to see a parser that goes back and forth. */
const MAX_MS = 2000

// Pieces of every format, split at `|`, so that what comes of them is nearly right.
const PIECES = [
  '[main]|[a]|[b-[cd]*]|[packages]|[[packages]]|[[packages.conditions]]|[|]|baseurl=http://x/$releasever/|mirrorlist=http://u:p@h/?repo=a',
  'enabled=0|enabled=1|gpgkey=file:///etc/pki/rpm-gpg/x|repo_gpgcheck=1|priority=1|priority=-99999999999|cost=|exclude=a*,|includepkgs=',
  'best=1|installonlypkgs=|plugins=0|locklist=/etc/x/versionlock|reposdir=/x|varsdir=|disable_excludes=all|multiversion=provides:x|path=/x',
  'key = "evr"|comparator = "<"|value = "1\\u0031"|name = "a"|version = "1.0"|type: package|match_type: glob|solvable_name: a|version: < 1',
  'P\ta\t1\t1\t1\tx\t\t\t\t|p\ta\t8\t1|E\t1|lazaret-rpm-packages 1|${a:-|${b:+|${|$|}|\\|"|\'|=|:|#|;|!|*|?',
  ' |\t|\n|\n\n|\r\n|\n  |\0|\u202e|\ufeff|é|__proto__|constructor|prototype|toString|state=enabled|stream=1|vendors=a,b',
].flatMap((line) => line.split('|'))
const pieces = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 })
const text = fc.oneof(
  pieces.map((some) => some.join('')),
  pieces.map((some) => some.join('\n')),
  fc.string({ unit: 'binary', maxLength: 200 }),
)
const bytes = fc.oneof(
  text.map((value) => Buffer.from(value, 'utf8')),
  fc.uint8Array({ maxLength: 200 }),
)

const MACHINES = {
  dnf4: {},
  dnf5: { 'lazaret/rpm-packages': rpmListing(['hello 1.0-1', 'dnf5 5.2.0-1']) },
  yum: { 'lazaret/rpm-packages': rpmListing(['hello 1.0-1', 'yum 3.4.3-1']) },
  zypper: {
    'lazaret/rpm-packages': rpmListing(['hello 1.0-1', 'zypper 1.14.42-1']),
    'etc/zypp/repos.d/q.repo': '[q]\nbaseurl=http://q/\n',
  },
} as const

/** What is wrong with the answer to evidence with these files; '' when nothing is. */
function judge(files: Readonly<Record<string, string | Uint8Array>>): string {
  const started = performance.now()
  const said = answer(files)
  if (performance.now() - started > MAX_MS) return 'too slow'
  return Object.keys(Object.prototype).length > 0 ? 'a prototype is polluted' : said
}

function answer(files: Readonly<Record<string, string | Uint8Array>>): string {
  try {
    const evidence = rpmMachine(files)
    if (listNamedRpmFiles(evidence).some((path) => path.startsWith('/') || path.includes('..')))
      return 'a path that climbs'
    const { inventory, policy, repositories, problems, warnings } = readRpmEvidence(evidence)
    if (inventory.packages.length === 0) return 'an empty inventory'
    if (repositories.length + problems.length === 0) return 'no repository and no problem'
    if (policy.repositories.some(({ repositoryId }) => !repositories.some(({ id }) => id === repositoryId)))
      return 'a repository is lost'
    return JSON.stringify([repositories, problems, warnings]).includes('u:p@') ? 'a password shows' : ''
  } catch (error) {
    const codes = ['evidence_malformed', 'quota_exceeded']
    const isRefused = isFault(error) && codes.includes(error.code) && error.place.file !== undefined
    return isRefused ? '' : String(error)
  }
}

const ENDINGS = [
  ['repos', 'x.repo'],
  ['override', 'x.repo'],
  ['services', 'x.service'],
  ['modules.d', 'x.module'],
  ['modules.defaults', 'x.yaml'],
  ['vars', 'releasever'],
  ['dnf/plugins', 'versionlock.conf'],
  ['pluginconf', 'versionlock.conf'],
  ['products', 'baseproduct'],
] as const

const PATHS = RPM_EVIDENCE_PATHS.map((path) => {
  if (!path.endsWith('/')) return path
  return `${path}${ENDINGS.find(([part]) => path.includes(part))?.[1] ?? 'x.conf'}`
})

describe('evidence of rpm machines from strangers', () => {
  it.each(PATHS)('never breaks the reader through %s', (path) => {
    const machine = fc.constantFrom(...Object.values(MACHINES))
    const found = counterexample(
      fc.property(bytes, machine, (content, files) => {
        expect(judge({ ...files, [path]: content })).toBe('')
      }),
    )
    expect(found).toBe('')
  })

  it('never breaks the reader through a list of locks', () => {
    const conf = { 'etc/dnf/plugins/versionlock.conf': '[main]\nlocklist=/etc/dnf/plugins/versionlock.list\n' }
    const found = counterexample(
      fc.property(bytes, (content) => judge({ ...conf, 'etc/dnf/plugins/versionlock.list': content }) === ''),
    )
    expect(found).toBe('')
  })

  it('never makes of a changed byte in a repository a silent loss', () => {
    const whole = Buffer.from(
      '[a]\nname=x\nbaseurl=http://mirror.example.org/a/\n[b]\nbaseurl=http://mirror.example.org/b/\n',
    )
    const found = counterexample(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const changed = Buffer.from(whole)
        changed[at] = value
        expect(judge({ 'etc/yum.repos.d/rocky.repo': changed })).toBe('')
      }),
    )
    expect(found).toBe('')
  })

  it('loses its secrets, whatever stands around them', () => {
    const found = counterexample(
      fc.property(text, (content) => {
        const secret = `[s]\npassword=s3cret\n${content}\n[t]\nbaseurl=http://u:s3cret@x/?s3cret\n`
        const cleaned = cutSecrets('etc/yum.repos.d/x.repo', Buffer.from(secret))
        expect(cleaned.status).toBe('cut')
        expect(cleaned.status !== 'omitted' && Buffer.from(cleaned.bytes).includes('s3cret')).toBe(false)
      }),
    )
    expect(found).toBe('')
  })
})
