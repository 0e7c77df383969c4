import { describe, expect, it } from 'vitest'
import { readOsRelease } from '#shared/domain/os-release.ts'
import { evidenceOf } from '#test/support/apt-evidence.ts'

function read(text: string, path = 'etc/os-release') {
  return readOsRelease(evidenceOf({ [path]: text }))
}

describe('os-release', () => {
  it('is read with and without quotes, from either place', () => {
    const expected = { id: 'ubuntu', version: '24.04', codename: 'noble' }
    expect(read('ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=\'noble\'\n')).toEqual(expected)
    expect(read('ID=Ubuntu\nVERSION_ID=24.04\nVERSION_CODENAME=noble', 'usr/lib/os-release')).toEqual(expected)
  })

  it.each(['', '# ID=debian', 'ID=', 'ID="a b"', 'garbage', 'ID=\u001b[31m'])(
    'says nothing it cannot read: %j',
    (text) => {
      expect(read(text)).toEqual({ id: null, version: null, codename: null })
    },
  )
})
