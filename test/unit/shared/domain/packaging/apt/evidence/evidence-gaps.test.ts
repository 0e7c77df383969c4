import { describe, expect, it } from 'vitest'
import { readAptEvidence } from '#shared/domain/packaging/apt/evidence/read-evidence.ts'

const entry = (name: string, fields: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n${fields}Description: x\n\n`

function read(status: string, more: Record<string, string> = {}) {
  const files = { 'var/lib/dpkg/status': status, 'etc/apt/sources.list': 'deb http://a.example.org/ s main\n', ...more }
  return readAptEvidence({ files: new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])) })
}

describe('gaps of the evidence', () => {
  it('makes an unsent sources file a problem and an unsent key a warning', () => {
    const read1 = read(entry('dpkg', ''), {
      'lazaret/omitted': 'etc/apt/sources.list.d/x.list\tno permission\netc/apt/keyrings/k.gpg\ta private key\n',
    })

    expect(read1.problems).toEqual(['etc/apt/sources.list.d/x.list: not sent: no permission.'])
    expect(read1.warnings).toContain('etc/apt/keyrings/k.gpg: not sent: a private key.')
  })

  it('says that a database which lacks what its packages need may be cut', () => {
    const whole =
      entry('dpkg', '') +
      entry('a', 'Depends: b (>= 1), c | d:any\n') +
      entry('b', '') +
      entry('e', 'Provides: d (= 1), c\n')

    expect(read(whole).warnings.filter((warning) => warning.includes('cut'))).toEqual([])
    expect(read(entry('dpkg', '') + entry('a', 'Depends: b (>= 1), c | d:any\n') + entry('b', '')).warnings).toContain(
      '1 installed package needs what is not installed (a needs c or d): the package database may be cut.',
    )
  })
})
