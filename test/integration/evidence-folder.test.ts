import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readEvidenceFolder } from '#adapters/embedded/evidence-folder.ts'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { CANARY, MACHINE_FILES, PUBLIC_KEY, writeMachine } from '#test/support/fixture-machine.ts'
import { requireTool } from '#test/support/tools.ts'

const WANTED = [
  'etc/os-release',
  'etc/apt/sources.list',
  'etc/apt/sources.list.d/',
  'etc/apt/apt.conf.d/',
  'etc/apt/auth.conf',
  'etc/apt/auth.conf.d/',
  'etc/apt/keyrings/',
  'etc/apt/trusted.gpg.d/',
  'opt/keys/two.asc',
  'var/lib/dpkg/status',
  'var/lib/dpkg/arch',
  'no/such/file',
  'no/such/folder/',
]

let folder = ''
let root = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lazaret folder '))
  root = join(folder, 'root')
  await writeMachine(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('reading evidence from a folder', () => {
  it('takes the wanted files and the direct files of wanted folders, and nothing that is missing', async () => {
    const { evidence } = await readEvidenceFolder(root, WANTED)
    expect([...evidence.files.keys()]).toEqual([
      'etc/os-release',
      'etc/apt/sources.list',
      'etc/apt/sources.list.d/with blank.sources',
      'etc/apt/apt.conf.d/80proxy',
      'etc/apt/keyrings/good.asc',
      'var/lib/dpkg/status',
      'var/lib/dpkg/arch',
    ])
    expect(Buffer.from(evidence.files.get('var/lib/dpkg/status') ?? []).toString()).toBe(
      MACHINE_FILES['var/lib/dpkg/status'],
    )
  })

  it('holds no secret, and names the private keys that it left out', async () => {
    const { evidence, warnings } = await readEvidenceFolder(root, WANTED)
    expect(Buffer.concat([...evidence.files.values()]).includes(CANARY)).toBe(false)
    expect(warnings).toEqual([
      'etc/apt/keyrings/private.asc was left out: it holds a private key.',
      'etc/apt/trusted.gpg.d/secret.gpg was left out: it holds a private key.',
      'opt/keys/two.asc was left out: it holds a private key.',
    ])
  })

  it('follows links as the system itself would, and never outside', async () => {
    await writeMachine(join(folder, 'outside'), { 'x.list': CANARY, 'd/y.list': CANARY })
    await writeMachine(
      root,
      { 'usr/lib/os-release': 'ID=inside\n', 'data/b.list': 'b', 'srv/conf/c.conf': 'c' },
      {
        'usr/lib/link': '/usr/lib/os-release',
        'etc/apt/sources.list.d/absolute.list': join(folder, 'outside/x.list'),
        'etc/apt/sources.list.d/climbing.list': '../../../../outside/x.list',
        'etc/apt/sources.list.d/inside.list': '/data/../data/b.list',
        'etc/apt/sources.list.d/above.list': '../../../../../../../data/b.list',
        'etc/apt/sources.list.d/circle.list': 'circle.list',
        'etc/apt/sources.list.d/secret.list': '/etc/apt/auth.conf',
        'etc/apt/elsewhere.d': join(folder, 'outside/d'),
        'etc/apt/mirrors.d': '/srv/conf',
      },
    )
    const wanted = ['usr/lib/link', 'etc/apt/sources.list.d/', 'etc/apt/elsewhere.d/', 'etc/apt/mirrors.d/']
    const { evidence, warnings } = await readEvidenceFolder(root, wanted)
    expect([...evidence.files.keys()]).toEqual([
      'usr/lib/link',
      'etc/apt/sources.list.d/above.list',
      'etc/apt/sources.list.d/inside.list',
      'etc/apt/sources.list.d/with blank.sources',
      'etc/apt/mirrors.d/c.conf',
    ])
    expect(Buffer.concat([...evidence.files.values()]).includes(CANARY)).toBe(false)
    expect(warnings).toEqual(['etc/apt/sources.list.d/circle.list was not read: its links lead in a circle.'])
  })

  it('reads a root that is itself behind a link', async () => {
    await writeMachine(folder, {}, { disk: 'root' })
    const { evidence } = await readEvidenceFolder(join(folder, 'disk'), ['var/lib/dpkg/status'])
    expect(evidence.files.size).toBe(1)
  })

  it('takes regular files only, and does not wait for a pipe', async () => {
    execFileSync('mkfifo', [join(root, 'etc/apt/preferences')])
    const { evidence, warnings } = await readEvidenceFolder(root, [
      'etc/apt/preferences',
      'etc/apt',
      'var/lib/dpkg/status/',
    ])
    expect(evidence.files.size).toBe(0)
    expect(warnings).toEqual([])
  })

  it('names each file and folder that it has no permission to read', async () => {
    await chmod(folder, 0o755)
    await chmod(join(root, 'etc/apt/sources.list'), 0)
    await chmod(join(root, 'etc/apt/keyrings'), 0)
    const { evidence, warnings } = await asNobody(() =>
      readEvidenceFolder(root, ['etc/apt/sources.list', 'etc/apt/keyrings/']),
    )
    await chmod(join(root, 'etc/apt/keyrings'), 0o755)
    expect(evidence.files.size).toBe(0)
    expect(warnings).toEqual([
      'etc/apt/sources.list was not read: no permission.',
      'etc/apt/keyrings was not read: no permission.',
    ])
  })

  it('refuses a file over the limit by its name', async () => {
    await writeMachine(root, { 'var/lib/dpkg/status-big': '' })
    execFileSync('truncate', ['-s', '257M', join(root, 'var/lib/dpkg/status-big')])
    await expect(readEvidenceFolder(root, ['var/lib/dpkg/status-big'])).rejects.toMatchObject({
      code: 'evidence_too_large',
      place: { file: 'var/lib/dpkg/status-big' },
    })
  })

  it('takes a large database of packages, once where two paths lead to it, and refuses one over its own limit', async () => {
    await writeMachine(root, { 'usr/lib/sysimage/rpm/Packages': '' }, { 'var/lib/rpm': '../../usr/lib/sysimage/rpm' })
    const file = join(root, 'usr/lib/sysimage/rpm/Packages')
    const paths = ['usr/lib/sysimage/rpm/Packages', 'var/lib/rpm/Packages']
    execFileSync('truncate', ['-s', '65M', file])
    const { files } = (await readEvidenceFolder(root, paths)).evidence
    expect(files.get(paths[0] ?? '')?.length).toBe(65 * 1024 * 1024)
    expect(files.get(paths[1] ?? '')).toBe(files.get(paths[0] ?? ''))

    execFileSync('truncate', ['-s', '513M', file])
    await expect(readEvidenceFolder(root, paths)).rejects.toMatchObject({
      code: 'evidence_too_large',
      place: { file: 'usr/lib/sysimage/rpm/Packages' },
    })
  })

  it('refuses a root that is no folder', async () => {
    await expect(readEvidenceFolder(join(folder, 'nowhere'), WANTED)).rejects.toThrow(
      /cannot be read: it does not exist/,
    )
    await expect(readEvidenceFolder(join(root, 'etc/hostname'), WANTED)).rejects.toThrow(/it is not a folder/)
  })

  it('reads the running system', async () => {
    const { evidence } = await readEvidenceFolder('/', ['etc/os-release'])
    expect(Buffer.from(evidence.files.get('etc/os-release') ?? []).toString()).toContain('ID=')
  })
})

const noTar = requireTool('tar')
describe.skipIf(noTar !== '')(`packed evidence${noTar}`, () => {
  it('is read by tar as the same files', async () => {
    const long = `etc/apt/${'é'.repeat(100)}`
    const files = new Map<string, Uint8Array>([
      [long, Buffer.from('long')],
      ['etc/apt/keyrings/a b.asc', Buffer.from(PUBLIC_KEY)],
      ['var/lib/dpkg/status', Buffer.alloc(5000, 'x')],
    ])
    const packed = packEvidence({ files })
    const list = execFileSync('tar', ['-tzf', '-', '--quoting-style=literal'], { input: packed }).toString()
    expect(list.split('\n')).toEqual(['etc/apt/keyrings/a b.asc', long, 'var/lib/dpkg/status', ''])
    const status = execFileSync('tar', ['-xzOf', '-', 'var/lib/dpkg/status'], { input: packed })
    expect(status.equals(Buffer.alloc(5000, 'x'))).toBe(true)
  })
})

/** Root may read everything, so as root the act is done as the user `nobody`. */
async function asNobody<T>(act: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return act()

  process.seteuid?.(65_534)
  try {
    return await act()
  } finally {
    process.seteuid?.(0)
  }
}
