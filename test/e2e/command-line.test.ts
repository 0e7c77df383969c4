import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { EXIT } from '#cli/exit-codes.ts'
import { packEvidence } from '#shared/domain/evidence-archive.ts'
import { UpdatesReport } from '#shared/domain/updates-report.ts'
import { Verdict } from '#shared/domain/verdict.ts'
import { evidenceBelow } from '#test/support/apt-evidence.ts'
import { cliWorld } from '#test/support/cli-world.ts'
import type { CliWorld } from '#test/support/cli-world.ts'
import { runLazaret } from '#test/support/run-lazaret.ts'
import type { Call, Ended } from '#test/support/run-lazaret.ts'
import { cleanEnvironment, readAdminToken, runStation } from '#test/support/run-station.ts'
import type { RunningStation } from '#test/support/run-station.ts'

const MAIN = join(import.meta.dirname, '..', '..', 'cli', 'main.ts')
const Schema = z.looseObject({ schema: z.string() })
/** Control sequences, whatever they do. */
const ESCAPE = '\u001b'

let world: CliWorld
let outdated: string
beforeAll(async () => {
  world = await cliWorld()
  outdated = await world.makeRoot('outdated', ['hello 1.0', 'openssl 2.0', 'own 1.0'])
})
afterAll(() => world.close())

function lazaret(args: readonly string[], call: Call = {}): Promise<Ended> {
  return runLazaret(args, { ...call, env: { ...world.env, ...call.env } })
}

describe('lazaret without a station', () => {
  it('compares versions, two or a stream of pairs', async () => {
    expect(await lazaret(['compare', 'apt', '1.0~rc1', '1.0'])).toEqual({ code: 0, stdout: '<\n', stderr: '' })
    const pairs = '1\t1\n2:0\t1:9\n1.0~\t1.0\n'
    expect(await lazaret(['compare', 'apt', '--stdin'], { stdin: pairs })).toMatchObject({
      code: 0,
      stdout: '=\n>\n<\n',
    })
    expect(await lazaret(['compare', 'apt', '--stdin'], { stdin: '1\t2\nodd\n' })).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('standard input:2: Line 2 is not a tab-separated pair.'),
    })
    expect(await lazaret(['compare', 'rpm', '1.0^git1', '1.0'])).toEqual({ code: 0, stdout: '>\n', stderr: '' })
    expect(await lazaret(['compare', 'pip', '1', '2'])).toMatchObject({ code: 2, stdout: '' })
  })

  it('checks a folder: a table for a person, a report for a program', async () => {
    const seen = await lazaret(['check', '--root', outdated, '--name', 'web-1', '--config', world.config])
    expect(seen).toMatchObject({ code: 0, stderr: expect.stringContaining('Fetching ') })
    expect(seen.stdout).toMatch(
      /^PACKAGE +INSTALLED +CANDIDATE +KIND +REPOSITORY +NOTE\nhello +1\.0 +→ 2\.0 +unknown +stable\/main\n/,
    )
    expect(seen.stdout).toMatch(/\nIn no repository, so nobody can tell \(local\): own\n/)
    expect(seen.stdout).toMatch(/\nweb-1: 3 packages, 1 local, 1 update: 1 of unknown kind\nState: outdated\n$/)
    expect(seen.stdout).not.toContain(ESCAPE)

    const told = await lazaret(['check', '--root', outdated, '--config', world.config, '--json', '--quiet'])
    expect(told).toMatchObject({ code: 0, stderr: '' })
    const report = UpdatesReport.parse(JSON.parse(told.stdout))
    expect(report).toMatchObject({ schema: 'lazaret.updates/1', freshness: 'fresh', reasons: [] })
    expect(report.updates).toEqual([
      expect.objectContaining({
        name: 'hello',
        architecture: 'amd64',
        installed: '1.0',
        candidate: '2.0',
        installable: true,
      }),
    ])
    expect(report.local.map(({ name }) => name)).toEqual(['own'])
  })

  it('never calls a folder up to date whose repository cannot be had', async () => {
    const root = await world.makeRoot('offline', ['hello 2.0'], ['main', 'gone'])
    const { code, stdout } = await lazaret(['check', '--root', root, '--config', world.config])
    expect(code).toBe(0)
    expect(stdout).toMatch(/unknown: .*\/gone stable .*never fetched/)
    expect(stdout).toMatch(/State: unknown/)
    expect(stdout).not.toContain('up to date')
  })

  it('says what is wrong with a folder, and where', async () => {
    const cut = await world.makeRoot('cut', ['hello 2.0'])
    await writeFile(join(cut, 'var/lib/dpkg/status'), 'Package: hello\nStatus: install ok installed\nVersion 1\n')
    expect(await lazaret(['check', '--root', cut, '--config', world.config])).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^lazaret: var\/lib\/dpkg\/status:3: .* \[evidence_malformed\]\n$/),
    })
    expect(await lazaret(['check', '--root', join(world.folder, 'none')])).toMatchObject({ code: 2, stdout: '' })
    const asJson = await lazaret(['check', '--root', cut, '--config', world.config, '--json'])
    expect(JSON.parse(asJson.stderr)).toMatchObject({
      schema: 'lazaret.error/1',
      code: 'evidence_malformed',
      file: 'var/lib/dpkg/status',
      line: 3,
    })
  })

  it('lists every exit code in the help of every command, and helps with typos', async () => {
    const help = await lazaret(['--help'])
    const commands = [...help.stdout.matchAll(/^ {2}([a-z]+)(?: \[| <|  )/gm)].flatMap((match) => match[1] ?? [])
    expect(commands).toEqual(
      'up doctor token register import forget refresh check updates machines packages gate why compare scan report help'.split(
        ' ',
      ),
    )
    for (const command of commands.filter((name) => name !== 'help')) {
      const { code, stdout } = await lazaret([command, '--help'])
      expect(code).toBe(0)
      for (const exit of Object.values(EXIT)) expect(stdout).toMatch(new RegExp(`^  ${exit} +\\S`, 'm'))
    }
    expect(await lazaret(['updats', 'web-1'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('(Did you mean updates?)'),
    })
    expect(await lazaret(['gate', 'web-1', '--stric'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('(Did you mean --strict?)'),
    })
  })

  it('says that there is no station rather than begin one for a question', async () => {
    const { code, stdout, stderr } = await lazaret(['machines', '--data', join(world.folder, 'typo')])
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain('typo is not there')
    await expect(readFile(join(world.folder, 'typo', 'admin-token'))).rejects.toThrow('ENOENT')
  })

  it('colours only for a terminal or on demand', async () => {
    const check = ['check', '--root', outdated, '--config', world.config]
    const coloured = async (args: readonly string[], env: Record<string, string>) =>
      (await lazaret(args, { env })).stdout.includes(ESCAPE)
    expect(await coloured(check, {})).toBe(false)
    expect(await coloured(['--color', ...check], { NO_COLOR: '1' })).toBe(true)
    expect(await coloured(check, { CLICOLOR_FORCE: '1' })).toBe(true)
    expect(await coloured(['--no-color', ...check], { CLICOLOR_FORCE: '1' })).toBe(false)
    expect(await coloured(check, { CLICOLOR_FORCE: '1', NO_COLOR: '1' })).toBe(true)
  })

  it('takes settings from the environment, and says which is wrong', async () => {
    const call = { env: { LAZARET_INTERNAL_HOSTS: world.archive.host, LAZARET_CACHE: join(world.folder, 'cache-2') } }
    expect((await lazaret(['check', '--root', outdated, '--json'], call)).stdout).toContain('"freshness": "fresh"')
    const wrong = { env: { LAZARET_VALIDITY_SECONDS: '-5' } }
    expect(await lazaret(['check', '--root', outdated], wrong)).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/validitySeconds.* \[config_invalid\]/),
    })
    const absent = await lazaret(['check', '--root', outdated, '--config', join(world.folder, 'none.yaml')])
    expect(absent).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none.yaml cannot be read. [config_invalid]'),
    })
  })

  it('looks whether all is there, and makes nothing', async () => {
    const data = join(world.folder, 'not-yet')
    const { code, stdout } = await lazaret(['doctor', '--data', data, '--json'])
    const { findings } = z
      .object({ findings: z.array(z.looseObject({ name: z.string(), ok: z.boolean() })) })
      .parse(JSON.parse(stdout))
    expect(code).toBe(0)
    expect(findings.map(({ name, ok }) => [name, ok])).toEqual(
      ['Node.js', 'SQLite', 'xz', 'configuration', 'data folder', 'this machine'].map((name) => [name, true]),
    )
    await expect(readFile(data)).rejects.toThrow('ENOENT')
  })

  it('registers this very machine, or says that it has no package manager', async () => {
    const { code, stdout, stderr } = await lazaret(['register', '--data', join(world.folder, 'own')])
    const isRegistered = code === 0 && /: registered, \d+ packages, /.test(stdout)
    expect(isRegistered || (code === 1 && stderr.includes('[evidence_unrecognised]'))).toBe(true)
  })
})

describe.each(['a folder that nobody serves', 'the folder of a running station', 'the URL of a station'])(
  'lazaret with %s',
  (kind) => {
    let data: string
    let running: RunningStation | null = null
    let connection: string[]
    const ask = (args: readonly string[], call: Call = {}) => lazaret([...args, ...connection], call)

    beforeAll(async () => {
      data = join(world.folder, `data of ${kind}`)
      connection = ['--data', data, '--config', world.config]
      if (kind === 'a folder that nobody serves') return

      running = runStation({ data, config: world.config })
      const url = await running.listening
      if (kind === 'the URL of a station') {
        connection = ['--station', url ?? '', '--token', await readAdminToken(data)]
      }
    })
    afterAll(async () => {
      running?.process.kill('SIGTERM')
      await running?.ended
    })

    it('imports machines from folders and archives', async () => {
      expect(await ask(['import', 'web-1', '--root', outdated])).toEqual({
        code: 0,
        stdout: 'web-1: registered, 3 packages, 2 repositories\n',
        stderr: '',
      })
      expect((await ask(['import', 'web-1', '--root', outdated])).stdout).toBe(
        'web-1: unchanged, 3 packages, 2 repositories\n',
      )
      const current = await world.makeRoot('current', ['hello 2.0', 'openssl 2.0'])
      const file = join(world.folder, 'current.tar.gz')
      await writeFile(file, packEvidence(evidenceBelow(current)))
      expect((await ask(['import', 'clean-1', '--evidence', file])).code).toBe(0)
      const risky = await world.makeRoot('risky', ['hello 2.0', 'openssl 1.0'])
      expect((await ask(['import', 'risky-1', '--root', risky, '--json'])).stdout).toContain(
        '"schema": "lazaret.registration/1"',
      )
      const offline = await world.makeRoot('half', ['hello 2.0'], ['main', 'gone'])
      expect((await ask(['import', 'half-1', '--root', offline])).code).toBe(0)
      expect(await ask(['import', 'web-2'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('Give either --root DIR'),
      })
      expect(await ask(['import', 'a b', '--root', outdated])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('[name_invalid]'),
      })
    })

    it('answers what is outdated', async () => {
      const checked = await ask(['check', 'web-1'])
      expect(checked.code).toBe(0)
      expect(checked.stdout).toMatch(/\nhello +1\.0 +→ 2\.0 /)
      const { code, stdout } = await ask(['updates', 'web-1', '--json'])
      expect(code).toBe(0)
      expect(UpdatesReport.parse(JSON.parse(stdout))).toMatchObject({ machine: 'web-1', freshness: 'fresh' })
      expect((await ask(['updates', 'clean-1'])).stdout).toMatch(/State: up to date\n$/)
      expect((await ask(['updates', 'half-1'])).stdout).toMatch(/State: unknown/)
      expect(await ask(['updates', 'none-1'])).toMatchObject({
        code: 4,
        stdout: '',
        stderr: expect.stringContaining('[not_found]'),
      })
      expect(await ask(['check', 'none-1'])).toMatchObject({ code: 4, stdout: '' })
      expect(await ask(['updates', 'web-1', '--within', 'soon'])).toMatchObject({ code: 2, stdout: '' })
    })

    it('tells a gate by the exit code, and why in a sentence', async () => {
      expect(await ask(['gate', 'clean-1'])).toMatchObject({ code: 0, stdout: 'allow clean-1\n' })
      expect(await ask(['gate', 'web-1'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^warn web-1\n/) })
      expect(await ask(['gate', 'web-1', '--strict'])).toMatchObject({ code: 3 })
      const denied = await ask(['gate', 'risky-1', '--json'])
      expect(denied.code).toBe(3)
      expect(Verdict.parse(JSON.parse(denied.stdout))).toMatchObject({ decision: 'deny', canTell: true })
      expect(await ask(['gate', 'half-1'])).toMatchObject({ code: 4, stdout: expect.stringMatching(/^deny half-1\n/) })
      expect(await ask(['gate', 'none-1'])).toMatchObject({ code: 4, stdout: expect.stringMatching(/^deny none-1\n/) })
      expect(await ask(['why', 'risky-1'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(
          /^risky-1 may not start: .*openssl → 2\.0.*\n  To mend it:  apt-get install --only-upgrade openssl\n$/,
        ),
      })
    })

    it('lists machines and packages', async () => {
      const machines = await ask(['machines'])
      expect(machines).toMatchObject({ code: 0, stderr: '4 machines\n' })
      expect(machines.stdout.split('\n').map((line) => line.split(' ')[0])).toEqual([
        'MACHINE',
        'clean-1',
        'half-1',
        'risky-1',
        'web-1',
        '',
      ])
      expect((await ask(['packages', '--outdated'])).stdout).toMatch(
        /\nhello +4 +1 +unknown\nopenssl +3 +1 +security\n$/,
      )
      expect((await ask(['packages', 'openssl'])).stdout).toMatch(/\nrisky-1 +1\.0 +→ 2\.0 +security\n/)
      expect((await ask(['packages', 'none'])).stdout).toBe('No machine has none.\n')
    })

    it('refreshes, and says what came of it', async () => {
      expect(await ask(['refresh', '/main stable'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/: not asked, still within its validity \(--force asks anyway\)\n$/),
      })
      expect(await ask(['refresh', '/main stable', '--force'])).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/: asked, nothing new\n$/),
      })
      expect(await ask(['refresh', '--force'])).toMatchObject({
        code: 7,
        stdout: expect.stringContaining('/gone stable [main] amd64: refused – '),
      })
      expect(await ask(['refresh', '/gone stable', '--force'])).toMatchObject({ code: 1 })
      expect(await ask(['refresh', 'none'])).toMatchObject({ code: 1, stderr: expect.stringContaining('[not_found]') })
    })

    it('issues, lists and revokes tokens, and prints a token alone', async () => {
      const { code, stdout } = await ask(['token', 'create', '--role', 'gate', '--label', 'hypervisor', '--days', '30'])
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^lzt_[A-Za-z0-9_-]{43}\n$/) })
      const listed = await ask(['token', 'list', '--json'])
      const { tokens } = z
        .object({ tokens: z.array(z.object({ id: z.string(), label: z.string() })) })
        .parse(JSON.parse(listed.stdout))
      expect(listed.stdout).not.toContain('lzt_')
      const id = tokens.find(({ label }) => label === 'hypervisor')?.id ?? ''
      expect(await ask(['token', 'revoke', id])).toMatchObject({ code: 0, stdout: '' })
      expect(await ask(['token', 'revoke', id])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('[not_found]'),
      })
      expect(await ask(['token', 'create', '--role', 'king'])).toMatchObject({ code: 2, stdout: '' })
      expect(await ask(['token', 'create', '--role', 'importer'])).toMatchObject({ code: 2, stdout: '' })
    })

    it('prints JSON with its schema for every command, with standard error closed', async () => {
      const commands = [
        ['check', 'web-1'],
        ['updates', 'web-1'],
        ['machines'],
        ['packages'],
        ['packages', 'hello'],
        ['gate', 'clean-1'],
        ['why', 'web-1'],
        ['refresh', '/main stable'],
        ['token', 'list'],
        ['import', 'web-1', '--root', outdated],
      ]
      const schemas: string[] = []
      for (const command of commands) {
        const { code, stdout } = await ask([...command, '--json'], { isMute: true })
        expect({ command, code }).toEqual({ command, code: 0 })
        schemas.push(Schema.parse(JSON.parse(stdout)).schema)
      }
      expect(schemas).toEqual(
        'updates updates machines packages package verdict why refresh tokens registration'
          .split(' ')
          .map((name) => `lazaret.${name}/1`),
      )
    })

    it('forgets a machine', async () => {
      expect(await ask(['forget', 'clean-1'])).toEqual({ code: 0, stdout: '', stderr: 'Forgotten: clean-1\n' })
      expect(await ask(['forget', 'clean-1'])).toMatchObject({ code: 1, stdout: '' })
      expect(await ask(['gate', 'clean-1'])).toMatchObject({ code: 4 })
    })
  },
)

describe('lazaret and a station that does not let it', () => {
  let station: RunningStation
  let url: string
  beforeAll(async () => {
    station = runStation({ data: join(world.folder, 'guarded'), config: world.config })
    url = (await station.listening) ?? ''
  })
  afterAll(async () => {
    station.process.kill('SIGTERM')
    await station.ended
  })

  it('ends with 5 without a token, with a wrong one, and with one that may not', async () => {
    const admin = await readAdminToken(join(world.folder, 'guarded'))
    const env = { LAZARET_STATION: url }
    expect(await lazaret(['machines'], { env })).toMatchObject({
      code: 5,
      stdout: '',
      stderr: expect.stringContaining('LAZARET_TOKEN'),
    })
    expect(await lazaret(['machines'], { env: { ...env, LAZARET_TOKEN: 'lzt_wrong' } })).toMatchObject({
      code: 5,
      stdout: '',
    })
    const gate = await lazaret(['token', 'create', '--role', 'gate'], { env: { ...env, LAZARET_TOKEN: admin } })
    const asGate = { env: { ...env, LAZARET_TOKEN: gate.stdout.trim() } }
    expect(await lazaret(['machines'], asGate)).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('[not_allowed]'),
    })
    expect(await lazaret(['gate', 'none-1'], asGate)).toMatchObject({ code: 4 })
  })

  it('ends with 6 when nothing answers there, and a gate never takes that for permission', async () => {
    const connection = ['--station', 'http://127.0.0.1:9', '--token', 'lzt_any']
    for (const command of [['machines'], ['gate', 'web-1'], ['updates', 'web-1']]) {
      expect(await lazaret([...command, ...connection])).toMatchObject({
        code: 6,
        stdout: '',
        stderr: expect.stringMatching(/http:\/\/127\.0\.0\.1:9 .*\[station_unreachable\]/),
      })
    }
    expect(await lazaret(['machines', '--station', 'ftp://x', '--token', 't'])).toMatchObject({ code: 2, stdout: '' })
  })

  it('asks the folder that is named, whatever station the environment names', async () => {
    const env = { LAZARET_STATION: 'http://127.0.0.1:9', LAZARET_TOKEN: 'lzt_any' }
    expect(await lazaret(['machines', '--data', join(world.folder, 'guarded')], { env })).toMatchObject({ code: 0 })
  })
})

describe('lazaret that is interrupted', () => {
  const options = () => ({ data: join(world.folder, 'interrupted'), config: world.config })

  it('ends a command with 130', async () => {
    const child = spawn(process.execPath, [MAIN, 'import', 'web-1', '--evidence', '-', '--data', options().data], {
      env: cleanEnvironment(world.env),
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    const ended = once(child, 'close')
    setTimeout(() => child.kill('SIGINT'), 1500)
    expect(await ended).toEqual([130, null])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends a station in order on %s', async (signal) => {
    const station = runStation(options())
    await station.listening
    station.process.kill(signal)
    expect(await station.ended).toEqual({ code: 0, signal: null })
  })

  it('ends a station through the Node.js of the system that started it', async () => {
    const { data, config } = options()
    const args = ['up', '--data', data, '--listen', '127.0.0.1:0', '--config', config]
    const wrapper = spawn(systemNode(), [join(MAIN, '..', 'lazaret.mjs'), ...args], {
      env: cleanEnvironment(world.env),
    })
    const ended = once(wrapper, 'close')
    let out = ''
    for await (const chunk of wrapper.stdout) {
      out += String(chunk)
      if (out.includes('listening on')) break
    }
    const url = /listening on (\S+)/.exec(out)?.[1] ?? ''
    expect((await fetch(`${url}/v1/health`)).status).toBe(200)
    wrapper.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    await expect(fetch(`${url}/v1/health`)).rejects.toThrow('fetch failed')
  })

  it('does not wait at its end for a repository that does not answer', { timeout: 60_000 }, async () => {
    const root = await world.makeRoot('waiting', ['hello 1.0'])
    world.archive.set('/main/dists/stable/InRelease', { kind: 'silent' })
    const station = runStation(options())
    const url = (await station.listening) ?? ''
    const token = await readAdminToken(options().data)
    await lazaret(['import', 'waiting', '--root', root, '--station', url, '--token', token])
    const began = performance.now()
    station.process.kill('SIGTERM')
    expect(await station.ended).toEqual({ code: 0, signal: null })
    expect(performance.now() - began).toBeLessThan(15_000)
  })
})

/** The first Node.js on the path that is not the project's own. */
function systemNode(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  return folders.map((folder) => join(folder, 'node')).find((path) => existsSync(path)) ?? process.execPath
}
