import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NativeIds, Scanner } from '#shared/ports/scanner.ts'
import {
  ACCESS_KEY,
  json,
  MANAGER,
  openNessusDouble,
  PASSWORD,
  SECRET_KEY,
  SLOW_ADDRESS,
  tooMany,
  type NessusDouble,
} from '#test/support/nessus-double/nessus-double.ts'
import { KEYS, openScannerOf } from '#test/support/nessus-double/open-scanner.ts'
import { requireTool } from '#test/support/tools.ts'

const lacking = requireTool('openssl')
const NAME = 'lazaret-c0ffee-0000000abcdef-1-web'

describe.skipIf(lacking !== '')(`what Nessus does to its callers${lacking}`, () => {
  let double: NessusDouble
  let scanner: Scanner

  beforeEach(async () => {
    double = await openNessusDouble()
    scanner = openScannerOf(double)
  })
  afterEach(() => double.close())

  const create = (address = '192.0.2.10') => scanner.create({ name: NAME, addresses: [address] }, async () => {})
  const finish = async (): Promise<NativeIds> => {
    const ids = await scanner.start(await create())
    while ((await scanner.look(ids)).status !== 'ended') await new Promise((resolve) => setTimeout(resolve, 20))
    return ids
  }
  const collect = async (ids: NativeIds): Promise<string> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of scanner.collect(ids)) chunks.push(chunk)
    return Buffer.concat(chunks).toString('utf8')
  }
  const exportsAsked = () => double.received.filter(({ method, path }) => method === 'POST' && path.includes('/export'))

  it.each([
    ['Nessus Professional', { nessus_type: 'Nessus Professional', license: { features: { scan_api: false } } }],
    ['Nessus Essentials without the feature told', { nessus_type: 'Nessus Essentials', license: { type: 'home' } }],
    ['Nessus Expert without the feature told', { nessus_type: 'Nessus Expert' }],
  ])('cannot be driven as %s, says so and offers import', async (_name, properties) => {
    double.properties = { ...MANAGER, license: {}, ...properties }
    const readiness = await scanner.checkReady()

    expect(readiness).toMatchObject({ status: 'unusable', reason: expect.stringContaining('report import') as string })
    expect(scanner.abilities.control).toBe(false)
  })

  it('can be driven as Tenable Vulnerability Management, which tells no such feature', async () => {
    double.properties = { nessus_type: 'vulnerability_management', server_version: '6.4', license: { type: 'vm' } }

    expect(await scanner.checkReady()).toMatchObject({ status: 'ready', version: '6.4' })
    expect(scanner.abilities.control).toBe(true)
  })

  it('is ready though it has no plugin set to tell of', async () => {
    double.properties = { ...MANAGER, loaded_plugin_set: false, plugin_set: 0 }

    expect(await scanner.checkReady()).toEqual({ status: 'ready', version: '10.8.3', feedVersion: '' })
  })

  it('is not licensed for it when 412 comes and the connection is cut with half a body', async () => {
    double.interfere({
      of: /^POST \/scans$/,
      answer: (response) => {
        response.writeHead(412, { 'content-type': 'application/json', 'content-length': '32' })
        response.write('{"error":')
        setTimeout(() => response.destroy(), 20)
      },
    })

    await expect(create()).rejects.toMatchObject({
      code: 'scanner_refused',
      message: expect.stringContaining('does not let scans be controlled') as string,
    })
    expect(scanner.abilities.control).toBe(false)
  })

  it('is not ready while it compiles plugins', async () => {
    double.status = 'loading'
    expect(await scanner.checkReady()).toMatchObject({ status: 'not-ready', retryAfterSeconds: 60 })

    double.interfere({ of: /server\/status/, answer: (response) => json(response, 503, {}) })
    expect(await scanner.checkReady()).toMatchObject({ status: 'not-ready' })
  })

  it('is unusable with wrong keys, and without the template that is wanted', async () => {
    const credentials = { kind: 'keys', readKeys: () => ({ access: 'wrong', secret: 'wrong' }) } as const
    const other = openScannerOf(double, { credentials })
    expect(await other.checkReady()).toMatchObject({ status: 'unusable' })

    double.interfere({ of: /templates/, answer: (response) => json(response, 200, { templates: [] }) })
    expect(await scanner.checkReady()).toMatchObject({
      status: 'unusable',
      reason: 'The scanner has no scan template "basic".',
    })
  })

  it('waits as long as a 429 says, whose body is a page', async () => {
    double.interfere({ of: /^GET \/scans$/, answer: tooMany('1') })
    const before = Date.now()
    expect(await scanner.list('')).toEqual([])
    expect(Date.now() - before).toBeGreaterThanOrEqual(950)
  })

  it('gives up a 429 that does not end, as something that may work later', async () => {
    double.interfere({ of: /^GET \/scans$/, times: 99, answer: tooMany() })
    await expect(scanner.list('')).rejects.toMatchObject({ code: 'scanner_unreachable', retry: true })
    expect(double.received.filter(({ path }) => path === '/scans')).toHaveLength(5)

    double.interfere({ of: /^DELETE/, times: 99, answer: tooMany('86400') })
    const before = Date.now()
    await expect(scanner.remove({ scan: '1' })).rejects.toMatchObject({ code: 'scanner_unreachable' })
    expect(Date.now() - before).toBeLessThan(1000)
  })

  it('launches a scan once, though the answer to its launch was lost', async () => {
    const ids = await create()
    await scanner.start(ids)
    double.interfere({ of: /launch/, answer: (response) => void response.destroy() })
    const [first, second] = [await scanner.start(ids), await openScannerOf(double).start(ids)]

    expect(second).toEqual(first)
    expect([...double.natives.values()].map(({ launches }) => launches)).toEqual([1])
  })

  it('adopts a scan that another station launched in the same moment', async () => {
    const ids = await create()
    double.interfere({
      of: /launch/,
      answer: (response) => {
        for (const native of double.natives.values()) native.launchedAt = Date.now()
        json(response, 409, { error: 'Scan is already running' })
      },
    })

    expect(await scanner.start(ids)).toMatchObject({ run: `run-of-${ids['scan']}` })
  })

  it('exports no running scan', async () => {
    const ids = await scanner.start(await create(SLOW_ADDRESS))

    await expect(collect(ids)).rejects.toMatchObject({ code: 'scanner_refused' })
    expect(exportsAsked()).toEqual([])
  })

  it('asks for the results of its own run', async () => {
    const ids = await finish()
    await collect(ids)

    expect(exportsAsked().map(({ path }) => path)).toEqual([`/scans/${ids['scan']}/export?history_id=${ids['scan']}7`])
  })

  it.each([
    ['fails', /export\/\d+\/status/, (response: ServerResponse) => json(response, 500, { status: 'error' })],
    ['says error', /export\/\d+\/status/, (response: ServerResponse) => json(response, 200, { status: 'error' })],
    ['is lost', /export\/\d+\/status/, (response: ServerResponse) => json(response, 404, {})],
    ['is gone at its download', /download/, (response: ServerResponse) => json(response, 404, {})],
  ])('asks for a new export when one %s, three times at most', async (_what, of, answer) => {
    const ids = await finish()
    double.interfere({ of, times: 2, answer })
    expect(await collect(ids)).toContain('NessusClientData_v2')
    expect(exportsAsked()).toHaveLength(3)

    double.interfere({ of, times: 99, answer })
    await expect(collect(ids)).rejects.toMatchObject({ code: 'scanner_unreachable' })
    expect(exportsAsked()).toHaveLength(6)
  })

  it('gives up an export that is loading for ever', async () => {
    const ids = await finish()
    double.interfere({ of: /status$/, times: 9999, answer: (response) => json(response, 200, { status: 'loading' }) })

    await expect(collect(ids)).rejects.toMatchObject({ code: 'scanner_unreachable' })
  })

  it.each([
    ['a length', { 'content-length': '100000' }],
    ['chunks', {}],
  ])('takes a download that is cut, with %s, for no download', async (_how, headers) => {
    const ids = await finish()
    double.interfere({
      of: /download/,
      answer: (response) => {
        response.writeHead(200, headers)
        response.write('<?xml version="1.0" ?>\n<NessusClientData_v2>')
        setTimeout(() => response.destroy(), 20)
      },
    })

    await expect(collect(ids)).rejects.toMatchObject({ code: 'scanner_unreachable' })
  })

  it('gives up a server that takes the call and says nothing', async () => {
    double.interfere({ of: /^GET \/scans$/, answer: () => {} })

    await expect(openScannerOf(double, { timeoutMs: 300 }).list('')).rejects.toMatchObject({
      code: 'scanner_unreachable',
    })
  })

  it('logs in once more when its session has ended, and ends it when it is done', async () => {
    const credentials = { kind: 'session', username: 'lazaret', readPassword: () => PASSWORD } as const
    const other = openScannerOf(double, { credentials })
    const ids = await other.create({ name: NAME, addresses: ['192.0.2.10'] }, async () => {})
    double.forgetSessions()
    expect(await other.list('')).toHaveLength(1)
    await other.remove(ids)

    const sessions = double.received.filter(({ path }) => path === '/session').map(({ method }) => method)
    expect(sessions).toEqual(['POST', 'POST', 'DELETE'])
  })

  it('refuses a wrong password without asking twice', async () => {
    const credentials = { kind: 'session', username: 'lazaret', readPassword: () => 'wrong' } as const
    await expect(openScannerOf(double, { credentials }).list('')).rejects.toMatchObject({ code: 'scanner_refused' })

    expect(double.received.map(({ path }) => path)).toEqual(['/session'])
  })

  it('is sent no key before its certificate is the pinned one', async () => {
    const other = openScannerOf(double, { trust: { kind: 'pin', sha256: '00'.repeat(32) } })
    expect(await other.checkReady()).toMatchObject({
      status: 'unusable',
      reason: 'The scanner’s certificate is not the one that is pinned.',
    })
    expect(await openScannerOf(double, { trust: { kind: 'system' } }).checkReady()).toMatchObject({
      status: 'unusable',
    })

    expect(double.received).toEqual([])
  })

  it('is believed by its authority, or when an administrator says so', async () => {
    for (const trust of [{ kind: 'ca', ca: double.certificate.cert }, { kind: 'insecure' }] as const) {
      expect(await openScannerOf(double, { trust }).checkReady()).toMatchObject({ status: 'ready' })
    }
  })

  it('never gets a secret into a message, whatever it repeats', async () => {
    const session = { kind: 'session', username: 'lazaret', readPassword: () => PASSWORD } as const
    const told: string[] = []
    for (const credentials of [KEYS, session]) {
      for (const status of [400, 401, 403, 404, 409, 412, 418, 500, 502]) {
        double.interfere({
          of: /^GET \/scans$/,
          times: 2,
          answer: (response, { headers }) =>
            json(response, status, { error: `no ${String(headers['x-apikeys'])} ${String(headers['x-cookie'])}` }),
        })
        await openScannerOf(double, { credentials })
          .list('')
          .catch((error: Error) => told.push(inspect(error, { depth: 10 })))
      }
    }
    double.interfere({ of: /session/, answer: (response) => json(response, 200, { token: `${PASSWORD} ;` }) })
    await openScannerOf(double, { credentials: session })
      .list('')
      .catch((error: Error) => told.push(inspect(error, { depth: 10 })))

    expect(told.length).toBeGreaterThanOrEqual(15)
    expect(
      told.filter((text) => [ACCESS_KEY, SECRET_KEY, PASSWORD, 'CANARY'].some((secret) => text.includes(secret))),
    ).toEqual([])
  })

  it('is no scanner when a page answers in its place', async () => {
    double.interfere({ of: /^GET \/scans$/, answer: (response) => void response.end('<html>Please log in</html>') })

    await expect(scanner.list('')).rejects.toMatchObject({ code: 'scanner_unreachable' })
  })

  it.each(['../1', '1/../../server', '1?x=', '1 HTTP/1.1', ''])('never puts %j into a path', async (scan) => {
    await expect(scanner.look({ scan })).rejects.toMatchObject({ code: 'scanner_refused' })
    expect(double.received).toEqual([])
  })
})
