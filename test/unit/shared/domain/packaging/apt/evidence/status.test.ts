import { describe, expect, it } from 'vitest'
import { readStatus } from '#shared/domain/packaging/apt/evidence/status.ts'
import { statusEntry } from '#test/support/apt-evidence.ts'

const FILE = 'var/lib/dpkg/status'

function read(text: string | Uint8Array, statusless = false) {
  const bytes = typeof text === 'string' ? Buffer.from(text, 'utf8') : text
  return readStatus(bytes, { file: FILE, statusless })
}

describe('dpkg status file', () => {
  it('reads every field that a rule needs', () => {
    const { packages } = read(
      statusEntry({
        Package: 'libFoo2',
        Status: 'hold reinstreq unpacked',
        Essential: 'yes',
        'Multi-Arch': 'same',
        Source: 'foo (1:2.0)',
        Version: '1:2.0+b1',
        'Installed-Size': '42',
        Depends: 'libc6 (>= 2.34),\n libbar',
        'Pre-Depends': 'a',
        Conflicts: 'b',
        Breaks: 'c',
        Replaces: 'd',
        Provides: 'e (= 1)',
        Recommends: 'f | g',
      }),
    )

    expect(packages).toEqual([
      {
        name: 'libfoo2',
        architecture: 'amd64',
        version: '1:2.0+b1',
        source: 'foo',
        sourceVersion: '1:2.0',
        state: 'unpacked',
        held: true,
        reinstall: true,
        essential: true,
        multiArch: 'same',
        installedSize: '42',
        relations: {
          depends: 'libc6 (>= 2.34), libbar',
          preDepends: 'a',
          conflicts: 'b',
          breaks: 'c',
          replaces: 'd',
          provides: 'e (= 1)',
          recommends: 'f | g',
        },
      },
    ])
  })

  it.each([
    ['install ok installed', 'installed'],
    ['deinstall ok installed', 'installed'],
    ['install ok half-installed', 'half-installed'],
    ['install ok half-configured', 'half-configured'],
    ['install ok triggers-awaited', 'triggers-awaited'],
    ['install ok triggers-pending', 'triggers-pending'],
    ['deinstall ok config-files', undefined],
    ['purge ok not-installed', undefined],
  ])('takes the third word of "%s" alone for the state', (status, state) => {
    expect(read(statusEntry({ Status: status })).packages[0]?.state).toBe(state)
  })

  it('counts an entry without a Status as not installed, but as installed in an image without dpkg', () => {
    const entry = statusEntry({ Status: '' })
    expect(read(entry).packages).toEqual([])
    expect(read(entry, true).packages).toHaveLength(1)
  })

  it('keeps a package without an Architecture under one that nothing matches, and says so', () => {
    const { packages, warnings } = read(statusEntry({ Architecture: '' }))
    expect(packages[0]?.architecture).toBe('none')
    expect(warnings).toEqual([`${FILE}:1: hello is installed without an Architecture.`])
  })

  it('accepts bytes that are not UTF-8, carriage returns, lines of blanks and NUL bytes outside of names', () => {
    const text = `Package: a\r\nStatus: install ok installed\r\nArchitecture: amd64\r\nVersion: 1\r\nDescription: \0x\r\n \r\n y\r\n\r\n`
    const bytes = Buffer.concat([Buffer.from(text), Buffer.from('Package: b\nMaintainer: \xff\xfe\n\n', 'latin1')])
    expect(read(bytes).packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['a 1'])
  })

  it.each([
    ['a line without a colon', `${statusEntry({})}garbage\n`, 7],
    ['an entry without Package', `${statusEntry({})}${statusEntry({ Package: '' })}`, 7],
    ['a name that is none', statusEntry({ Package: 'a/../b' }), 1],
    ['an installed package without a version', statusEntry({ Version: '' }), 1],
    ['a version with a blank', statusEntry({ Version: '1 2' }), 1],
    ['a version with a control character', statusEntry({ Version: '1\u0000' }), 1],
    ['an unknown state', statusEntry({ Status: 'install ok bogus' }), 1],
    ['a state of two words', statusEntry({ Status: 'install ok' }), 1],
    ['a second Version', statusEntry({ Description: 'x\nVersion: 2' }), 6],
    ['a continuation of nothing', ' x\n', 1],
    ['an architecture that is none', statusEntry({ Architecture: '../x' }), 1],
  ])('refuses %s and names the line', (_, text, line) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'evidence_malformed', place: { file: FILE, line } }),
    )
  })

  it('refuses a file that is cut inside its last entry, wherever the cut is before the description', () => {
    const last = statusEntry({ Package: 'second' })
    const end = last.indexOf('Description')
    const whole = statusEntry({}) + last
    const before = whole.length - last.length
    for (let length = before + 1; length <= before + end; length++) {
      expect(() => read(whole.slice(0, length))).toThrow(FILE)
    }
  })

  it.each([statusEntry({}).trimEnd(), `${statusEntry({}).trimEnd()}\n mo`])(
    'refuses a file that ends inside a line',
    (text) => {
      expect(() => read(text)).toThrow('the file ends in the middle of a line')
    },
  )

  it('takes a last entry that is complete but for the empty line after it', () => {
    expect(read(statusEntry({}).trimEnd().concat('\n')).packages).toHaveLength(1)
  })

  it('refuses more entries than any machine has, before it reads them all', () => {
    const entry = 'Package: a\n\n'
    const started = performance.now()
    expect(() => read(entry.repeat(1_000_000))).toThrow(expect.objectContaining({ code: 'evidence_too_large' }))
    expect(performance.now() - started).toBeLessThan(3000)
  })

  it.each([
    ['one relation over very many lines', statusEntry({ Depends: `a${',\n b'.repeat(200_000)}` })],
    ['one very long description', statusEntry({ Description: `a${'\n b'.repeat(1_000_000)}` })],
    ['very many fields', statusEntry({ Description: `a${'\nX-a: b'.repeat(300_000)}` })],
  ])('reads %s in a moment', (_, text) => {
    const started = performance.now()
    expect(read(text).packages).toHaveLength(1)
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('refuses a relation that no package manager would read', () => {
    expect(() => read(statusEntry({ Depends: `a${', b'.repeat(400_000)}` }))).toThrow('longer than 1 MiB')
  })
})
