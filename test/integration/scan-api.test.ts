import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Report } from '#shared/domain/report/report.ts'
import { ScanSettings } from '#shared/domain/scan/settings.ts'
import { Verdict } from '#shared/domain/verdict.ts'
import { ScanProgress } from '#shared/usecases/show-scan.ts'
import { answered } from '#test/support/answered.ts'
import { NMAP_REPORT } from '#test/support/scan-world/nmap-report.ts'
import { openScriptedHypervisor } from '#test/support/scan-world/scripted-hypervisor.ts'
import type { ScriptedHypervisor } from '#test/support/scan-world/scripted-hypervisor.ts'
import { openScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import type { ScriptedScanner } from '#test/support/scan-world/scripted-scanner.ts'
import { workThrough } from '#test/support/scan-world/work-through.ts'
import { stationWorld } from '#test/support/station-world.ts'
import type { StationWorld } from '#test/support/station-world.ts'

let world: StationWorld
let nmap: ScriptedScanner
let broken: ScriptedScanner
let hypervisor: ScriptedHypervisor

beforeEach(async () => {
  const now = () => world.station.clock.now().getTime()
  nmap = openScriptedScanner('nmap', { scan: () => ({ seconds: 100 }) }, now)
  broken = openScriptedScanner('broken', { scan: () => ({ seconds: 100, report: 'broken' }) }, now)
  const guests = [
    { name: 'web1', power: 'running', address: '10.0.0.1' },
    { name: 'web2', power: 'off', address: '10.0.0.2' },
  ] as const
  hypervisor = openScriptedHypervisor('rack1', { guests }, now)
  world = await stationWorld({
    isQuick: true,
    scanning: {
      scanners: new Map([
        ['nmap', nmap],
        ['broken', broken],
      ]),
      hypervisors: [hypervisor],
      settings: ScanSettings.parse({ scanNetworks: ['10.0.0.0/24'], dormantMachines: 'start' }),
    },
  })
  await world.publish(['hello 1.0'])
  for (const name of ['web1', 'web2', 'web3']) await world.register(name)
  await world.workAll()
})
afterEach(() => world.close())

const scanOf = async (json: unknown) => answered(await world.ask('POST', '/v1/scans', { json }))
const progressOf = async (id: string) => ScanProgress.parse(await (await world.ask('GET', `/v1/scans/${id}`)).json())
const reportOf = async (id: string) => Report.parse(await (await world.ask('GET', `/v1/scans/${id}/report`)).json())

describe('POST /v1/scans', () => {
  it('scans what runs and what is off, and puts the power back', async () => {
    const { id } = await scanOf({ machines: ['web1', 'web2'], scanners: ['nmap'] })
    await workThrough(world, id)
    const { status, progress } = await progressOf(id)
    const report = await reportOf(id)

    expect(status).toBe('ended')
    expect(progress.map((machine) => [machine.plan, machine.examined, machine.isRestored])).toEqual([
      ['in-place', 'examined', null],
      ['start', 'examined', true],
    ])
    expect(hypervisor.powers()).toEqual({ web1: 'running', web2: 'off' })
    expect(report.summary).toMatchObject({ machines: 2, examined: 2, notExamined: 0 })
    expect(nmap.natives.size).toBe(0)
  })

  it('goes on with one scanner where the other fails, and says so for each', async () => {
    const { id } = await scanOf({ machines: ['web1'] })
    await workThrough(world, id)
    const [machine] = (await progressOf(id)).progress

    expect(machine?.scanners.map((one) => [one.scanner, one.status])).toEqual([
      ['broken', 'failed'],
      ['nmap', 'done'],
    ])
    expect(machine?.examined).toBe('partly')
    expect((await reportOf(id)).summary).toMatchObject({ examined: 0, partlyExamined: 1 })
  })

  it('never takes a machine for examined that nobody could find', async () => {
    const { id } = await scanOf({ machines: ['web3'], scanners: ['nmap'] })
    await workThrough(world, id)
    const [machine] = (await progressOf(id)).progress

    expect(machine?.scanners[0]).toMatchObject({
      status: 'not-examined',
      reason: expect.stringContaining('No hypervisor knows it'),
    })
    expect((await reportOf(id)).summary).toMatchObject({ examined: 0, notExamined: 1 })
  })

  it.each(['8.8.8.8', '127.0.0.1', '10.0.1.1', '::ffff:10.0.1.1', '169.254.169.254', '--script=all', 'web1'])(
    'refuses the address %s before anyone is asked anything',
    async (address) => {
      const response = await world.ask('POST', '/v1/scans', {
        json: { machines: [{ name: 'web3', addresses: [address] }] },
      })
      await world.workAll()

      expect([response.status, (await answered(response)).detail]).toEqual([422, expect.stringMatching(/not/)])
      expect(nmap.natives.size + broken.natives.size).toBe(0)
    },
  )

  it.each([
    ['a machine that nobody registered', { machines: ['nobody'] }, 404],
    ['a name that is an option', { machines: ['--all'] }, 400],
    ['a scanner that is not configured', { machines: ['web1'], scanners: ['nessus'] }, 404],
    ['a scanner with a name of the prototype', { machines: ['web1'], scanners: ['__proto__'] }, 404],
    ['the same machine twice', { machines: ['web1', 'WEB1'] }, 400],
    ['no machine', { machines: [] }, 400],
  ])('refuses %s', async (_, json, status) => {
    expect((await world.ask('POST', '/v1/scans', { json })).status).toBe(status)
  })

  it('takes addresses from administrators only', async () => {
    const token = await world.token('owner', { owner: 'alice' })
    await world.register('mine', { token })
    const machines = [{ name: 'mine', addresses: ['10.0.0.9'] }]
    const byOwner = await world.ask('POST', '/v1/scans', { token, json: { machines } })
    const byAdmin = await world.ask('POST', '/v1/scans', { json: { machines } })

    expect([byOwner.status, byAdmin.status]).toEqual([403, 202])
  })
})

describe('DELETE /v1/scans/{id}', () => {
  it('stops what runs, removes it and puts the machine back', async () => {
    const { id } = await scanOf({ machines: ['web2'], scanners: ['nmap'] })
    for (let step = 0; step < 5; step += 1) {
      await world.workAll()
      world.pass(5)
    }
    const before = nmap.natives.size
    await world.ask('DELETE', `/v1/scans/${id}`)
    await workThrough(world, id)
    const [machine] = (await progressOf(id)).progress

    expect(before).toBe(1)
    expect(machine).toMatchObject({ examined: 'not-examined', scanners: [{ status: 'cancelled' }] })
    expect([nmap.natives.size, hypervisor.powers()['web2']]).toEqual([0, 'off'])
  })
})

describe('POST /v1/machines/{name}/verdict?scan=required', () => {
  const ask = (machine: string) => world.ask('POST', `/v1/machines/${machine}/verdict?scan=required`)

  it('begins one scan, however often it is asked, and then counts what was examined', async () => {
    const first = await answered(await ask('web1'))
    const again = await ask('web1')
    const { scan } = (await again.json()) as { scan: string }
    await workThrough(world, scan)
    const judged = await ask('web1')

    expect([again.status, first['scan']]).toEqual([202, scan])
    expect(judged.status).toBe(200)
    // One of the two scanners cannot read its report: what was not looked for is not taken for absent.
    expect(Verdict.parse(await judged.json())).toMatchObject({
      decision: 'deny',
      canTell: false,
      reasons: [{ code: 'not-examined' }],
      scan: { id: scan, examined: 'partly' },
    })
  })

  it('does not take a scan by some of the scanners for one by all', async () => {
    const { id } = await scanOf({ machines: ['web1'], scanners: ['nmap'] })
    await workThrough(world, id)

    expect((await ask('web1')).status).toBe(202)
  })

  it('takes no imported report for a scan of its own, whatever it says it is', async () => {
    const token = await world.token('owner', { owner: 'alice' })
    await world.register('mine', { token })
    const headers = { 'content-type': 'application/xml' }
    const taken = await world.ask('POST', '/v1/reports?machine=mine', { token, body: NMAP_REPORT, headers })

    expect([taken.status, (await ask('mine')).status]).toEqual([201, 202])
  })

  it('forgets what was found together with the machine', async () => {
    const { id } = await scanOf({ machines: ['web1'] })
    await workThrough(world, id)
    const before = await ask('web1')
    await world.ask('DELETE', '/v1/machines/web1')
    await world.register('web1')

    expect([before.status, (await ask('web1')).status]).toEqual([200, 202])
  })

  it('judges a machine that nobody registered at once', async () => {
    expect(Verdict.parse(await (await ask('nobody')).json())).toMatchObject({ decision: 'deny', canTell: false })
  })
})

describe('POST /v1/reports', () => {
  const send = (path: string, body: Uint8Array) =>
    world.ask('POST', path, { body, headers: { 'content-type': 'application/xml' } })

  it('takes a report whole, for the machine that it is about', async () => {
    const response = await send('/v1/reports?machine=web3', NMAP_REPORT)
    const { id } = await answered(response)
    const report = await reportOf(id)

    expect(response.status).toBe(201)
    expect(report.machines.map(({ name, examined }) => [name, examined])).toEqual([['web3', 'examined']])
  })

  it.each([
    ['cut', NMAP_REPORT.subarray(0, NMAP_REPORT.length - 60)],
    ['empty', Buffer.alloc(0)],
    ['of another kind', Buffer.from('<html><body>Login</body></html>')],
    ['a bomb', Buffer.from('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><nmaprun>&c;</nmaprun>')],
  ])('never takes one that is %s for a report without findings', async (_, body) => {
    const response = await send('/v1/reports?machine=web3', body)
    const list = await answered(await world.ask('GET', '/v1/scans'))
    const taken = response.status === 201 ? await reportOf(list.items[0]?.id ?? '') : null

    expect(taken?.machines[0]?.examined ?? 'refused').not.toBe('examined')
    expect([201, 422]).toContain(response.status)
  })

  it('is refused for a machine that nobody registered', async () => {
    expect((await send('/v1/reports?machine=nobody', NMAP_REPORT)).status).toBe(404)
  })
})

describe('GET /v1/scans/{id}/report', () => {
  it.each([
    ['json', 'application/json', '{'],
    ['xml', 'application/xml; charset=utf-8', '<?xml'],
    ['html', 'text/html; charset=utf-8', '<!DOCTYPE html>'],
    ['csv', 'text/csv; charset=utf-8', '"'],
    ['ocsf', 'application/x-ndjson', '{'],
  ])('is written as %s', async (format, type, begin) => {
    const { id } = await answered(
      await world.ask('POST', '/v1/reports?machine=web1', {
        body: NMAP_REPORT,
        headers: { 'content-type': 'application/xml' },
      }),
    )
    const response = await world.ask('GET', `/v1/scans/${id}/report?format=${format}`)

    expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
    expect((await response.text()).toLowerCase().startsWith(begin.toLowerCase())).toBe(true)
  })

  it('lets a page run nothing but its own script, and load nothing', async () => {
    const { id } = await scanOf({ machines: ['web1'] })
    const response = await world.ask('GET', `/v1/scans/${id}/report?format=html`)

    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*sandbox allow-scripts$/)
  })
})

describe('GET /v1/scans', () => {
  it('shows the newest first, and owners only their own', async () => {
    const token = await world.token('owner', { owner: 'alice' })
    await world.register('mine', { token })
    const first = await scanOf({ machines: ['web1'] })
    world.pass(5)
    const second = await answered(await world.ask('POST', '/v1/scans', { token, json: { machines: ['mine'] } }))
    const all = await answered(await world.ask('GET', '/v1/scans'))
    const own = await answered(await world.ask('GET', '/v1/scans', { token }))

    expect(all.items.map((item) => item.id)).toEqual([second.id, first.id])
    expect(own.items.map((item) => item.id)).toEqual([second.id])
  })
})
