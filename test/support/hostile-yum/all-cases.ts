import { extraDataCases } from './extra-data-cases.ts'
import { mirrorCases } from './mirror-cases.ts'
import { primaryCases } from './primary-cases.ts'
import { repomdCases } from './repomd-cases.ts'
import { stagedYumCases } from './staged-cases.ts'
import { yumTransportCases } from './transport-cases.ts'
import type { YumCase } from './yum-case.ts'

/** The whole corpus, the same at every run but for keys and dates. `canary` is the origin of a server that must not be asked. */
export function hostileYumRepositories(options: { now: Date; canary: string }): readonly YumCase[] {
  const { now, canary } = options
  return [
    ...yumTransportCases(canary),
    ...repomdCases(canary),
    ...primaryCases(canary),
    ...extraDataCases(),
    ...mirrorCases(canary),
    ...stagedYumCases(now),
  ]
}
