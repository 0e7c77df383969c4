import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openScanners, ScannerConfig } from '#scanners/index.ts'

const NESSUS = {
  kind: 'nessus',
  id: 'nessus-lab',
  url: 'https://nessus.example.org:8834',
  accessKey: { file: '/none' },
  secretKey: { env: 'NONE' },
}

describe('the configuration of scanners', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lazaret-scanners-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  const open = (...configs: readonly object[]) =>
    openScanners(
      configs.map((config) => ScannerConfig.parse(config)),
      { workFolder: folder, environment: {} },
    )

  it('opens every scanner under its id and asks none of them anything', () => {
    const scanners = open(NESSUS, { kind: 'nmap', id: 'nmap' }, { kind: 'nuclei', id: 'web', templatesFolder: '/none' })

    expect([...scanners].map(([id, { kind, slots, id: own }]) => ({ id, kind, slots, own }))).toEqual([
      { id: 'nessus-lab', kind: 'nessus', slots: 4, own: 'nessus-lab' },
      { id: 'nmap', kind: 'nmap', slots: 2, own: 'nmap' },
      { id: 'web', kind: 'nuclei', slots: 1, own: 'web' },
    ])
  })

  it('refuses two scanners of one id', () => {
    expect(() => open({ kind: 'nmap', id: 'a' }, { kind: 'nmap', id: 'a' })).toThrow('Two scanners are called a.')
  })

  it.each([
    ['no kind', { id: 'a' }],
    ['another kind', { kind: 'other', id: 'a' }],
    ['an id that leads elsewhere', { kind: 'nmap', id: '../a' }],
    ['a program that is an option', { kind: 'nmap', id: 'a', program: '--script' }],
    ['a program with arguments', { kind: 'nmap', id: 'a', program: 'nmap -oN x' }],
    ['an unknown key', { kind: 'nmap', id: 'a', arguments: '-oN x' }],
    ['a key in the configuration itself', { ...NESSUS, accessKey: 'abc' }],
    ['an address without encryption', { ...NESSUS, url: 'http://nessus.example.org:8834' }],
    ['a password in the address', { ...NESSUS, url: 'https://me:secret@nessus.example.org' }],
    ['a path in the address', { ...NESSUS, url: 'https://nessus.example.org/x' }],
    ['no credentials', { ...NESSUS, secretKey: undefined }],
    ['two kinds of credentials', { ...NESSUS, username: 'me', password: { env: 'P' } }],
    ['two kinds of trust', { ...NESSUS, insecure: true, caFile: '/ca.pem' }],
    ['trust that is not said in full', { ...NESSUS, insecure: 'yes' }],
    ['a pin that is too short', { ...NESSUS, certificateSha256: 'AB:CD' }],
    ['a relative folder of templates', { kind: 'nuclei', id: 'a', templatesFolder: 'templates' }],
  ])('refuses %s', (_what, config) => {
    expect(ScannerConfig.safeParse(config).success).toBe(false)
  })

  it.each([
    ['{"ports": "22 -oN x"}', /ports: must be ports/],
    ['{"script": "x"}', /script/],
    ['{', /cannot be read as JSON/],
    [`{"ports": "${'1,'.repeat(60_000)}1"}`, /cannot be read as JSON/],
  ])('names the options file that is wrong', (text, message) => {
    const file = join(folder, 'nmap.json')
    writeFileSync(file, text)

    expect(() => open({ kind: 'nmap', id: 'a', optionsFile: file })).toThrow(
      expect.objectContaining({
        code: 'config_invalid',
        place: { file },
        message: expect.stringMatching(message) as string,
      }),
    )
  })
})
