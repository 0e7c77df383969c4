import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openNucleiScanner } from '#scanners/nuclei/open-nuclei-scanner.ts'
import { NucleiPreset } from '#scanners/nuclei/preset.ts'
import { openProgramRuns } from '#scanners/program-runs/open-program-runs.ts'
import type { Scanner } from '#shared/ports/scanner.ts'
import { makeNucleiDouble } from './nuclei-double.ts'

export interface NucleiWorld {
  readonly templatesFolder: string
  open(): Scanner
  close(): Promise<void>
}

/** The adapter with the double as its program, in folders of its own. */
export function openNucleiWorld(): NucleiWorld {
  const folder = mkdtempSync(join(tmpdir(), 'lazaret-nuclei-'))
  const double = makeNucleiDouble(folder)
  const open = () =>
    openNucleiScanner({
      id: 'nuclei',
      slots: 1,
      preset: NucleiPreset.parse({}),
      runs: openProgramRuns(join(folder, 'runs')),
      ...double,
    })
  return {
    templatesFolder: double.templatesFolder,
    open,
    close: async () => {
      const scanner = open()
      for (const { ids } of await scanner.list('')) await scanner.remove(ids)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
