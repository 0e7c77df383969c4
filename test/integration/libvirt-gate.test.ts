import { spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Hypervisor } from '#shared/ports/hypervisor.ts'
import { lacksLibvirt, openLibvirt, type Libvirt } from '#test/support/libvirt/open-libvirt.ts'
import { GATE, runGate } from '#test/support/libvirt/run-gate.ts'
import { readAdminToken } from '#test/support/run-station.ts'
import { requireTool } from '#test/support/tools.ts'

const STATION = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const guestNamed = (name: string, more = '') => `<domain type='kvm'>\n  <name>${name}</name>\n${more}</domain>\n`
const verdict = (decision: string, message = 'Because \\"it\\" is so.') =>
  `{"schema":"lazaret.verdict/1","machine":"web-01","decision":"${decision}","canTell":true,` +
  `"reasons":[{"code":"unknown","decision":"${decision}","message":"${message}"}],"judgedAt":""}`

const lackingShell = requireTool('dash', 'busybox', 'curl')
describe.skipIf(lackingShell !== '').each([['dash'], ['busybox', 'sh']])(
  `the gate under %s${lackingShell}`,
  (...shell) => {
    let folder = ''
    let answer = { status: 200, body: '', stalls: false }
    const requests: IncomingMessage[] = []
    const server = createServer((request, response) => {
      requests.push(request)
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      if (answer.stalls) response.write(answer.body.slice(0, 40))
      else response.end(answer.body)
    })
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'lazaret-gate-'))
      writeFileSync(join(folder, 'token'), 'lz_abc.DEF\n')
      await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    })
    afterAll(() => {
      server.closeAllConnections()
      server.close()
      rmSync(folder, { recursive: true, force: true })
    })

    const run = (guest: string, settings: { more?: string; station?: string; operation?: string } = {}) => {
      const config = join(folder, 'gate.conf')
      const station = settings.station ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      writeFileSync(config, `# the gate\nstation = ${station}\ntoken_file=${folder}/token\n${settings.more ?? ''}`)
      return runGate({
        shell,
        config,
        guest,
        ...(settings.operation !== undefined && { operation: settings.operation }),
      })
    }
    const answering = (body: string, status = 200, stalls = false) => (answer = { body, status, stalls })

    it.each([
      ['allow', 0, ''],
      ['warn', 0, 'lazaret: web-01 may start, with a warning: Because \\"it\\" is so.\n'],
      ['deny', 1, 'lazaret: web-01 may not start: Because \\"it\\" is so.\n'],
    ])('obeys %s', async (decision, code, stderr) => {
      answering(verdict(decision))
      requests.length = 0

      expect(await run(guestNamed('Web-01'))).toMatchObject({ code, stdout: '', stderr })
      expect(requests.map(({ url, headers }) => `${url} ${headers.authorization}`)).toEqual([
        '/v1/machines/web-01/verdict?within=2 Bearer lz_abc.DEF',
      ])
    })

    it.each([
      ['of another machine', verdict('allow').replace('web-01', 'web-02'), 200],
      ['of an unknown word', verdict('permit'), 200],
      ['that is none', '<html>"decision":"allow"</html>', 200],
      ['that is empty', '', 200],
      ['with an error', verdict('allow'), 503],
      ['that leads elsewhere', verdict('allow'), 302],
      ['that forbids', '{}', 401],
    ])('refuses on an answer %s, unless told otherwise', async (_, body, status) => {
      answering(body, status)

      expect(await run(guestNamed('web-01'))).toMatchObject({ code: 1, stdout: '' })
      expect(await run(guestNamed('web-01'), { more: 'no_answer = allow\n' })).toMatchObject({ code: 0, stdout: '' })
    })

    it('waits no longer than it may for a station that says nothing', async () => {
      answering(verdict('allow'), 200, true)
      const ended = await run(guestNamed('web-01'), { more: 'timeout = 1\n' })

      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.seconds).toBeLessThan(4)
      expect(await run(guestNamed('web-01'), { station: 'http://127.0.0.1:1' })).toMatchObject({ code: 1, stdout: '' })
    })

    it.each(['start', 'started', 'stopped', 'release', 'reconnect', 'attach', 'migrate', 'restore', ''])(
      'never refuses %j',
      async (operation) => {
        expect(await run('', { operation, more: 'nonsense\n' })).toMatchObject({ code: 0, stdout: '', stderr: '' })
      },
    )

    it.each(['', '../../x', 'a b', '$(touch x)', '-x;', 'web-01&quot;', 'ä'])(
      'refuses a guest called %j unasked',
      async (name) => {
        answering(verdict('allow'))
        requests.length = 0

        expect(await run(guestNamed(name))).toMatchObject({ code: 1, stdout: '' })
        expect(requests).toEqual([])
      },
    )

    it.each(['timeout = 0', 'timeout = 60', 'no_answer = perhaps', 'statoin = x', 'token_file = /etc/passwd'])(
      'refuses everything while its settings say %j',
      async (more) => {
        answering(verdict('allow'))

        expect(await run(guestNamed('web-01'), { more: `${more}\n` })).toMatchObject({ code: 1, stdout: '' })
      },
    )

    it('lets copies of Lazaret pass, and nothing that only looks like one', async () => {
      answering(verdict('deny'))
      const name = 'lazaret-c0ffee-0000000abcdef-12345678-web-01'
      const mark = '<metadata><lazaret:copy xmlns:lazaret="urn:lazaret:copy:1"/></metadata>\n'
      const nic = (network: string) =>
        `    <interface type='network'>\n      <source network='${network}'/>\n    </interface>\n`
      const code = async (guest: string) => (await run(guest)).code

      expect(await code(guestNamed(name, mark + nic(name)))).toBe(0)
      expect(await code(guestNamed(name, nic(name)))).toBe(1)
      expect(await code(guestNamed('web-01', mark + nic('web-01')))).toBe(1)
      expect(await code(guestNamed(name, mark + nic('default')))).toBe(1)
      expect(await code(guestNamed(name, mark + nic(name) + nic('default')))).toBe(1)
      expect(await code(guestNamed(name, `${mark}<hostdev mode='subsystem'>${nic(name)}`))).toBe(1)
    })
  },
)

const lacking = lacksLibvirt()
describe.skipIf(lacking !== '')(`the gate in a real libvirtd, with a real station${lacking}`, () => {
  const COPY = 'lazaret-c0ffee-0000000abcdef-12345678-web-01'
  let libvirt: Libvirt
  let hypervisor: Hypervisor
  let guest = ''

  beforeAll(async () => {
    libvirt = await openLibvirt()
    hypervisor = libvirt.open()
    guest = libvirt.define('web-01')
    const { folder } = libvirt
    const hook = join(folder, 'hooks/qemu')
    writeFileSync(hook, `#!/bin/sh\nLAZARET_GATE_CONFIG=${folder}/gate.conf exec ${GATE} "$@"\n`)
    chmodSync(hook, 0o755)
    writeFileSync(
      join(folder, 'gate.conf'),
      `station = http://127.0.0.1:7412\ntoken_file = ${folder}/data/admin-token\n`,
    )
    // Only hooks that are there when the daemon starts count.
    await libvirt.restartDaemon()
  }, 300_000)
  afterAll(() => libvirt?.close())

  const withStation = async (policy: 'allow' | 'deny', work: () => Promise<void>) => {
    const { folder } = libvirt
    writeFileSync(join(folder, 'lazaret.yaml'), `policy: { unregistered: ${policy} }\nsweepEverySeconds: 3600\n`)
    const args = [
      STATION,
      'up',
      '--data',
      join(folder, 'data'),
      '--listen',
      '127.0.0.1:7412',
      '--config',
      join(folder, 'lazaret.yaml'),
    ]
    const station = spawn('nsenter', [...libvirt.inside.slice(1), process.execPath, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    try {
      await listening(station)
      expect(await readAdminToken(join(folder, 'data'))).not.toBe('')
      await work()
    } finally {
      const ended = new Promise((resolve) => station.once('exit', resolve))
      station.kill('SIGTERM')
      await ended
    }
  }
  const power = async () => (await hypervisor.find('web-01'))?.power

  it('refuses what the station refuses, with its reason, and starts what it allows; copies always', async () => {
    await withStation('deny', async () => {
      await expect(hypervisor.start(guest)).rejects.toMatchObject({
        code: 'hypervisor_refused',
        message: expect.stringMatching(/lazaret: web-01 may not start: .{10}/) as string,
      })
      expect(await power()).toBe('off')
      const machine = await hypervisor.find('web-01')
      if (machine === null) throw new Error('no web-01')
      const things = await hypervisor.quarantine(machine, COPY, async () => {})
      expect(libvirt.inventory().guests).toContain(`${COPY} running`)
      await hypervisor.release(things)
    })
    await withStation('allow', async () => {
      await hypervisor.start(guest)
      expect(await power()).toBe('running')
    })
  })

  it('starts nothing while there is no station, and lets run what runs when the daemon starts again', async () => {
    await libvirt.restartDaemon()
    expect(await power()).toBe('running')
    await hypervisor.stop(guest)
    await expect(hypervisor.start(guest)).rejects.toMatchObject({
      message: expect.stringContaining('no verdict') as string,
    })

    expect(await power()).toBe('off')
  })
})

function listening(station: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    station.stdout?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('listening on')) resolve()
    })
    station.once('exit', (code) => reject(new Error(`The station ended with ${code}.`)))
  })
}
