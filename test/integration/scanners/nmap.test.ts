import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openNmapScanner } from '#scanners/nmap/open-nmap-scanner.ts'
import { NmapPreset } from '#scanners/nmap/preset.ts'
import { askVersion } from '#scanners/nmap/program.ts'
import { openProgramRuns } from '#scanners/program-runs/open-program-runs.ts'
import type { Look } from '#shared/ports/scanner.ts'
import { openNetworkLab, type NetworkLab } from '#test/support/lab/network.ts'
import { requireTool } from '#test/support/tools.ts'

const lacking = requireTool('nmap', 'unshare', 'nsenter')

describe.skipIf(lacking !== '')(`the real nmap in a network of its own${lacking}`, () => {
  let lab: NetworkLab
  let folder: string
  let made = 0

  beforeAll(async () => {
    lab = await openNetworkLab()
    folder = mkdtempSync(join(tmpdir(), 'lazaret-nmap-'))
  })
  afterAll(() => {
    lab.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const open = (preset: object, program = lab.program) =>
    openNmapScanner({
      id: 'nmap',
      program,
      slots: 1,
      preset: NmapPreset.parse({ ports: `20-25,${lab.port}`, ...preset }),
      runs: openProgramRuns(folder),
    })
  const scan = async (addresses: readonly string[], preset: object = {}, scanner = open(preset)) => {
    made += 1
    const ids = await scanner.create({ name: `lazaret-${made}`, addresses }, async () => {})
    await scanner.start(ids)
    let end: Look = await scanner.look(ids)
    while (end.status === 'running') {
      await sleep(50)
      end = await scanner.look(ids)
    }
    const report = await scanner.translate(scanner.collect(ids), 'web')
    await scanner.remove(ids)
    return { end, report }
  }

  it('is asked for its version and whether it has vulners', async () => {
    expect(await askVersion('nmap')).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+/) as string,
      hasVulners: true,
    })
    expect(await askVersion('/bin/echo')).toMatchObject({ version: null, hasVulners: false })
  })

  it('refuses to give a report of a run that goes on', async () => {
    const scanner = open({})
    const ids = await scanner.create({ name: 'lazaret-slow', addresses: [lab.vulnerable.four] }, async () => {})
    await scanner.start(ids)
    const first = scanner.collect(ids)[Symbol.asyncIterator]()

    await expect(first.next()).rejects.toMatchObject({
      code: 'scanner_refused',
      message: expect.stringContaining('not done yet') as string,
    })
    await scanner.remove(ids)
  })

  it('finds the old server of one machine', async () => {
    const { end, report } = await scan([lab.vulnerable.four])

    expect(end).toMatchObject({ status: 'ended', reason: '' })
    expect(report).toMatchObject({ completeness: 'complete', reasons: [] })
    expect(report.hosts).toMatchObject([{ address: lab.vulnerable.four, isComplete: true }])
    const found = report.findings.map(({ machine, port, title, evidence, description }) => ({
      machine,
      port: port.number,
      text: [title, description, ...evidence].join(' '),
    }))
    expect(found).toMatchObject([
      { machine: 'web', port: lab.port, text: expect.stringMatching(/OpenSSH.*7\.2p2/s) as string },
    ])
  })

  it('examines a machine that has nothing open, and says that it did', async () => {
    const { report } = await scan([lab.closed])

    expect(report).toMatchObject({ completeness: 'complete', findings: [] })
    expect(report.hosts).toMatchObject([{ address: lab.closed, isComplete: true }])
  })

  it('examines an IPv6 address', async () => {
    const { report } = await scan([lab.vulnerable.six])

    expect(report).toMatchObject({ completeness: 'complete', hosts: [{ address: lab.vulnerable.six }] })
    expect(report.findings.length).toBeGreaterThan(0)
  })

  it('examines a machine with addresses of both families', async () => {
    const { end, report } = await scan([lab.vulnerable.six, lab.vulnerable.four, lab.closed])

    expect(end).toMatchObject({ status: 'ended', reason: '' })
    expect(report).toMatchObject({ completeness: 'complete', reasons: [] })
    expect(report.hosts.map(({ address, isComplete }) => ({ address, isComplete }))).toEqual(
      [lab.vulnerable.four, lab.closed, lab.vulnerable.six].map((address) => ({ address, isComplete: true })),
    )
    expect(report.findings).toMatchObject([{ machine: 'web', port: { number: lab.port }, occurrences: 2 }])
  })

  it('takes every part of the preset', async () => {
    const preset = { scripts: ['default', 'safe', 'version', 'discovery', 'vuln'], vulners: true, maxRate: 1000 }
    const { end, report } = await scan([lab.vulnerable.four], { ...preset, timing: 5, maxRetries: 1, assumeUp: false })

    expect(end.reason).toBe('')
    expect(report.hosts).toMatchObject([{ address: lab.vulnerable.four, isComplete: true }])
  })

  it('starts no program that is no nmap', async () => {
    const scanner = open({}, '/bin/false')
    expect(await scanner.checkReady()).toMatchObject({ status: 'unusable' })
    const ids = await scanner.create({ name: 'lazaret-false', addresses: [lab.closed] }, async () => {})

    await expect(scanner.start(ids)).rejects.toMatchObject({ code: 'scanner_refused' })
    expect((await scanner.look(ids)).status).toBe('requested')
    await scanner.remove(ids)
  })

  it('says what nmap complained about when it failed', async () => {
    const program = join(folder, 'failing-nmap')
    const script = `#!/bin/sh\ncase $1 in --version) echo 'Nmap version 7.93';; *) echo 'No space left.' >&2; exit 1;; esac\n`
    writeFileSync(program, script, { mode: 0o755 })
    const scanner = open({}, program)
    const ids = await scanner.create({ name: 'lazaret-failing', addresses: [lab.closed] }, async () => {})
    await scanner.start(ids)
    while ((await scanner.look(ids)).status === 'running') await sleep(20)

    expect(await scanner.look(ids)).toMatchObject({
      status: 'ended',
      reason: 'nmap ended with exit code 1. No space left.',
    })
    await expect(scanner.translate(scanner.collect(ids), 'web')).rejects.toMatchObject({
      code: 'scanner_refused',
      message: 'nmap wrote no report. No space left.',
    })
    await scanner.remove(ids)
  })
})
