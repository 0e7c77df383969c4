import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { FAILING, SLOW, UNREACHABLE, VULNERABLE } from '#test/support/nuclei-double/nuclei-double.ts'
import { openNucleiWorld, type NucleiWorld } from '#test/support/nuclei-double/open-scanner.ts'

const CLEAN = '192.0.2.20'

describe('nuclei, with a double as its program', () => {
  let world: NucleiWorld
  let scanner: Scanner
  let made = 0

  beforeEach(() => {
    world = openNucleiWorld()
    scanner = world.open()
  })
  afterEach(() => world.close())

  const run = async (...addresses: readonly string[]): Promise<NativeIds> => {
    made += 1
    const ids = await scanner.create({ name: `lazaret-${made}`, addresses }, async () => {})
    await scanner.start(ids)
    while ((await scanner.look(ids)).status === 'running') await sleep(30)
    return ids
  }
  const scan = async (...addresses: readonly string[]) => {
    const ids = await run(...addresses)
    return { end: await scanner.look(ids), report: await scanner.translate(scanner.collect(ids), 'web') }
  }

  it('counts a machine without findings as examined when its requests were answered', async () => {
    const { report } = await scan(CLEAN)

    expect(report).toMatchObject({ completeness: 'complete', findings: [], scannerVersion: '3.4.10' })
    expect(report.hosts).toMatchObject([
      {
        address: CLEAN,
        isComplete: true,
        startedAt: expect.stringMatching(/Z$/) as string,
        endedAt: expect.stringMatching(/Z$/) as string,
      },
    ])
  })

  it('never counts a machine as examined that answered nothing, though nuclei ends well', async () => {
    const { end, report } = await scan(UNREACHABLE)

    expect(end).toMatchObject({ status: 'ended', reason: '' })
    expect(report.completeness).toBe('partial')
    expect(report.hosts).toMatchObject([{ address: UNREACHABLE, isComplete: false }])
  })

  it('tells of several addresses which one was silent', async () => {
    const { report } = await scan(VULNERABLE, UNREACHABLE, CLEAN)

    expect(report.completeness).toBe('partial')
    expect(report.hosts.map(({ address, isComplete }) => ({ address, isComplete }))).toEqual([
      { address: VULNERABLE, isComplete: true },
      { address: UNREACHABLE, isComplete: false },
      { address: CLEAN, isComplete: true },
    ])
    expect(report.findings).toHaveLength(1)
  })

  it('keeps what was found before it was stopped, and counts no address that it did not come to', async () => {
    const ids = await scanner.create({ name: 'lazaret-stopped', addresses: [VULNERABLE, SLOW, CLEAN] }, async () => {})
    await scanner.start(ids)
    while (((await scanner.look(ids)).progressMarks[0] ?? 0) < 2) await sleep(30)
    await scanner.stop(ids)
    while ((await scanner.look(ids)).status === 'running') await sleep(30)
    const report = await scanner.translate(scanner.collect(ids), 'web')

    expect((await scanner.look(ids)).status).toBe('stopped')
    expect(report).toMatchObject({ completeness: 'partial', findings: [{ machine: 'web' }] })
    expect(report.hosts.filter(({ isComplete }) => isComplete)).toEqual([])
  })

  it('says why nuclei failed, and does not count what it had done by then', async () => {
    const { end, report } = await scan(FAILING)

    expect(end).toMatchObject({
      status: 'ended',
      reason: 'nuclei ended with exit code 1. [FTL] Could not run nuclei: no space',
    })
    expect(report).toMatchObject({ completeness: 'partial', hosts: [{ isComplete: false }] })
  })

  it('is unusable without templates, which it would download itself', async () => {
    const ids = await scanner.create({ name: 'lazaret-none', addresses: [CLEAN] }, async () => {})
    rmSync(world.templatesFolder, { recursive: true })

    expect(await scanner.checkReady()).toMatchObject({ status: 'unusable' })
    await expect(scanner.start(ids)).rejects.toMatchObject({ code: 'scanner_refused' })
    expect((await scanner.look(ids)).status).toBe('requested')
  })

  it.each(['', '\n', '{"lazaretNucleiRun":1}\n', '{"template-id":"x"}\n', 'x'.repeat(100_000)])(
    'refuses a report that is not as it was kept',
    async (text) => {
      await expect(scanner.translate(once(text), 'web')).rejects.toMatchObject({ code: 'report_malformed' })
    },
  )
})

async function* once(text: string): AsyncIterable<Uint8Array> {
  yield Buffer.from(text)
}
