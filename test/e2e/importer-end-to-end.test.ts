import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { cliWorld } from '#test/support/cli-world.ts'
import type { CliWorld } from '#test/support/cli-world.ts'
import { runLazaret, runProgram } from '#test/support/run-lazaret.ts'
import type { Ended } from '#test/support/run-lazaret.ts'
import { readAdminToken, runStation } from '#test/support/run-station.ts'
import type { RunningStation } from '#test/support/run-station.ts'
import { requireTool } from '#test/support/tools.ts'

const lacking = requireTool('curl', 'dash', 'busybox', 'tar', 'gzip')

describe.skipIf(lacking !== '').each(['dash', 'busybox sh'])(
  `the importer of a station, under %s${lacking}`,
  (shell) => {
    let world: CliWorld
    let root: string
    let station: RunningStation
    let url: string
    let admin: string
    beforeAll(async () => {
      world = await cliWorld()
      root = await world.makeRoot('db', ['hello 1.0', 'openssl 1.0', 'own 1.0'])
      station = runStation({ data: world.data, config: world.config })
      url = (await station.listening) ?? ''
      admin = await readAdminToken(world.data)
    })
    afterAll(async () => {
      station.process.kill('SIGTERM')
      await station.ended
      await world.close()
    })

    it('registers a machine by one line, and its updates are right', async () => {
      const token = await issue('db-1')
      const first = await pipe(`--station ${url} --token ${token} --root ${root} --name db-1`)
      expect(first).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('db-1: registered, 3 packages, 2 repositories\n'),
      })

      expect(await updatesOf('db-1')).toEqual(['hello 1.0 → 2.0', 'openssl 1.0 → 2.0'])
      const gate = await lazaret(['gate', 'db-1'])
      expect(gate).toMatchObject({
        code: 3,
        stdout: expect.stringContaining('1 security update outstanding: openssl → 2.0'),
      })

      const again = await pipe(`--station ${url} --token ${token} --root ${root} --name db-1`)
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('db-1: unchanged, 3 packages') })
      await world.makeRoot('db', ['hello 2.0', 'openssl 2.0', 'own 1.0'])
      const patched = await pipe(`--station ${url} --token ${token} --root ${root} --name db-1`)
      expect(patched).toMatchObject({ code: 0, stdout: expect.stringContaining('db-1: updated, 3 packages') })
      expect(await updatesOf('db-1')).toEqual([])
      expect((await lazaret(['gate', 'db-1'])).code).toBe(0)
    })

    it('prints an archive that a person can bring over', async () => {
      const file = join(world.folder, 'db-2.tar.gz')
      const printed = await runProgram('/bin/sh', [
        '-c',
        `curl -fsS ${url}/importer.sh | ${shell} -s -- --print --root ${root} >${file}`,
      ])
      expect(printed).toMatchObject({ code: 0, stdout: '' })
      expect(await lazaret(['import', 'db-2', '--evidence', file])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^db-2: registered/),
      })
    })

    it('is refused with a clear sentence: a wrong token, the name of another', async () => {
      expect(await pipe(`--station ${url} --token lzt_wrong --root ${root} --name db-3`)).toMatchObject({
        code: 5,
        stdout: '',
        stderr: expect.stringMatching(/^lazaret-importer: the station does not know this token/m),
      })
      expect(await pipe(`--station ${url} --token ${await issue('db-4')} --root ${root} --name db-3`)).toMatchObject({
        code: 5,
        stdout: '',
        stderr: expect.stringMatching(/^lazaret-importer: this token may not register "db-3"/m),
      })
      expect((await lazaret(['gate', 'db-3'])).code).toBe(4)
    })

    it('says what the station does not take of a machine, and where', async () => {
      const broken = await world.makeRoot('broken', ['hello 1.0'])
      await writeFile(join(broken, 'var/lib/dpkg/status'), 'Package: hello\nStatus: install ok installed\nVersion 1\n')
      expect(await pipe(`--station ${url} --token ${admin} --root ${broken} --name db-5`)).toMatchObject({
        code: 1,
        stdout: '',
        stderr: expect.stringMatching(/^lazaret-importer: the station refuses the evidence.*var\/lib\/dpkg\/status/m),
      })
    })

    it('ends with 6 when the station is down', async () => {
      const script = join(world.folder, 'importer.sh')
      await writeFile(script, (await runProgram('curl', ['-fsS', `${url}/importer.sh`])).stdout)
      const [program = '', ...first] = shell.split(' ')
      const args = [
        ...first,
        script,
        '--station',
        'http://127.0.0.1:9',
        '--token',
        admin,
        '--root',
        root,
        '--name',
        'db-1',
      ]
      expect(await runProgram(program, args)).toMatchObject({
        code: 6,
        stdout: '',
        stderr: expect.stringContaining('lazaret-importer: the station http://127.0.0.1:9 cannot be reached'),
      })
    })

    /** The one line that registers a machine. */
    function pipe(args: string): Promise<Ended> {
      return runProgram('/bin/sh', ['-c', `curl -fsS ${url}/importer.sh | ${shell} -s -- ${args}`])
    }

    async function issue(machine: string): Promise<string> {
      return (await lazaret(['token', 'create', '--role', 'importer', '--machine', machine])).stdout.trim()
    }

    async function updatesOf(machine: string): Promise<string[]> {
      const { updates, freshness } = UpdatesReport.parse(
        JSON.parse((await lazaret(['updates', machine, '--json'])).stdout),
      )
      expect(freshness).toBe('fresh')
      return updates.map(({ name, installed, candidate }) => `${name} ${installed} → ${candidate}`)
    }

    function lazaret(args: readonly string[]): Promise<Ended> {
      return runLazaret([...args, '--station', url, '--token', admin], { env: world.env })
    }
  },
)
