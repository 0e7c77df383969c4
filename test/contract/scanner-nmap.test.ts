import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe } from 'vitest'
import { openNmapScanner } from '#scanners/nmap/open-nmap-scanner.ts'
import { NmapPreset } from '#scanners/nmap/preset.ts'
import { openProgramRuns } from '#scanners/program-runs/open-program-runs.ts'
import { openLab } from '#test/support/lab/services.ts'
import { requireTool } from '#test/support/tools.ts'
import { scannerContract } from './scanner.contract.ts'

const lacking = requireTool('nmap')

describe.skipIf(lacking !== '')(`with the real nmap${lacking}`, () => {
  scannerContract('nmap', async () => {
    const lab = await openLab()
    const folder = await mkdtemp(join(tmpdir(), 'lazaret-nmap-'))
    const open = () =>
      openNmapScanner({
        id: 'nmap',
        program: 'nmap',
        slots: 2,
        preset: NmapPreset.parse({ ports: String(lab.port), technique: 'connect' }),
        runs: openProgramRuns(folder),
      })
    const scanner = open()
    return {
      scanner,
      address: lab.vulnerable,
      slowAddress: lab.silent,
      reopen: async () => open(),
      close: async () => {
        for (const { ids } of await scanner.list('')) await scanner.remove(ids)
        await lab.close()
        await rm(folder, { recursive: true, force: true })
      },
    }
  })
})
