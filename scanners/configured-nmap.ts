import { join } from 'node:path'
import { z } from 'zod'
import type { Scanner } from '#shared/ports/scanner.ts'
import { openNmapScanner } from './nmap/open-nmap-scanner.ts'
import { NmapPreset } from './nmap/preset.ts'
import { readPreset } from './preset-file.ts'
import { openProgramRuns } from './program-runs/open-program-runs.ts'
import { program, ScannerId, slots, type Surroundings } from './surroundings.ts'

export const NmapConfig = z.strictObject({
  kind: z.literal('nmap'),
  id: ScannerId,
  program: program('nmap'),
  slots: slots(2),
  /** A JSON file with options (`NmapPreset`); left out: the preset ones. */
  optionsFile: z.string().min(1).optional(),
})
export type NmapConfig = z.infer<typeof NmapConfig>

export function openConfiguredNmap(config: NmapConfig, { workFolder }: Surroundings): Scanner {
  return openNmapScanner({
    id: config.id,
    program: config.program,
    slots: config.slots,
    preset: readPreset(config.optionsFile, NmapPreset),
    runs: openProgramRuns(join(workFolder, config.id)),
  })
}
