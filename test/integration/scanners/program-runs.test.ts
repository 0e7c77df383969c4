import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openProgramRuns } from '#scanners/program-runs/open-program-runs.ts'
import { repositoryRoot } from '#test/support/samples.ts'

const sh = (script: string, output = 'out.txt') => [
  { program: '/bin/sh', args: ['-c', script], output, errors: 'errors.txt' },
]

describe('program runs', () => {
  let folder: string
  let runs: ReturnType<typeof openProgramRuns>
  const started: string[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lazaret-runs-'))
    runs = openProgramRuns(folder)
  })
  afterEach(async () => {
    for (const id of started.splice(0)) await runs.remove(id)
    rmSync(folder, { recursive: true, force: true })
  })

  const create = async (name = 'lazaret-a') => {
    const id = await runs.create(name, new Map([['in.txt', 'input']]))
    started.push(id)
    return id
  }
  const settle = async (id: string, isSo: (status: string) => boolean = (status) => status !== 'running') => {
    for (let n = 0; n < 600; n += 1) {
      const state = await runs.look(id)
      if (isSo(state.status)) return state
      await sleep(50)
    }
    return runs.look(id)
  }
  const recordedPid = (id: string) => Number.parseInt(readFileSync(join(folder, id, 'process'), 'utf8'), 10)

  it('keeps the exit code and what was written', async () => {
    const id = await create()
    await runs.start(id, sh('cat in.txt; echo trouble >&2; exit 3'))

    const end = await settle(id)
    expect(end).toMatchObject({ status: 'ended', exitCode: 3, wasStopped: false })
    expect(Date.parse(end.endedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(end.startedAt ?? ''))
    expect(await runs.readEnd(id, 'out.txt', 100)).toBe('input')
    expect(await runs.readEnd(id, 'errors.txt', 4)).toBe('ble\n')
  })

  it('runs a program once, whoever starts it how often at the same time', async () => {
    const id = await create()
    const others = [openProgramRuns(folder), openProgramRuns(folder), runs]
    await Promise.all(others.map((other) => other.start(id, sh('echo x >>out-once.txt; sleep 0.2'))))
    await settle(id)
    await runs.start(id, sh('echo y >>out-once.txt'))

    expect(readFileSync(join(folder, id, 'out-once.txt'), 'utf8')).toBe('x\n')
  })

  it('runs commands one after the other, each with its own words and files, and goes on when one fails', async () => {
    const id = await create()
    const print = (...words: readonly string[]) => ({
      program: 'printf',
      args: ['[%s]', ...words],
      errors: 'errors.txt',
    })
    await runs.start(id, [
      { ...print('a b', '', "it's", '$(x)', '*'), output: 'one.txt' },
      ...sh('exit 3', 'two.txt'),
      { ...print('-n', '3', '--'), output: 'three.txt' },
    ])

    expect(await settle(id)).toMatchObject({ status: 'ended', exitCode: 3 })
    expect(await runs.readEnd(id, 'one.txt', 100)).toBe("[a b][][it's][$(x)][*]")
    expect(await runs.readEnd(id, 'three.txt', 100)).toBe('[-n][3][--]')
  })

  it('heeds a request to end that comes just as it begins', async () => {
    for (let n = 0; n < 15; n += 1) {
      const id = await create(`lazaret-${n}`)
      await runs.start(id, sh('sleep 300'))
      await runs.stop(id)
      expect(await settle(id)).toMatchObject({ status: 'ended', wasStopped: true })
    }
  })

  it('begins no further command once it was asked to end', async () => {
    const id = await create()
    await runs.start(id, [...sh('sleep 300', 'one.txt'), ...sh('echo went on', 'two.txt')])
    await runs.stop(id)

    expect(await settle(id)).toMatchObject({ status: 'ended', wasStopped: true })
    expect(await runs.sizeOf(id, 'two.txt')).toBe(0)
  })

  it('goes on when the process that started it is killed, and another one stops it', async () => {
    const id = await create()
    const program = join(repositoryRoot, 'scanners/program-runs/open-program-runs.ts')
    const script = `
      const { openProgramRuns } = await import(${JSON.stringify(program)})
      const command = { program: '/bin/sh', args: ['-c', 'sleep 300'], output: null, errors: 'errors.txt' }
      await openProgramRuns(${JSON.stringify(folder)}).start(${JSON.stringify(id)}, [command])
      process.stdout.write('started')
      setInterval(() => {}, 1000)
    `
    const station = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: repositoryRoot })
    await new Promise((resolve) => station.stdout.once('data', resolve))
    station.kill('SIGKILL')
    await new Promise((resolve) => station.once('exit', resolve))

    expect((await runs.look(id)).status).toBe('running')
    await runs.stop(id)
    expect(await settle(id)).toMatchObject({ status: 'ended', wasStopped: true })
  })

  it('is lost, not ended, when the program and its watcher are killed', async () => {
    const id = await create()
    await runs.start(id, sh('sleep 300'))
    process.kill(-recordedPid(id), 'SIGKILL')

    expect(await settle(id)).toMatchObject({ status: 'lost', exitCode: null, endedAt: null, wasStopped: false })
  })

  it('never takes another process of the same id for its own', async () => {
    const id = await create()
    await runs.start(id, sh('sleep 300'))
    const record = readFileSync(join(folder, id, 'process'), 'utf8')
    process.kill(-recordedPid(id), 'SIGKILL')
    await settle(id)

    const bystander = spawn('sleep', ['300'], { detached: true })
    try {
      writeFileSync(join(folder, id, 'process'), record.replace(/^\d+/, String(bystander.pid)))
      expect((await runs.look(id)).status).toBe('lost')
      await runs.stop(id)
      await runs.remove(id)
      expect(existsSync(`/proc/${bystander.pid}`)).toBe(true)
      expect(bystander.exitCode ?? bystander.signalCode).toBe(null)
    } finally {
      bystander.kill('SIGKILL')
    }
  })

  it('cuts off a program that does not heed a request to end', async () => {
    const id = await create()
    await runs.start(id, sh(`trap '' TERM; echo ready; while :; do sleep 1; done`))
    while ((await runs.readEnd(id, 'out.txt', 10)) === '') await sleep(20)
    await runs.stop(id)
    await sleep(300)
    expect((await runs.look(id)).status).toBe('running')

    const asked = new Date(Date.now() - 11_000)
    utimesSync(join(folder, id, 'stop-asked'), asked, asked)
    await runs.stop(id)
    expect(await settle(id)).toMatchObject({ status: 'lost', wasStopped: true })
  })

  it('leaves no process and no folder behind when it is removed while it runs', async () => {
    const id = await create()
    await runs.start(id, sh('sleep 300 & sleep 300'))
    const pid = recordedPid(id)
    await runs.remove(id)

    expect(existsSync(join(folder, id))).toBe(false)
    expect(existsSync(`/proc/${pid}`)).toBe(false)
    expect((await runs.look(id)).status).toBe('gone')
  })

  it('gives a program nothing of the station’s environment but the path', async () => {
    const id = await create()
    process.env['LAZARET_CANARY'] = 'CANARY'
    try {
      await runs.start(id, [{ program: 'env', args: [], output: 'out.txt', errors: 'errors.txt' }])
    } finally {
      delete process.env['LAZARET_CANARY']
    }
    await settle(id)

    const names = (await runs.readEnd(id, 'out.txt', 10_000))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
    expect(
      names.filter((name) => !['PATH', 'HOME', 'LC_ALL', 'PWD', '_', 'OLDPWD', 'SHLVL'].includes(name ?? '')),
    ).toEqual([])
  })

  it('says so when there is no such program', async () => {
    const id = await create()
    await runs.start(id, [{ program: 'lazaret-no-such-program', args: [], output: null, errors: 'errors.txt' }])

    expect(await settle(id)).toMatchObject({ status: 'ended', exitCode: 127 })
    expect(await runs.readEnd(id, 'errors.txt', 1000)).toContain('not found')
  })

  it('sees no run in half-made or foreign folders, and clears old half-made ones away', async () => {
    await create()
    mkdirSync(join(folder, 'f'.repeat(32)))
    const old = join(folder, 'new-00000000-0000-4000-8000-000000000000')
    mkdirSync(old)
    utimesSync(old, 1000, 1000)

    expect((await runs.list('')).map(({ name }) => name)).toEqual(['lazaret-a'])
    expect(existsSync(old)).toBe(false)
  })

  it.each(['../../etc/passwd', '/etc/passwd', '..', 'x.txt/../../y.txt'])('never opens %j', async (file) => {
    const id = await create()

    await expect(runs.readInput(id, file)).rejects.toMatchObject({ code: 'scanner_refused' })
    await expect(runs.create('lazaret-b', new Map([[file, '']]))).rejects.toMatchObject({ code: 'scanner_refused' })
  })
})
