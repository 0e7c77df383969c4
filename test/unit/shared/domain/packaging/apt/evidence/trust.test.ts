import { describe, expect, it } from 'vitest'
import { sha256 } from '#shared/domain/canonical-json.ts'
import { readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { normaliseSignedBy } from '#shared/domain/packaging/apt/evidence/trust.ts'
import { machineOf } from '#test/support/apt-evidence.ts'

const FINGERPRINT = '0123456789abcdef0123456789ABCDEF01234567'
const KEY = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQ==\n-----END PGP PUBLIC KEY BLOCK-----\n'

function read(options: string, files: Readonly<Record<string, string>> = {}) {
  const result = readAptEvidence(
    machineOf({ 'etc/apt/sources.list': `deb ${options} http://mirror.example.org/debian bookworm main\n`, ...files }),
  )
  const repository = result.repositories[0]
  if (repository === undefined) throw new Error(result.problems.join())
  return { ...result, repository, trust: repository.trust }
}

describe('whose signatures count', () => {
  const files = {
    'usr/share/keyrings/a.gpg': 'key a',
    'etc/apt/trusted.gpg': 'key g',
    'etc/apt/trusted.gpg.d/b.asc': 'key b',
    'etc/apt/trusted.gpg.d/c.gpg~': 'key c',
  }

  it('takes the keyrings that Signed-By names, and hands over no others', () => {
    const { trust, keyrings } = read('[signed-by=/usr/share/keyrings/a.gpg]', files)
    expect(trust).toEqual({ kind: 'keys', keyrings: [sha256('key a')], fingerprints: [] })
    expect([...keyrings.keys()]).toEqual([sha256('key a')])
  })

  it('takes the keys that the machine trusts for everything where nothing is named', () => {
    expect(read('', files).trust).toEqual({
      kind: 'keys',
      keyrings: [sha256('key g'), sha256('key b')],
      fingerprints: [],
    })
  })

  it('narrows them down by fingerprint', () => {
    const expected = { kind: 'keys', keyrings: [sha256('key g'), sha256('key b')] }
    expect(read(`[signed-by=${FINGERPRINT}!]`, files).trust).toEqual({
      ...expected,
      fingerprints: [`${FINGERPRINT.toUpperCase()}!`],
    })
  })

  it('trusts nobody, and says so, where the named keyring is not in the evidence', () => {
    const { trust, warnings } = read('[signed-by=/etc/shadow]', files)
    expect(trust).toEqual({ kind: 'keys', keyrings: [], fingerprints: [] })
    expect(warnings).toContain('etc/apt/sources.list:1: the keyring /etc/shadow is not part of the evidence.')
  })

  it.each([
    ['yes', 'always'],
    ['no', 'never'],
    ['maybe', 'never'],
  ])('reads trusted=%s as %s', (word, kind) => {
    expect(read(`[trusted=${word}]`, files).trust).toEqual({ kind })
  })

  it('reads a key inside a stanza', () => {
    const block = KEY.trimEnd()
      .split('\n')
      .map((line) => ` ${line === '' ? '.' : line}`)
      .join('\n')
    const result = readAptEvidence(
      machineOf({
        'etc/apt/sources.list': '',
        'etc/apt/sources.list.d/x.sources': `Types: deb\nURIs: http://h/x\nSuites: s\nComponents: c\nSigned-By:\n${block}\n`,
      }),
    )
    expect(result.repositories[0]?.trust).toEqual({ kind: 'keys', keyrings: [sha256(KEY)], fingerprints: [] })
    expect(Buffer.from(result.keyrings.get(sha256(KEY)) ?? []).toString()).toBe(KEY)
  })

  it.each([
    ['/a,/b /c', '/a,/b,/c'],
    [FINGERPRINT, FINGERPRINT.toUpperCase()],
    ['0x1234', null],
    [`${FINGERPRINT}0`, null],
    ['', ''],
  ])('normalises %j', (text, expected) => {
    expect(normaliseSignedBy(text, '2.6.1')).toBe(expected)
  })

  it('takes no key inside a stanza for an apt that does not', () => {
    expect(normaliseSignedBy(KEY, '2.2.4')).toBeNull()
    expect(normaliseSignedBy(KEY, '2.4.0')).toContain('mQ==')
    expect(normaliseSignedBy(KEY, null)).toContain('mQ==')
  })
})

function withKey(key: string): string {
  return read('', { 'etc/apt/trusted.gpg.d/a.gpg': key }).repository.id
}

describe('the id of a repository', () => {
  it('is the same wherever and in whatever order the machine says the same', () => {
    const first = read('[signed-by=/a.gpg]', { 'a.gpg': 'key' }).repository
    const second = readAptEvidence(
      machineOf({
        'etc/apt/sources.list': '',
        'etc/apt/sources.list.d/x.sources':
          'Types: deb\nURIs: http://mirror.example.org/debian/\nSuites: bookworm\nComponents: main\nSigned-By: /b.gpg\n',
        'b.gpg': 'key',
      }),
    ).repositories[0]
    expect(second?.id).toBe(first.id)
    expect(second?.places).not.toEqual(first.places)
  })

  it.each([
    '[trusted=yes]',
    '[trusted=no]',
    '[signed-by=/other.gpg]',
    `[signed-by=${FINGERPRINT}]`,
    '[arch=i386]',
    '[by-hash=force]',
    '[check-valid-until=no]',
    '[check-date=no]',
    '[valid-until-min=1]',
    '[valid-until-max=1]',
    '[date-max-future=1]',
    '[allow-insecure=yes]',
    '[inrelease-path=x]',
  ])('changes with %s', (options) => {
    expect(read(options, { 'other.gpg': 'x' }).repository.id).not.toBe(read('').repository.id)
  })

  it('changes when a trusted key does', () => {
    expect(withKey('one')).not.toBe(withKey('two'))
  })

  it('does not change with an option that decides nothing', () => {
    expect(read('[lang=none pdiffs=no]').repository.id).toBe(read('').repository.id)
  })
})
