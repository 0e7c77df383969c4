import { execFileSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cutSecrets } from '#shared/domain/evidence-secrets.ts'
import { readEvidenceArchive } from '#shared/domain/evidence-archive.ts'
import { readRpmDatabase } from '#shared/domain/packaging/rpm/evidence/database/read-database.ts'
import { RPM_DATABASE_PATHS } from '#shared/domain/packaging/rpm/evidence/database/find-database.ts'
import { RPM_EVIDENCE_PATHS } from '#shared/domain/packaging/rpm/evidence/read-evidence.ts'
import { readPackageListing } from '#shared/domain/packaging/rpm/evidence/package-listing.ts'
import type { RpmPackage } from '#shared/domain/packaging/rpm/model.ts'
import { layOutSystem, runInside, writeProgram } from '#test/support/chroot-system.ts'
import { CANARY, PUBLIC_KEY, writeMachine } from '#test/support/fixture-machine.ts'
import { CUT_REPOSITORIES, RPM_MACHINE_FILES, writeRpmMachine } from '#test/support/rpm-fixture-machine.ts'
import { installRoot } from '#test/support/rpm-world/install-root.ts'
import { makeRpmMachine } from '#test/support/rpm-world/machine.ts'
import { planRpmWorld } from '#test/support/rpm-world/world.ts'
import { IMPORTER, makeWorld, runImporter } from '#test/support/run-importer.ts'
import { chunksOf } from '#test/support/tar-builder.ts'
import { findTool, requireTool } from '#test/support/tools.ts'

const LISTING = 'lazaret/rpm-packages'
const DATABASE = 'var/lib/rpm/rpmdb.sqlite'
const missing = requireTool('dash', 'busybox', 'tar', 'gzip', 'rpm')

let folder = ''
/** A machine whose packages the real rpm has installed, once for all tests. */
let made = ''
let root = ''
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'lazaret-made-'))
  if (missing === '')
    await installRoot(join(made, 'root'), makeRpmMachine(planRpmWorld('importer'), 1, 'dnf4'), join(made, 'pool'))
})
afterAll(() => rm(made, { recursive: true, force: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lazaret importer '))
  root = join(folder, 'the machine')
  await cp(join(made, 'root/var'), join(root, 'var'), { recursive: true })
  await writeRpmMachine(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe.skipIf(missing !== '').each(['dash', 'busybox sh'])(
  `the importer of rpm machines under %s${missing}`,
  (shell) => {
    /** What `--print` gives; with the rpm of this host or without any. */
    async function printed(host: 'rpm' | 'no rpm', of = root) {
      const { path } = await makeWorld(await mkdtemp(join(folder, 'w')), {
        basics: shell === 'dash' ? 'system' : 'busybox',
        client: 'none',
      })
      if (host === 'rpm') await symlink(findTool('rpm') ?? '', join(path, 'rpm'))
      const ran = await runImporter(shell, ['--root', of, '--print'], { env: { PATH: path } })
      expect(ran).toMatchObject({ code: 0 })
      const { evidence } = await readEvidenceArchive(chunksOf(ran.stdout), () => true)
      return {
        ran,
        files: evidence.files,
        textOf: (name: string) => Buffer.from(evidence.files.get(name) ?? []).toString(),
      }
    }

    it('sends the list that rpm gives, equal to what the database holds, and not the database', async () => {
      const before = await readFile(join(root, DATABASE))
      const { files } = await printed('rpm')
      const listed = readPackageListing(files.get(LISTING) ?? new Uint8Array(0), LISTING)
      expect(listed.length).toBeGreaterThan(5)
      expect(listed.toSorted(byText)).toEqual(readRpmDatabase({ path: DATABASE, bytes: before }).toSorted(byText))
      expect([...files.keys()].filter((path) => path.startsWith('var/'))).toEqual([])
      expect(await readFile(join(root, DATABASE))).toEqual(before)
    })

    it('sends the database with its log, and no list, where there is no rpm', async () => {
      const { files } = await printed('no rpm')
      const sent = [...files.keys()].filter((path) => path.startsWith('var/') || path === LISTING)
      const wal = await readFile(join(root, `${DATABASE}-wal`)).catch(() => Buffer.alloc(0))
      expect(sent).toEqual(wal.length > 0 ? [DATABASE, `${DATABASE}-wal`] : [DATABASE])
      expect(Buffer.from(files.get(DATABASE) ?? [])).toEqual(await readFile(join(root, DATABASE)))
    })

    it('sends the database where the rpm of this host cannot make anything of it', async () => {
      await rm(join(root, DATABASE))
      await writeMachine(root, { 'var/lib/rpm/Packages.db': Buffer.alloc(5000, 'RpmP') })
      const { files } = await printed('rpm')
      expect(files.has(LISTING)).toBe(false)
      expect(files.get('var/lib/rpm/Packages.db')).toHaveLength(5000)
    })

    it('sends one database once, though another folder leads to it', async () => {
      await mkdir(join(root, 'usr/lib/sysimage'), { recursive: true })
      await cp(join(root, 'var/lib/rpm'), join(root, 'usr/lib/sysimage/rpm'), { recursive: true })
      await rm(join(root, 'var/lib/rpm'), { recursive: true })
      await symlink('/usr/lib/sysimage/rpm', join(root, 'var/lib/rpm'))
      const { files } = await printed('no rpm')
      expect([...files.keys()].filter((path) => path.endsWith('rpmdb.sqlite'))).toEqual([
        'usr/lib/sysimage/rpm/rpmdb.sqlite',
      ])
      expect((await printed('rpm')).files.has(LISTING)).toBe(true)
    })

    it('sends no secret of a configuration', async () => {
      const { ran, textOf, files } = await printed('rpm')
      expect(execFileSync('gzip', ['-dc'], { input: ran.stdout }).includes(CANARY)).toBe(false)
      expect(textOf('etc/yum.repos.d/a.repo')).toBe(CUT_REPOSITORIES)
      expect(textOf('etc/yum.repos.d/b.repo')).toBe('[b]\nbaseurl=https://mirror.example.org/b/\n')
      expect(textOf('etc/dnf/dnf.conf')).toBe(
        '[main]\nbest=True\nproxy=http://proxy.example.org:3128\ninstallonly_limit=3\n',
      )
      expect([...files.keys()].filter((path) => /credentials|entitlement|shadow|private/.test(path))).toEqual([])
      expect(textOf('lazaret/omitted').split('\n').toSorted()).toEqual([
        '',
        'etc/pki/private.key\tholds a private key',
        'etc/shadow\tnamed as a key, but holds none',
      ])
    })

    it('cuts what the station would cut, no less and no more', async () => {
      const { textOf, files } = await printed('rpm')
      const settings = Object.entries(RPM_MACHINE_FILES).filter(
        ([path]) => /^etc\/(?:dnf|yum|zypp)/.test(path) && files.has(path),
      )
      expect(settings.length).toBeGreaterThan(5)
      for (const [path, text] of settings) {
        const cut = cutSecrets(path, Buffer.from(text))
        const kept = cut.status === 'omitted' ? '' : Buffer.from(cut.bytes).toString()
        expect({ path, text: textOf(path).trimEnd() }).toEqual({ path, text: kept.trimEnd() })
        expect(cutSecrets(path, files.get(path) ?? new Uint8Array(0)).status).toBe('kept')
      }
    })

    it('sends the keys that repositories name, locks, variables and modules', async () => {
      const { files, textOf } = await printed('rpm')
      const kept = [
        'etc/dnf/plugins/versionlock.list',
        'etc/dnf/vars/stage',
        'etc/dnf/modules.d/nodejs.module',
        'etc/zypp/repos.d/z.repo',
      ]
      for (const path of kept) expect(textOf(path)).toBe(RPM_MACHINE_FILES[path])
      expect(textOf('etc/pki/rpm-gpg/KEY-one')).toBe(PUBLIC_KEY)
      expect(textOf('usr/share/keys/z.asc')).toBe(PUBLIC_KEY)
      expect(textOf('opt/versionlock.mine')).toBe('bash-*\n')
      expect(files.has('usr/share/keys/unnamed.asc')).toBe(false)
    })

    it('sends every file that the station reads, and no other', async () => {
      const paths = RPM_EVIDENCE_PATHS.filter(
        (path) => !path.startsWith('lazaret/') && !RPM_DATABASE_PATHS.includes(path),
      )
      const wanted = paths.map((path) => (path.endsWith('/') ? `${path}some.conf` : path))
      for (const folderPath of ['etc/dnf', 'etc/yum.repos.d', 'etc/zypp', 'etc/pki', 'usr/share/keys', 'opt'])
        await rm(join(root, folderPath), { recursive: true })
      await writeMachine(
        root,
        Object.fromEntries([...wanted, 'etc/other/some.conf', 'etc/dnf/x/some.conf'].map((path) => [path, 'x=1\n'])),
      )
      const { files } = await printed('rpm')
      const synthetic = [LISTING, 'lazaret/importer']
      expect([...files.keys()].toSorted()).toEqual([...wanted, ...synthetic].toSorted())
    })

    it('takes a Debian machine on which rpm is installed for a Debian machine, and the other way round, and says so', async () => {
      const status = (count: number) =>
        Array.from({ length: count }, (_, index) => `Package: p${index}\nVersion: 1\n`).join('\n')
      const settings = { 'etc/apt/sources.list': 'deb http://mirror.example.org/debian stable main\n' }
      await writeMachine(root, { ...settings, 'var/lib/dpkg/status': status(500) })
      const debian = await printed('rpm')
      expect([...debian.files.keys()].filter((path) => path.includes('rpm') || path.includes('dnf'))).toEqual([])
      expect(debian.files.has('etc/apt/sources.list')).toBe(true)
      expect(debian.textOf('lazaret/omitted')).toMatch(/^var\/lib\/rpm\t\d+ of its packages next to 500 of dpkg$/m)

      await writeMachine(root, { 'var/lib/dpkg/status': status(2) })
      const other = await printed('rpm')
      expect([...other.files.keys()].filter((path) => path.includes('apt') || path.includes('dpkg'))).toEqual([])
      expect(other.textOf('lazaret/omitted')).toMatch(/^var\/lib\/dpkg\t2 of its packages next to \d+ of rpm$/m)
    })

    it('says that a database is too large to be sent, and what to do', async () => {
      execFileSync('truncate', ['-s', '65M', join(root, DATABASE)])
      const { path } = await makeWorld(await mkdtemp(join(folder, 'w')), { basics: 'system', client: 'none' })
      const ran = await runImporter(shell, ['--root', root, '--print'], { env: { PATH: path } })
      expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('lazaret import NAME --root DIR') })
      expect(ran.stdout.length).toBe(0)
    })

    it('asks the rpm of a running system, which then names its kernel', async () => {
      await layOutSystem(root, shell, ['rpm'])
      await writeProgram(root, 'importer', await readFile(IMPORTER, 'utf8'))
      const ran = await runInside(root, [...shell.split(' '), '/importer', '--print', '--quiet'])
      expect(ran.stderr).toBe('')
      const { evidence } = await readEvidenceArchive(chunksOf(ran.stdout), () => true)
      const listed = readPackageListing(evidence.files.get(LISTING) ?? new Uint8Array(0), LISTING)
      const bytes = await readFile(join(root, DATABASE))
      expect(listed.toSorted(byText)).toEqual(readRpmDatabase({ path: DATABASE, bytes }).toSorted(byText))
      const uname = ['-r', '-m'].map((flag) => execFileSync('uname', [flag]).toString())
      expect(Buffer.from(evidence.files.get('lazaret/uname') ?? []).toString()).toBe(uname.join(''))
      expect([...evidence.files.keys()].filter((path) => path.startsWith('var/'))).toEqual([])
    })
  },
)

function byText(a: RpmPackage, b: RpmPackage): number {
  const [one, other] = [JSON.stringify(a), JSON.stringify(b)]
  return one < other ? -1 : one > other ? 1 : 0
}
