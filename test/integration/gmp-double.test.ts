import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OURS } from '#scanners/openvas/objects.ts'
import type { Feed } from '#test/support/gmp-double/answers.ts'
import { faultOf as fault } from '#test/support/gmp-double/fault-of.ts'
import { SLOW_ADDRESS } from '#test/support/gmp-double/model.ts'
import { openDoubleScanner } from '#test/support/gmp-double/open-scanner.ts'
import { type GmpDouble, type Misdeed, openGmpDouble } from '#test/support/gmp-double/serve.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'

const NAME = 'lazaret-c0ffee-1-web'
const QUICK = { connectMs: 1000, firstByteMs: 300, firstReportByteMs: 300, idleMs: 300 }

describe('the OpenVAS adapter and a gvmd that misbehaves', () => {
  let folder = ''
  let double: GmpDouble
  let scanner: Scanner
  const told: NativeIds[] = []

  beforeEach(async () => {
    told.length = 0
    folder = await mkdtemp(join(tmpdir(), 'lazaret-gmp-'))
    const unix = join(folder, 'gvmd.sock')
    double = await openGmpDouble({ unix })
    scanner = openDoubleScanner(double, { unix }, QUICK)
  })
  afterEach(async () => {
    await double.close()
    await rm(folder, { recursive: true, force: true })
  })

  const create = () => scanner.create({ name: NAME, addresses: ['127.0.0.1'] }, async (ids) => void told.push(ids))
  const createSlow = () => scanner.create({ name: NAME, addresses: [SLOW_ADDRESS] }, async () => undefined)
  const begin = async (made = create()) => scanner.start(await made)
  const settle = async (ids: NativeIds): Promise<Look> => {
    for (let n = 0; n < 200; n += 1) {
      const seen = await scanner.look(ids)
      if (!['requested', 'running', 'processing'].includes(seen.status)) return seen
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    throw new Error('it does not end')
  }
  const done = async (): Promise<NativeIds> => {
    const ids = await begin()
    await settle(ids)
    return ids
  }
  const collect = async (ids: NativeIds): Promise<string> => {
    const chunks: Uint8Array[] = []
    for await (const chunk of scanner.collect(ids)) chunks.push(chunk)
    return Buffer.concat(chunks).toString('utf8')
  }
  const count = (command: string) => double.commands.filter((one) => one === command).length

  it.each<[Feed, string, RegExp]>([
    ['syncing', 'not-ready', /^A feed is being loaded \(NVT\)/],
    ['no-version', 'not-ready', /^The feed of checks is not loaded yet\.$/],
    ['unreachable', 'not-ready', /^The feed of checks cannot be used: Could not connect to scanner/],
    ['no-owner', 'unusable', /no feed import owner is set/],
    ['no-objects', 'not-ready', /^The scan configuration "Full and fast" is not there: the feed is not loaded yet/],
    ['empty-config', 'not-ready', /^The scan configuration "Full and fast" holds no checks/],
    ['scanner-down', 'not-ready', /^gvmd does not reach its scanner "OpenVAS Default"/],
  ])('says in words that it is not ready: %s', async (feed, status, reason) => {
    double.setFeed(feed)

    expect(await scanner.checkReady()).toMatchObject({ status, reason: expect.stringMatching(reason) as string })
  })

  it('takes a scan that is created before the feed is there for one to try again', async () => {
    double.setFeed('no-objects')

    expect(await fault(create)).toEqual({
      code: 'scanner_unreachable',
      message: expect.stringContaining('feed') as string,
    })
    expect(double.model.targets.size).toBe(0)
  })

  it('is told of a wrong password by checkReady and by every call, and never says which', async () => {
    const wrong = openDoubleScanner(
      { username: 'lazaret', password: 'canary-4711' },
      { unix: join(folder, 'gvmd.sock') },
    )
    double.misbehave('authenticate', {
      kind: 'say',
      answer: '<authenticate_response status="400" status_text="No user with canary-4711"/>',
    })
    const said = await fault(() => wrong.list(''))

    expect(said.code).toBe('scanner_refused')
    expect(JSON.stringify([said, await wrong.checkReady(), await fault(() => wrong.list(''))])).not.toContain('canary')
    expect(await wrong.checkReady()).toMatchObject({ status: 'unusable' })
  })

  it.each<[string, Misdeed]>([
    ['nothing at all', { kind: 'cut', bytes: 0 }],
    ['half a tag', { kind: 'cut', bytes: 20 }],
    ['success and half a report', { kind: 'cut', bytes: 600 }],
    ['all but the last byte', { kind: 'cut', bytes: -1 }],
    ['silence', { kind: 'stall', bytes: 0 }],
    ['silence in the midst of a report', { kind: 'stall', bytes: 600 }],
  ])('takes a report that ends in %s for no report, and gets it whole the next time', async (_name, misdeed) => {
    const ids = await done()
    double.misbehave('get_reports', misdeed)

    expect((await fault(() => collect(ids))).code).toBe('scanner_unreachable')
    expect(await collect(ids)).toMatch(/^<get_reports_response status="200".*<\/get_reports_response>$/s)
  })

  it.each<[string, string, string]>([
    ['409', '<x_response status="409" status_text="Reports database is busy."/>', 'scanner_unreachable'],
    ['500', '<x_response status="500" status_text="Internal error"/>', 'scanner_unreachable'],
    ['503', '<x_response status="503" status_text="Service temporarily down"/>', 'scanner_unreachable'],
    ['403', '<x_response status="403" status_text="Access to resource forbidden"/>', 'scanner_refused'],
    ['rights', '<x_response status="400" status_text="Permission denied"/>', 'scanner_refused'],
    ['an error named gmp_response', '<gmp_response status="400" status_text="Bogus command name"/>', 'scanner_refused'],
    ['HTML', '<html><body>502 Bad Gateway</body></html>', 'scanner_unreachable'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'scanner_unreachable'],
    ['a document type', '<!DOCTYPE x [<!ENTITY a "b">]><x status="200"/>', 'scanner_unreachable'],
    ['an unknown entity', '<x status="200">&a;</x>', 'scanner_unreachable'],
    ['two answers', '<x status="200"></x><x status="200"></x>', 'scanner_unreachable'],
  ])('answers %s with a fault, to a report as to a question', async (_name, answer, code) => {
    const ids = await done()
    double.misbehave('get_reports', { kind: 'say', answer })
    double.misbehave('get_tasks', { kind: 'say', answer })

    expect((await fault(() => scanner.look(ids))).code).toBe(code)
    expect((await fault(() => collect(ids))).code).toBe(code)
  })

  it('makes nothing twice where the answer to a creation is lost', async () => {
    double.misbehave('create_target', { kind: 'cut', bytes: 0 })
    expect((await fault(create)).code).toBe('scanner_unreachable')
    double.misbehave('create_task', { kind: 'cut', bytes: 30 })
    expect((await fault(create)).code).toBe('scanner_unreachable')
    const ids = await create()

    expect([double.model.targets.size, double.model.tasks.size]).toEqual([1, 1])
    expect(told).toEqual([{ target: ids['target'] }, { target: ids['target'] }, { task: ids['task'] }])
  })

  it('lists a target whose task was never made, and removes it', async () => {
    double.misbehave('create_task', { kind: 'say', answer: '<x status="500" status_text="Internal error"/>' })
    await fault(create)
    const [left] = await scanner.list('lazaret-c0ffee-')

    expect(left).toEqual({ name: NAME, ids: { target: expect.any(String) as string }, isRunning: false })
    await scanner.remove(left?.ids ?? {})
    expect(double.model.targets.size).toBe(0)
  })

  it('starts nothing twice where the answer to the start is lost, nor when the scan has ended', async () => {
    const ids = await create()
    double.misbehave('start_task', { kind: 'cut', bytes: 0 })
    expect((await fault(() => scanner.start(ids))).code).toBe('scanner_unreachable')
    const started = await scanner.start(ids)
    await settle(started)

    expect(await scanner.start(ids)).toEqual(started)
    expect(count('start_task')).toBe(1)
    expect(started['report']).toBe([...double.model.tasks.values()][0]?.reports[0])
  })

  it('reads the state again where gvmd ends without an answer to a stop', async () => {
    const ids = await begin(createSlow())
    double.misbehave('stop_task', { kind: 'cut', bytes: 0 })
    expect((await fault(() => scanner.stop(ids))).code).toBe('scanner_unreachable')
    await scanner.stop(ids)

    expect((await settle(ids)).status).toBe('stopped')
    expect(count('stop_task')).toBe(1)
  })

  it('goes on with a stopped scan, once, and keeps its report', async () => {
    const ids = await begin(createSlow())
    expect(await scanner.resume(ids)).toBe(true)
    expect(count('resume_task')).toBe(0)
    await scanner.stop(ids)
    await settle(ids)
    expect(await scanner.resume(ids)).toBe(true)

    expect(count('resume_task')).toBe(1)
    expect(await scanner.look(ids)).toMatchObject({ status: 'requested' })
    expect(await scanner.start(ids)).toEqual(ids)
  })

  it('goes on with an interrupted scan, which is examined in part until then', async () => {
    double.model.outcome = 'interrupted'
    const ids = await begin()
    expect(await settle(ids)).toMatchObject({ status: 'interrupted', reason: 'The scanner lost the scan.' })
    expect(await scanner.translate(scanner.collect(ids), 'web')).toMatchObject({ completeness: 'partial' })
    double.model.outcome = 'found'
    expect(await scanner.resume(ids)).toBe(true)
    await settle(ids)

    expect(await scanner.translate(scanner.collect(ids), 'web')).toMatchObject({
      completeness: 'complete',
      reasons: [],
    })
  })

  it('does not believe a Done that is taken back', async () => {
    double.model.outcome = 'not-resumed'
    const ids = await begin()

    expect((await settle(ids)).status).toBe('interrupted')
  })

  it('never takes Done for examined where the scan never ran', async () => {
    double.model.outcome = 'never-ran'
    const ids = await begin()
    expect((await settle(ids)).status).toBe('ended')
    const report = await scanner.translate(scanner.collect(ids), 'web')

    expect(report).toMatchObject({ completeness: 'partial', hosts: [], findings: [] })
    expect(report.reasons.join('\n')).toContain('Scan process Failure')
  })

  it('collects no report of a scan that still runs, or never ran', async () => {
    const made = await create()
    expect(await fault(() => collect(made))).toMatchObject({
      code: 'scanner_refused',
      message: expect.stringContaining('never ran') as string,
    })
    const ids = await begin()

    expect(await fault(() => collect(ids))).toMatchObject({
      code: 'scanner_refused',
      message: expect.stringContaining('not done yet') as string,
    })
  })

  it('removes what runs by stopping it first, and again where gvmd was busy', async () => {
    const ids = await begin(createSlow())
    double.misbehave('delete_task', {
      kind: 'say',
      answer: '<x status="409" status_text="Reports database is busy."/>',
    })
    expect((await fault(() => scanner.remove(ids))).code).toBe('scanner_unreachable')
    double.misbehave('delete_target', { kind: 'cut', bytes: 0 })
    expect((await fault(() => scanner.remove(ids))).code).toBe('scanner_unreachable')
    await scanner.remove(ids)

    expect(double.commands.indexOf('stop_task')).toBeLessThan(double.commands.indexOf('delete_task'))
    expect([double.model.tasks.size, double.model.targets.size]).toEqual([0, 0])
  })

  it('never adopts, lists or removes what a person made, whatever its name', async () => {
    const target = double.model.createTarget(NAME, 'of a person', '127.0.0.1')
    double.model.createTask(NAME, '', target)

    expect(await scanner.list('')).toEqual([])
    expect((await fault(create)).code).toBe('scanner_refused')
    expect(told).toEqual([])
  })

  it('scans no other addresses than it is told, under a name that is taken', async () => {
    double.model.createTarget(NAME, OURS, '127.0.0.2')

    expect(await fault(create)).toMatchObject({
      code: 'scanner_refused',
      message: expect.stringContaining('other addresses') as string,
    })
    expect(double.model.tasks.size).toBe(0)
  })

  it('finds its scans among thousands, a page at a time', async () => {
    const target = double.model.createTarget('lazaret-f00d-1-x', OURS, '127.0.0.1')
    for (let n = 0; n < 2300; n += 1) double.model.createTask(`lazaret-f00d-1-${n}`, OURS, target)

    expect(await scanner.list('lazaret-f00d-')).toHaveLength(2300)
    expect(await scanner.list('lazaret-f00d-1-77')).toHaveLength(11)
  })

  it('leaves no connection open, whatever happened on it', async () => {
    const ids = await done()
    for (const misdeed of [
      { kind: 'stall', bytes: 10 },
      { kind: 'cut', bytes: 10 },
      { kind: 'say', answer: 'x' },
    ] as const) {
      double.misbehave('get_tasks', misdeed)
      await fault(() => scanner.look(ids))
    }
    for await (const _chunk of scanner.collect(ids)) break
    await new Promise((resolve) => setTimeout(resolve, 100))

    expect(double.connections.open).toBe(0)
  })

  it('says that nobody is there', async () => {
    await double.close()

    expect((await fault(() => scanner.checkReady())).code).toBe('scanner_unreachable')
  })
})
