import { describe, expect, it } from 'vitest'
import { readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'
import { machineOf } from '#test/support/apt-evidence.ts'

function lines(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('')
}

function words(count: number, word: string): string {
  return Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ')
}

describe('quotas of one machine', () => {
  it.each([
    ['repositories', { 'etc/apt/sources.list': lines(201, (index) => `deb http://h/${index} s main`) }],
    ['bytes of sources', { 'etc/apt/sources.list': lines(100_000, (index) => `deb http://h/${index} s main`) }],
    ['entries', { 'etc/apt/sources.list': lines(6000, () => 'deb http://h/x s main') }],
    ['components', { 'etc/apt/sources.list': `deb http://h/x s ${words(10_000, 'c')}\n` }],
    [
      'architectures of a source',
      { 'etc/apt/sources.list': `deb [arch=${words(10_000, 'a').replaceAll(' ', ',')}] http://h/x s c\n` },
    ],
    ['foreign architectures', { 'var/lib/dpkg/arch': lines(10_000, (index) => `arch${index}`) }],
    [
      'unfolded stanzas',
      {
        'etc/apt/sources.list.d/x.sources': `Types: deb\nURIs: ${words(5000, 'http://h/')}\nSuites: ${words(5000, 's')}\nComponents: c\n`,
      },
    ],
    ['configuration', { 'etc/apt/apt.conf.d/a': lines(60_000, (index) => `a::b${index} "xxxxxxxx";`) }],
    ['preferences', { 'etc/apt/preferences': lines(30_000, () => 'Package: a\nPin: release *\nPin-Priority: 1\n') }],
    ['keyrings', { 'etc/apt/trusted.gpg.d/a.gpg': new Uint8Array(17 * 1024 * 1024) }],
  ] satisfies [string, Record<string, string | Uint8Array>][])(
    'refuses too many %s, quickly and by name',
    (_, files) => {
      const started = performance.now()
      expect(() => readAptEvidence(machineOf(files))).toThrow(expect.objectContaining({ code: 'quota_exceeded' }))
      expect(performance.now() - started).toBeLessThan(3000)
    },
  )

  it('lets a machine have 200 repositories', () => {
    const files = { 'etc/apt/sources.list': lines(200, (index) => `deb http://h/${index} s main`) }
    expect(readAptEvidence(machineOf(files)).repositories).toHaveLength(200)
  })
})
