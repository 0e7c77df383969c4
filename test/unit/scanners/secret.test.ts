import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSecret, SecretSource } from '#scanners/secret.ts'

describe('readSecret', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lazaret-secret-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const write = (text: string) => {
    const file = join(folder, 'key')
    writeFileSync(file, text)
    return { file }
  }

  it('reads a file without its last line break, and an environment variable', () => {
    expect(readSecret(write('s3cret \n'), {})).toBe('s3cret ')
    expect(readSecret({ env: 'KEY' }, { KEY: 'other' })).toBe('other')
  })

  it('reads the file anew each time', () => {
    const source = write('old')
    expect(readSecret(source, {})).toBe('old')
    write('new')
    expect(readSecret(source, {})).toBe('new')
  })

  it.each(['', '\n', 'CANARY\nX-Other: y\n', 'CANARY\0'])(
    'refuses a file with %j and does not say what is in it',
    (text) => {
      expect(() => readSecret(write(text), {})).toThrow(
        expect.toSatisfy(
          (error: Error) => 'code' in error && error.code === 'config_invalid' && !error.message.includes('CANARY'),
        ),
      )
    },
  )

  it('refuses a file and a variable that are not there', () => {
    expect(() => readSecret({ file: join(folder, 'none') }, {})).toThrow(/cannot be read/)
    expect(() => readSecret({ env: 'NONE' }, {})).toThrow(/NONE holds no secret/)
  })

  it('knows no secret that stands in the configuration itself', () => {
    expect(SecretSource.safeParse('s3cret').success).toBe(false)
    expect(SecretSource.safeParse({ value: 's3cret' }).success).toBe(false)
  })
})
