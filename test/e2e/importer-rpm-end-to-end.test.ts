import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { cliWorld, type CliWorld } from '#test/support/cli-world.ts'
import { installRoot } from '#test/support/rpm-world/install-root.ts'
import { fileNameOf, ownProvide, type BuiltPackage } from '#test/support/rpm-world/package.ts'
import { makeRpmFile } from '#test/support/rpm-world/rpm-file.ts'
import { runLazaret, runProgram, type Ended } from '#test/support/run-lazaret.ts'
import { readAdminToken, runStation, type RunningStation } from '#test/support/run-station.ts'
import { requireTool } from '#test/support/tools.ts'

const lacking = requireTool('curl', 'dash', 'busybox', 'tar', 'gzip', 'rpm', 'createrepo_c')
const RELEASE = 'harbour-release 9'
const INSTALLED = ['hello 1.0', 'openssl 1.0', 'own 1.0', RELEASE]

describe.skipIf(lacking !== '').each(['dash', 'busybox sh'])(
  `the importer of a station on an rpm machine, under %s${lacking}`,
  (shell) => {
    let world: CliWorld
    let station: RunningStation
    let url: string
    let admin: string
    let root: string
    beforeAll(async () => {
      world = await cliWorld()
      root = join(world.folder, 'rpm-machine')
      await publish(['hello 2.0', 'openssl 1.0', 'other 5'])
      await install(INSTALLED)
      station = runStation({ data: world.data, config: world.config })
      url = (await station.listening) ?? ''
      admin = await readAdminToken(world.data)
    })
    afterAll(async () => {
      station.process.kill('SIGTERM')
      await station.ended
      await world.close()
    })

    it('registers it by one line, and its updates are right before and after they are taken', async () => {
      const line = `curl -fsS ${url}/importer.sh | ${shell} -s -- --station ${url} --root ${root} --name rpm-1`
      const register = () => runProgram('/bin/sh', ['-c', line], { env: { LAZARET_TOKEN: admin } })
      expect(await register()).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('rpm-1: registered, 4 packages'),
      })
      expect(await updatesOf('rpm-1')).toEqual(['hello 1.0-1 → 2.0-1'])

      await install(['hello 2.0', 'openssl 1.0', 'own 1.0', RELEASE])
      expect(await register()).toMatchObject({ code: 0, stdout: expect.stringContaining('rpm-1: updated, 4 packages') })
      expect(await updatesOf('rpm-1')).toEqual([])
    })

    it('is told the same of the machine when its disk is read from a folder', async () => {
      await install(INSTALLED)
      expect(await lazaret(['import', 'rpm-2', '--root', root])).toMatchObject({ code: 0 })
      expect(await updatesOf('rpm-2')).toEqual(['hello 1.0-1 → 2.0-1'])
    })

    it('refuses a machine whose database is damaged, and says where', async () => {
      await install(INSTALLED)
      const database = join(root, 'var/lib/rpm/rpmdb.sqlite')
      const bytes = readFileSync(database)
      writeFileSync(database, bytes.subarray(0, bytes.length - 4096))
      rmSync(`${database}-wal`, { force: true })
      const line = `curl -fsS ${url}/importer.sh | ${shell} -s -- --station ${url} --root ${root} --name rpm-3`
      const ran = await runProgram('/bin/sh', ['-c', line], { env: { LAZARET_TOKEN: admin } })
      expect(ran).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/refuses the evidence.*rpmdb\.sqlite/),
      })
      expect((await lazaret(['gate', 'rpm-3'])).code).toBe(4)
    })

    /** Lays the machine out anew with these packages installed by the real rpm. */
    async function install(packages: readonly string[]): Promise<void> {
      rmSync(root, { recursive: true, force: true })
      const files = new Map([
        ['etc/os-release', 'ID=harbour\nVERSION_ID="9"\nPRETTY_NAME="Harbour 9"\n'],
        ['etc/dnf/dnf.conf', '[main]\nbest=True\n'],
        [
          'etc/yum.repos.d/base.repo',
          `[base]\nname=base\nenabled=1\ngpgcheck=0\nbaseurl=${world.archive.origin}/yum/\n`,
        ],
      ])
      const installed = packages.map(build)
      const machine = { name: 'rpm', tool: 'dnf4', files, installed, conflicting: new Set<string>() } as const
      await installRoot(root, machine, join(world.folder, 'pool'))
    }

    /** Makes a repository of these packages by the real createrepo_c, and serves it. */
    async function publish(packages: readonly string[]): Promise<void> {
      const folder = join(world.folder, 'yum')
      mkdirSync(folder)
      for (const one of packages.map(build)) writeFileSync(join(folder, `${fileNameOf(one)}.rpm`), makeRpmFile(one))
      await runProgram('createrepo_c', ['-q', folder])
      for (const name of readdirSync(join(folder, 'repodata'))) {
        const body = readFileSync(join(folder, 'repodata', name))
        world.archive.set(`/yum/repodata/${name}`, { kind: 'serve', body })
      }
    }

    async function updatesOf(machine: string): Promise<string[]> {
      const { stdout } = await lazaret(['updates', machine, '--json'])
      const { updates, freshness } = UpdatesReport.parse(JSON.parse(stdout))
      expect(freshness).toBe('fresh')
      return updates.map(({ name, installed, candidate }) => `${name} ${installed} → ${candidate}`)
    }

    function lazaret(args: readonly string[]): Promise<Ended> {
      return runLazaret([...args, '--station', url, '--token', admin], { env: world.env })
    }
  },
)

function build(told: string): BuiltPackage {
  const [name = '', version = ''] = told.split(' ')
  const named = { name, epoch: null, version, release: '1' }
  const release = { name: 'system-release', operator: '=' as const, evr: version }
  return {
    ...named,
    architecture: 'noarch',
    sourceRpm: `${name}-${version}-1.src.rpm`,
    vendor: 'Harbour',
    buildTime: 1_700_000_000,
    module: '',
    provides: [ownProvide(named), ...(told === RELEASE ? [release] : [])],
    requires: [],
    conflicts: [],
    obsoletes: [],
    files: [],
  }
}
