import { describe, expect, it } from 'vitest'
import { recognisePackageSystem } from '#shared/domain/packaging/index.ts'
import { makeHeader, makeNdb, packageTags } from '#test/support/rpm-databases.ts'

const rpmDatabase = (...names: string[]) => makeNdb(names.map((name) => makeHeader(packageTags(name, []))))

const ARCH = Buffer.from('amd64\n')

const dpkgStatus = (...names: string[]) =>
  Buffer.from(
    names.map((name) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n`).join(''),
  )

function recognise(files: Record<string, Uint8Array>): string {
  return recognisePackageSystem({ files: new Map(Object.entries(files)) }).id
}

describe('recognisePackageSystem', () => {
  it.each([
    ['apt', 'nothing else', { 'var/lib/dpkg/status': dpkgStatus('a') }],
    ['rpm', 'nothing else', { 'var/lib/rpm/Packages.db': rpmDatabase('a') }],
    [
      'apt',
      'an empty rpm database',
      { 'var/lib/dpkg/status': dpkgStatus('a'), 'var/lib/rpm/Packages.db': rpmDatabase() },
    ],
    [
      'rpm',
      'an empty status file',
      { 'var/lib/dpkg/status': dpkgStatus(), 'var/lib/rpm/Packages.db': rpmDatabase('a') },
    ],
    [
      'rpm',
      'fewer packages of dpkg',
      {
        'var/lib/dpkg/status': dpkgStatus('a'),
        'var/lib/dpkg/arch': ARCH,
        'var/lib/rpm/Packages.db': rpmDatabase('a', 'b'),
      },
    ],
    [
      'apt',
      'fewer packages of rpm',
      {
        'var/lib/dpkg/status': dpkgStatus('a', 'b', 'c'),
        'var/lib/dpkg/arch': ARCH,
        'var/lib/rpm/Packages.db': rpmDatabase('a', 'b'),
      },
    ],
  ])('takes a machine for one of %s that has %s beside', (id, _, files) => {
    expect(recognise(files)).toBe(id)
  })

  it('does not pass over a damaged database because another one can be read', () => {
    expect(
      recognise({
        'var/lib/dpkg/status': dpkgStatus('a'),
        'var/lib/dpkg/arch': ARCH,
        'var/lib/rpm/Packages.db': rpmDatabase('a').subarray(0, -20),
      }),
    ).toBe('rpm')
  })

  it('says what it looked for where there is neither', () => {
    expect(() => recognise({ 'etc/os-release': Buffer.from('ID=x\n') })).toThrow(
      'holds neither var/lib/dpkg/status nor an rpm database or listing',
    )
  })
})
