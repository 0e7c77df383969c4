import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openNmapScanner } from '#scanners/nmap/open-nmap-scanner.ts'
import { NmapPreset } from '#scanners/nmap/preset.ts'
import { openProgramRuns } from '#scanners/program-runs/open-program-runs.ts'
import { Report } from '#shared/domain/report/report.ts'
import { ScanSettings } from '#shared/domain/scan/settings.ts'
import { ScanProgress } from '#shared/usecases/show-scan.ts'
import { startWorkers } from '#station/workers.ts'
import { answered } from '#test/support/answered.ts'
import { lacksLibvirt, openLibvirt } from '#test/support/libvirt/open-libvirt.ts'
import type { Libvirt } from '#test/support/libvirt/open-libvirt.ts'
import { stationWorld } from '#test/support/station-world.ts'
import { requireTool } from '#test/support/tools.ts'

const LACKING = lacksLibvirt() || requireTool('nmap')

describe.skipIf(LACKING !== '')(`a machine of a real libvirtd that is switched off${LACKING}`, () => {
  let libvirt: Libvirt
  let nmap: string
  beforeAll(async () => {
    libvirt = await openLibvirt()
    libvirt.define('web1')
    // The guests' network is one of its own: nmap goes there, the station does not.
    nmap = join(libvirt.folder, 'nmap-inside')
    await writeFile(nmap, `#!/bin/sh\nexec ${libvirt.inside.join(' ')} nmap "$@"\n`)
    await chmod(nmap, 0o755)
  }, 120_000)
  afterAll(() => libvirt.close(), 60_000)

  it.each([
    ['as a copy', 'copy'],
    ['after a start', 'start'],
  ] as const)(
    'is scanned %s by the real nmap, which finds its open port, and is off again as it was',
    async (_, dormantMachines) => {
      const before = { ...libvirt.inventory(), disk: libvirt.hashOf('web1') }
      const scanner = openNmapScanner({
        id: 'nmap',
        program: nmap,
        slots: 1,
        preset: NmapPreset.parse({ ports: '22', versions: false, technique: 'connect' }),
        runs: openProgramRuns(join(libvirt.folder, `runs-${dormantMachines}`)),
      })
      const world = await stationWorld({
        isRunning: true,
        scanning: {
          scanners: new Map([['nmap', scanner]]),
          hypervisors: [libvirt.open()],
          settings: ScanSettings.parse({ scanNetworks: ['10.213.0.0/16', LAB], scanProbe: 'none', dormantMachines }),
        },
      })
      await world.publish(['hello 1.0'])
      await world.register('web1')
      const workers = startWorkers(world.station, world.waitForWork)
      const { id } = await answered(await world.ask('POST', '/v1/scans', { json: { machines: ['web1'] } }))
      const progress = async () => ScanProgress.parse(await (await world.ask('GET', `/v1/scans/${id}`)).json())
      await waitFor(async () => (await progress()).progress.every((machine) => machine.phase === 'ended'))
      const [machine] = (await progress()).progress
      const report = Report.parse(await (await world.ask('GET', `/v1/scans/${id}/report`)).json())
      await workers.stop()
      await world.close()

      expect(machine).toMatchObject({
        plan: dormantMachines,
        isRestored: true,
        scanners: [{ status: 'done', reason: '' }],
      })
      expect(report.machines[0]?.groups.map((group) => group.port.number)).toContain(22)
      expect(libvirt.inventory()).toEqual({ guests: before.guests, networks: before.networks, volumes: before.volumes })
      // A copy never writes to the original; the machine itself writes when it is started.
      expect(libvirt.hashOf('web1') === before.disk).toBe(dormantMachines === 'copy')
    },
    240_000,
  )
})

/** The lab's network, in which guests have addresses of their own. */
const LAB = '10.98.0.0/24'

/** @throws Error after three minutes */
async function waitFor(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 360; tries += 1) {
    if (await isSo()) return
    await new Promise((resolve) => {
      setTimeout(resolve, 500)
    })
  }
  throw new Error('the scan does not end')
}
