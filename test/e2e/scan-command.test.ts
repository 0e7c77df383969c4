import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Report } from '#shared/domain/report/report.ts'
import { ScanProgress } from '#shared/usecases/show-scan.ts'
import { cliWorld } from '#test/support/cli-world.ts'
import type { CliWorld } from '#test/support/cli-world.ts'
import { runLazaret } from '#test/support/run-lazaret.ts'
import type { Ended } from '#test/support/run-lazaret.ts'
import { readAdminToken, runStation } from '#test/support/run-station.ts'
import type { RunningStation } from '#test/support/run-station.ts'
import { NMAP_REPORT } from '#test/support/scan-world/nmap-report.ts'
import { requireTool } from '#test/support/tools.ts'

const NO_NMAP = requireTool('nmap')

let world: CliWorld
beforeAll(async () => {
  world = await cliWorld()
  await writeFile(join(world.folder, 'nmap.xml'), NMAP_REPORT)
  await writeFile(join(world.folder, 'cut.xml'), NMAP_REPORT.subarray(0, 500))
  await writeFile(
    join(world.folder, 'unfinished.xml'),
    NMAP_REPORT.toString().replace(/<runstats>[^]*<\/runstats>/, ''),
  )
})
afterAll(() => world.close())

/** @throws Error after a minute */
async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await isSo()) return
    await new Promise((resolve) => {
      setTimeout(resolve, 200)
    })
  }
  throw new Error('it never came to that')
}

const lazaret = (...args: string[]): Promise<Ended> => runLazaret(args, { env: world.env })
const file = (name: string) => join(world.folder, name)

describe('lazaret report, without a station', () => {
  it('prints one report, unified', async () => {
    const { code, stdout } = await lazaret('report', 'import', file('nmap.xml'), '--machine', 'web1', '--json')

    expect(code).toBe(0)
    expect(Report.parse(JSON.parse(stdout)).machines.map(({ name, examined }) => [name, examined])).toEqual([
      ['web1', 'examined'],
    ])
  })

  it('merges several into one of the same machine', async () => {
    const { code, stdout } = await lazaret('report', 'merge', file('nmap.xml'), file('unfinished.xml'), '--json')
    const [machine] = Report.parse(JSON.parse(stdout)).machines

    expect([code, machine?.name, machine?.examined]).toEqual([0, '10.0.0.1', 'partly'])
  })

  it('says that one without an end is partial, and never that it is examined', async () => {
    const { stdout, stderr } = await lazaret('report', 'import', file('unfinished.xml'))

    expect(stderr).toMatch(/^partial: .*unfinished\.xml: /)
    expect(stdout).toContain('0 examined, 1 in part')
  })

  it.each(['cut.xml', 'missing.xml', 'lazaret.yaml'])('refuses %s with one sentence and exit code 1', async (name) => {
    const { code, stdout, stderr } = await lazaret('report', 'import', file(name))

    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(new RegExp(`^lazaret: .*${name}.*\\n$`))
  })
})

describe.skipIf(NO_NMAP !== '')(`lazaret scan${NO_NMAP}`, () => {
  let station: RunningStation
  let server: Server
  let port: number

  beforeAll(async () => {
    server = createServer((socket) => socket.end('220 hello\r\n'))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    port = (server.address() as AddressInfo).port
    await writeFile(file('preset.json'), JSON.stringify({ ports: String(port) }))
    const scanners = [{ kind: 'nmap', id: 'nmap', optionsFile: file('preset.json') }]
    const hypervisors = [{ kind: 'none', id: 'by-hand', machines: { web1: ['127.0.0.1'] } }]
    await writeFile(file('scans.yaml'), JSON.stringify({ scanners, hypervisors }))
    await mkdir(world.data, { recursive: true })
    station = runStation({ data: world.data, config: file('scans.yaml'), env: world.env })
    await station.listening
    const root = await world.makeRoot('scanned', ['hello 1.0'])
    await lazaret('import', 'web1', '--root', root, '--data', world.data)
  }, 60_000)
  afterAll(async () => {
    server.close()
    station.process.kill('SIGTERM')
    await station.ended
  })

  /** As the station tells it. */
  async function scannerOf(id: string) {
    const headers = { authorization: `Bearer ${await readAdminToken(world.data)}` }
    const response = await fetch(`${await station.listening}/v1/scans/${id}`, { headers })
    const [machine] = ScanProgress.parse(await response.json()).progress
    if (machine?.scanners[0] === undefined) throw new Error('the scan has no scanner')
    return machine.scanners[0]
  }

  it('shows how far it is, finds the open port and ends with 0', async () => {
    const scan = await lazaret('scan', 'web1', '--address', '127.0.0.1', '--wait', '--data', world.data, '--json')
    const { id } = z.looseObject({ id: z.string() }).parse(JSON.parse(scan.stdout))
    const report = await lazaret('report', id, '--data', world.data)
    const [machine] = Report.parse(JSON.parse(report.stdout)).machines

    expect([scan.code, machine?.examined]).toEqual([0, 'examined'])
    expect(scan.stderr).toMatch(/web1: nmap: done/)
    expect(machine?.groups.map((group) => group.port.number)).toContain(port)
  }, 120_000)

  it('is brought to its end by the next station where this one is killed in the middle', async () => {
    const { stdout } = await lazaret('scan', 'web1', '--data', world.data)
    const id = stdout.trim()
    await waitFor(async () => (await scannerOf(id)).phase === 'running')
    station.process.kill('SIGKILL')
    await station.ended
    station = runStation({ data: world.data, config: file('scans.yaml'), env: world.env })
    await station.listening
    await waitFor(async () => (await scannerOf(id)).endedAt !== null)

    expect(await scannerOf(id)).toMatchObject({ status: 'done', reason: '' })
  }, 120_000)

  it('counts the findings of that scan for a gate', async () => {
    const gate = await lazaret('gate', 'web1', '--scan', '--data', world.data, '--json')

    expect(JSON.parse(gate.stdout)).toMatchObject({ scan: { examined: 'examined' } })
  }, 60_000)

  it('refuses an address outside of the networks that are configured', async () => {
    const scan = await lazaret('scan', 'web1', '--address', '192.0.2.1', '--wait', '--data', world.data)

    expect(scan).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('192.0.2.1 is not scanned') })
  })
})
