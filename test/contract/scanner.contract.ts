import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isFault } from '#shared/domain/fault.ts'
import { ScannerReport } from '#shared/domain/report/finding.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'

/** A scanner and the engine behind it, for tests. */
export interface ScannerUnderTest {
  readonly scanner: Scanner
  /** Where a scan ends soon by itself, with at least one finding. */
  readonly address: string
  /** Where a scan goes on for minutes. */
  readonly slowAddress: string
  /** Opens it anew over the same engine, as a station that was started again does. */
  reopen(): Promise<Scanner>
  close(): Promise<void>
}

const PREFIX = 'lazaret-c0ffee-0000000abcdef-'
const POLL_MS = 100
const PATIENCE_MS = 45_000

/** What every scanner does, whatever it is. */
export function scannerContract(name: string, open: () => Promise<ScannerUnderTest>): void {
  describe(`Scanner contract, ${name}`, () => {
    let world: ScannerUnderTest
    let scanner: Scanner
    const told: NativeIds[] = []

    beforeEach(async () => {
      told.length = 0
      world = await open()
      scanner = world.scanner
    })
    afterEach(async () => {
      await world.close()
    })

    const create = (end = 'web', address = world.address) =>
      scanner.create({ name: `${PREFIX}1-${end}`, addresses: [address] }, async (ids) => void told.push(ids))
    const begin = async (end?: string, address?: string) => {
      const ids = await create(end, address)
      return { ...ids, ...(await scanner.start(ids)) }
    }
    const waitWhile = async (ids: NativeIds, statuses: readonly Look['status'][], of = scanner): Promise<Look> => {
      const until = Date.now() + PATIENCE_MS
      for (;;) {
        const seen = await of.look(ids)
        if (!statuses.includes(seen.status) || Date.now() > until) return seen
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    }
    const underWay: readonly Look['status'][] = ['requested', 'running', 'processing']
    /** As a station does it: asks again until it has ended. */
    const stop = async (ids: NativeIds): Promise<Look> => {
      for (let n = 0; ; n += 1) {
        await scanner.stop(ids)
        const seen = await scanner.look(ids)
        if (!underWay.includes(seen.status) || n > PATIENCE_MS / 1000) return seen
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
    }
    const collect = async (ids: NativeIds): Promise<Buffer> => {
      const chunks: Uint8Array[] = []
      for await (const chunk of scanner.collect(ids)) chunks.push(chunk)
      return Buffer.concat(chunks)
    }
    const translate = (bytes: Buffer) => scanner.translate(inPieces(bytes), 'web')

    it('says that it is ready, and its version', async () => {
      const readiness = await scanner.checkReady()

      expect(readiness).toMatchObject({ status: 'ready', version: expect.stringMatching(/./) as string })
    })

    it('scans a machine from its creation to a report that names it as examined to the end', async () => {
      const ids = await begin()
      const end = await waitWhile(ids, underWay)
      const report = await translate(await collect(ids))

      expect(end).toMatchObject({ status: 'ended', reason: '' })
      expect(ScannerReport.parse(report)).toEqual(report)
      expect({ scanner: report.scanner, completeness: report.completeness, reasons: report.reasons }).toEqual({
        scanner: scanner.kind,
        completeness: 'complete',
        reasons: [],
      })
      expect(report.hosts.map(({ address, isComplete }) => ({ address, isComplete }))).toEqual([
        { address: world.address, isComplete: true },
      ])
      expect(report.findings.length).toBeGreaterThan(0)
      expect(new Set(report.findings.map(({ machine }) => machine))).toEqual(new Set(['web']))
    })

    it('gives the same report however often it is asked for', async () => {
      const ids = await begin()
      await waitWhile(ids, underWay)

      expect(await translate(await collect(ids))).toEqual(await translate(await collect(ids)))
    })

    it('never calls a report complete that was cut anywhere', async () => {
      const ids = await begin()
      await waitWhile(ids, underWay)
      const bytes = await collect(ids)
      const verdicts: string[] = []
      for (const share of [0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97]) {
        verdicts.push(await judge(() => translate(bytes.subarray(0, Math.floor(bytes.length * share)))))
      }

      expect(verdicts.filter((verdict) => verdict !== 'partial' && verdict !== 'refused')).toEqual([])
    })

    it('tells what it made before it is done, and lists it by its name', async () => {
      const ids = await create()
      await create('db')

      expect(told.flatMap((part) => Object.entries(part))).toEqual(expect.arrayContaining(Object.entries(ids)))
      const listed = await scanner.list(`${PREFIX}1-w`)
      expect(listed).toEqual([{ name: `${PREFIX}1-web`, ids, isRunning: false }])
      expect((await scanner.list(PREFIX)).map((native) => native.name).toSorted()).toEqual([
        `${PREFIX}1-db`,
        `${PREFIX}1-web`,
      ])
      expect(await scanner.list('lazaret-other-')).toEqual([])
    })

    it('makes nothing twice: a second creation of the same name adopts the first', async () => {
      const ids = await create()

      expect(await create()).toEqual(ids)
      expect(await scanner.list(PREFIX)).toHaveLength(1)
    })

    it('starts nothing twice', async () => {
      const ids = await begin()
      const again = { ...ids, ...(await scanner.start(ids)) }

      expect(again).toEqual(ids)
      expect((await waitWhile(again, underWay)).status).toBe('ended')
      expect(await scanner.list(PREFIX)).toHaveLength(1)
    })

    it('does not begin again what has ended', async () => {
      const ids = await begin()
      await waitWhile(ids, underWay)
      const again = { ...ids, ...(await scanner.start(ids)) }

      expect(again).toEqual(ids)
      expect((await scanner.look(again)).status).toBe('ended')
    })

    it('never gives what it has so far for a whole report', async () => {
      const ids = await begin('web', world.slowAddress)
      await waitWhile(ids, ['requested'])

      expect(await judge(async () => translate(await collect(ids)))).not.toBe('complete')
      await stop(ids)
    })

    it('is found as it is by a station that was started again', async () => {
      const ids = await begin()
      const reopened = await world.reopen()

      expect((await reopened.list(PREFIX)).map((native) => native.name)).toEqual([`${PREFIX}1-web`])
      expect((await waitWhile(ids, underWay, reopened)).status).toBe('ended')
    })

    it('stops a scan, and leaves alone one that has ended', async () => {
      const ids = await begin('web', world.slowAddress)
      expect((await waitWhile(ids, ['requested'])).status).toBe('running')
      expect((await scanner.list(PREFIX)).map(({ isRunning }) => isRunning)).toEqual([true])
      const end = await stop(ids)
      await scanner.stop(ids)

      expect(end.status).toBe('stopped')
      expect((await scanner.list(PREFIX)).map(({ isRunning }) => isRunning)).toEqual([false])
      expect(await judge(async () => translate(await collect(ids)))).not.toBe('complete')
    })

    it('says that it cannot go on with what has ended', async () => {
      const ids = await begin()
      await waitWhile(ids, underWay)
      expect(await scanner.resume(ids)).toBe(false)
    })

    it('removes a scan while it runs, and what is not there any more', async () => {
      const ids = await begin('web', world.slowAddress)
      await waitWhile(ids, ['requested'])
      await stop(ids)
      await scanner.remove(ids)
      await scanner.remove(ids)

      expect((await scanner.look(ids)).status).toBe('gone')
      expect(await scanner.list(PREFIX)).toEqual([])
    })

    it('takes ids of nothing for nothing', async () => {
      await scanner.stop({})
      await scanner.remove({})

      expect((await scanner.look({})).status).toBe('gone')
      expect(await fault(() => collect({}))).toMatch(/^scanner_/)
      expect(await fault(() => scanner.start({}))).toMatch(/^scanner_/)
    })

    it.each([
      '--script=x',
      '-iL',
      '127.0.0.1 --interactive',
      '127.0.0.0/8',
      '10.0.0.1-9',
      'localhost',
      '',
      '127.0.0.1\n127.0.0.2',
      'fe80::1%eth0',
      '@/etc/passwd',
    ])('refuses %j as an address and makes nothing', async (address) => {
      expect(await fault(() => create('web', address))).toBe('scanner_refused')
      expect(await scanner.list(PREFIX)).toEqual([])
    })

    it('takes a name that looks like a path or an option for a name', async () => {
      for (const end of ['../../x', '--delete', 'a b\u00E9;$(x)', '..']) {
        const ids = await create(end)
        expect((await scanner.list(`${PREFIX}1-`)).map((native) => native.name)).toEqual([`${PREFIX}1-${end}`])
        await scanner.remove(ids)
      }
    })
  })
}

async function* inPieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

async function judge(work: () => Promise<ScannerReport>): Promise<string> {
  try {
    const { completeness, hosts } = await work()
    return completeness === 'complete' && hosts.some(({ isComplete }) => isComplete) ? 'complete' : 'partial'
  } catch (error) {
    if (isFault(error)) return 'refused'
    throw error
  }
}

async function fault(work: () => Promise<unknown>): Promise<string> {
  try {
    await work()
    return 'none'
  } catch (error) {
    if (isFault(error)) return error.code
    throw error
  }
}
