import { join } from 'node:path'
import { z } from 'zod'
import type { Scanner } from '#shared/ports/scanner.ts'
import { openNucleiScanner } from './nuclei/open-nuclei-scanner.ts'
import { NucleiPreset } from './nuclei/preset.ts'
import { readPreset } from './preset-file.ts'
import { openProgramRuns } from './program-runs/open-program-runs.ts'
import { program, ScannerId, slots, type Surroundings } from './surroundings.ts'

export const NucleiConfig = z.strictObject({
  kind: z.literal('nuclei'),
  id: ScannerId,
  program: program('nuclei'),
  /** The folder of its templates, kept up to date by somebody else. */
  templatesFolder: z.string().startsWith('/', 'must be an absolute path').max(1000),
  slots: slots(1),
  /** A JSON file with options (`NucleiPreset`); left out: the preset ones. */
  optionsFile: z.string().min(1).optional(),
})
export type NucleiConfig = z.infer<typeof NucleiConfig>

export function openConfiguredNuclei(config: NucleiConfig, { workFolder }: Surroundings): Scanner {
  return openNucleiScanner({
    id: config.id,
    program: config.program,
    templatesFolder: config.templatesFolder,
    slots: config.slots,
    preset: readPreset(config.optionsFile, NucleiPreset),
    runs: openProgramRuns(join(workFolder, config.id)),
  })
}
