import { execFileSync, spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { GMP_LIMITS } from '#scanners/openvas/gmp/session.ts'
import type { GmpAddress } from '#scanners/openvas/gmp/transport.ts'
import { OPENVAS_PATIENCE, openOpenvasScanner } from '#scanners/openvas/open-openvas-scanner.ts'
import { OpenvasPreset } from '#scanners/openvas/preset.ts'
import { isFault } from '#shared/domain/fault.ts'
import type { ScannerReport } from '#shared/domain/report/finding.ts'
import { Report } from '#shared/domain/report/report.ts'
import type { Look, NativeIds, Scanner } from '#shared/ports/scanner.ts'
import { type LabStation, openLabStation } from './lab-station.ts'
import { noStack, openStack, type Stack } from './stack.ts'

const VULNERABLE = '10.77.0.11'
const PATCHED = '10.77.0.12'
/** What gvmd writes into the report of a scan that it lost. */
const LOST = /^error: (Task process exited abnormally|Failed to delete old report|Interrupting scan because GVM)/
const PREFIX = 'lazaret-c0ffee-'
/** What the lab's vulnerable machine has. */
const CVES = ['CVE-2011-2523', 'CVE-2021-41773', 'CVE-2021-42013']
/** Nothing of the patched machine is outdated; its service takes logins without encryption, as that of the other. */
const PLAIN_FTP = ['FTP Unencrypted Cleartext Login (OPS test)']

describe.skipIf(noStack !== '')(`OpenVAS, the real one${noStack}`, () => {
  let stack: Stack
  /** What readiness was while it came up for the first time. */
  const coming: string[] = []

  const open = (address: GmpAddress, password = stack.password, preset = {}): Scanner =>
    openOpenvasScanner({
      id: 'openvas-lab',
      slots: 2,
      preset: OpenvasPreset.parse({ portList: 'OPS lab ports', ...preset }),
      access: { address, username: stack.username, password: () => password, limits: GMP_LIMITS },
      ...OPENVAS_PATIENCE,
    })
  const overUnix = (password?: string, preset?: object) => open({ unix: stack.socket }, password, preset)

  beforeAll(async () => {
    stack = await openStack()
    const up = stack.up('unix').then(() => 'up')
    const scanner = overUnix()
    do {
      const now = await readinessOf(scanner)
      if (now !== coming.at(-1)) coming.push(now)
    } while ((await Promise.race([up, pause(100)])) !== 'up')
  })
  afterAll(async () => {
    await stack.close()
  })

  const begin = async (scanner: Scanner, name: string, address: string): Promise<NativeIds> => {
    const ids = await scanner.create({ name: `${PREFIX}${name}`, addresses: [address] }, async () => undefined)
    return scanner.start(ids)
  }
  const scan = async (scanner: Scanner, name: string, address: string): Promise<ScannerReport> => {
    const ids = await begin(scanner, name, address)
    expect(await until(scanner, ids)).toMatchObject({ status: 'ended', reason: '' })
    const report = await scanner.translate(scanner.collect(ids), name)
    await scanner.remove(ids)
    return report
  }

  it('is not ready while it comes up, says why, and then is', () => {
    expect(coming.at(-1)).toBe('ready')
    expect(coming.slice(0, -1).filter((now) => !/^(scanner_unreachable|not-ready): ./.test(now))).toEqual([])
    expect(coming.length).toBeGreaterThan(1)
  })

  it('refuses a wrong password, and says nothing of it', async () => {
    const said = await readinessOf(overUnix('canary-4711'))

    expect(said).toBe('unusable: The scanner does not accept the user name or the password.')
  })

  it('starts nothing without a feed: no scanner behind gvmd, an empty configuration, an absent one, no ports', async () => {
    await stack.inside('mv', '/run/ospd/ospd-openvas.sock', '/run/ospd/away')
    const without = await readinessOf(overUnix())
    await stack.inside('mv', '/run/ospd/away', '/run/ospd/ospd-openvas.sock')

    expect(without).toMatch(/^not-ready: The feed of checks cannot be used: Could not connect to scanner/)
    expect(await readinessOf(overUnix(undefined, { scanConfig: 'empty' }))).toMatch(/^not-ready: .* holds no checks/)
    expect(await readinessOf(overUnix(undefined, { scanConfig: 'Slow' }))).toMatch(/^not-ready: .*"Slow" is not there/)
    expect(await readinessOf(overUnix(undefined, { portList: 'Few' }))).toMatch(/^not-ready: .*"Few" is not there/)
    expect(await readinessOf(overUnix())).toBe('ready')
  })

  it('goes on with a scan that was stopped, to a whole report', async () => {
    const scanner = overUnix()
    const ids = await begin(scanner, '1-stopped', VULNERABLE)
    await untilRunning(scanner, ids)
    await scanner.stop(ids)
    await scanner.stop(ids)
    expect((await until(scanner, ids)).status).toBe('stopped')
    expect(await scanner.translate(scanner.collect(ids), 'web')).toMatchObject({ completeness: 'partial' })
    expect(await scanner.resume(ids)).toBe(true)
    expect((await until(scanner, ids)).status).toBe('ended')

    expect(await scanner.start(ids)).toEqual(ids)
    expect(describeReport(await scanner.translate(scanner.collect(ids), 'web'))).toEqual({
      completeness: 'complete',
      reasons: [],
      hosts: [VULNERABLE],
      cves: CVES,
    })
    await scanner.remove(ids)
    expect(await scanner.list(PREFIX)).toEqual([])
  })

  describe('through the whole station', () => {
    let station: LabStation
    beforeAll(async () => {
      station = await openLabStation(stack, ['web1', 'web2'])
    })
    afterAll(async () => {
      await station.close()
    })

    it('finds what the vulnerable machine has, finds the patched one clean, and leaves nothing behind', async () => {
      const [one, two] = await Promise.all(
        [
          ['web1', VULNERABLE],
          ['web2', PATCHED],
        ].map(async ([name = '', address = '']) => {
          const ended = await station.lazaret('scan', name, '--address', address, '--wait', '--json')
          const { id } = z.looseObject({ id: z.string() }).parse(JSON.parse(ended.stdout))
          const report = Report.parse(JSON.parse((await station.lazaret('report', id)).stdout))
          return { code: ended.code, machine: report.machines[0] }
        }),
      )

      expect([one?.code, one?.machine?.examined, two?.machine?.examined]).toEqual([0, 'examined', 'examined'])
      expect(new Set(one?.machine?.groups.flatMap(({ cves }) => cves))).toEqual(new Set(CVES))
      expect(one?.machine?.counts).toMatchObject({ critical: 1, high: 1 })
      expect(two?.machine?.groups.flatMap(({ cves }) => cves)).toEqual([])
      expect(two?.machine?.groups.filter(({ level }) => level !== 'info').map(({ title }) => title)).toEqual(PLAIN_FTP)
      expect(await overUnix().list('lazaret-')).toEqual([])
    })

    it('keeps the password to itself', () => {
      expect(station.said()).not.toContain(stack.password)
      expect(findText(station.data, stack.password)).toEqual([])
    })
  })

  it('finds a scan again under its ids when gvmd was killed in the midst of it, and goes on', async () => {
    const scanner = overUnix()
    const ids = await begin(scanner, '1-killed', VULNERABLE)
    await untilRunning(scanner, ids)
    await stack.restartGvmd()
    let seen = await until(scanner, ids, true)
    expect(seen.status).toBe('interrupted')
    // The scanner behind gvmd may work on the lost scan still: then it is lost once more, and goes on after that.
    for (let resumes = 0; seen.status === 'interrupted' && resumes < 3; resumes += 1) {
      expect(await scanner.resume(ids)).toBe(true)
      seen = await until(scanner, ids)
    }
    expect(seen.status).toBe('ended')
    const report = await scanner.translate(scanner.collect(ids), 'web')

    // gvmd notes the loss in the report for good: it counts as partial, whatever came after.
    expect(describeReport(report)).toMatchObject({ completeness: 'partial', hosts: [VULNERABLE], cves: CVES })
    expect(report.reasons.filter((reason) => !LOST.test(reason))).toEqual([])
    expect(report.reasons.length).toBeGreaterThan(0)
    expect(await scanner.start(ids)).toEqual(ids)
    await scanner.remove(ids)
  })

  describe('over TLS', () => {
    beforeAll(async () => {
      await stack.up('tls')
    })
    const overTls = (tls: object) => open({ tls: { host: '127.0.0.1', port: stack.port, ...tls } })

    it('trusts the authority or the fingerprint that is configured, and nobody else', async () => {
      const shown = execFileSync('openssl', ['x509', '-noout', '-fingerprint', '-sha256'], {
        input: await stack.inside('cat', '/var/lib/gvm/CA/servercert.pem'),
      }).toString()

      expect(await readinessOf(overTls({ authorityFile: stack.authorityFile }))).toBe('ready')
      expect(await readinessOf(overTls({ fingerprint: shown.split('=')[1]?.trim() ?? '' }))).toBe('ready')
      expect(await readinessOf(overTls({}))).toMatch(/^unusable: The certificate .* is not the one that is trusted/)
      expect(await readinessOf(overTls({ fingerprint: 'ab'.repeat(32) }))).toMatch(/^unusable: .* another fingerprint/)
    })

    it('scans both machines side by side', async () => {
      const scanner = overTls({ authorityFile: stack.authorityFile })
      const [one, two] = await Promise.all([scan(scanner, '1-web1', VULNERABLE), scan(scanner, '1-web2', PATCHED)])

      expect(describeReport(one)).toEqual({ completeness: 'complete', reasons: [], hosts: [VULNERABLE], cves: CVES })
      expect(describeReport(two)).toEqual({ completeness: 'complete', reasons: [], hosts: [PATCHED], cves: [] })
      expect(two.findings.filter(({ level }) => level !== 'info').map(({ title }) => title)).toEqual(PLAIN_FTP)
      expect(await scanner.list(PREFIX)).toEqual([])
    })
  })

  it('is gone afterwards, every process of it', async () => {
    await stack.close()

    expect(stack.processes()).toEqual([])
  })
})

async function readinessOf(scanner: Scanner): Promise<string> {
  try {
    const readiness = await scanner.checkReady()
    return readiness.status === 'ready' ? 'ready' : `${readiness.status}: ${readiness.reason}`
  } catch (error) {
    if (isFault(error)) return `${error.code}: ${error.message}`
    throw error
  }
}

/** What it is once it rests. @param isPatient where gvmd may be away for a moment */
async function until(scanner: Scanner, ids: NativeIds, isPatient = false): Promise<Look> {
  const rested: readonly Look['status'][] = ['ended', 'stopped', 'interrupted', 'gone']
  return lookFor(scanner, ids, (seen) => rested.includes(seen.status), isPatient)
}

async function untilRunning(scanner: Scanner, ids: NativeIds): Promise<void> {
  const seen = await lookFor(scanner, ids, ({ status }) => status !== 'requested', false)
  expect(seen.status).toBe('running')
}

async function lookFor(
  scanner: Scanner,
  ids: NativeIds,
  isIt: (seen: Look) => boolean,
  isPatient: boolean,
): Promise<Look> {
  const end = Date.now() + 120_000
  for (;;) {
    const seen = await scanner.look(ids).catch((error: unknown) => {
      if (isPatient && isFault(error, 'scanner_unreachable')) return null
      throw error
    })
    if (seen !== null && isIt(seen)) return seen
    if (Date.now() > end) throw new Error(`two minutes are over, and it is ${seen?.status ?? 'away'}`)
    await pause(300)
  }
}

function describeReport({ completeness, reasons, hosts, findings }: ScannerReport): object {
  const cves = [...new Set(findings.flatMap((finding) => finding.cves))].toSorted()
  return { completeness, reasons, hosts: hosts.map(({ address }) => address), cves }
}

/** Files below this folder that hold the text. */
function findText(folder: string, text: string): string[] {
  const { status, stdout } = spawnSync('grep', ['-rlaF', '--', text, folder])
  if (status !== 0 && status !== 1) throw new Error('grep does not work')
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
