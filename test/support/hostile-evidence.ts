import { listHostileArchives } from './hostile-archives.ts'
import type { HostileCase } from './hostile-case.ts'
import { listHostileConfigurations } from './hostile-configurations.ts'
import { listHostileSources } from './hostile-sources.ts'
import { listHostileStatuses } from './hostile-statuses.ts'
import { listHostileStreams } from './hostile-streams.ts'

/** The whole corpus; the same seed gives the same bytes. */
export function listHostileEvidence(seed: number): HostileCase[] {
  const cases = [
    ...listHostileArchives(),
    ...listHostileStreams(seed),
    ...listHostileStatuses(seed),
    ...listHostileSources(),
    ...listHostileConfigurations(),
  ]
  const names = new Set(cases.map(({ name }) => name))
  if (names.size !== cases.length) throw new Error('two hostile cases have the same name')
  return cases
}
