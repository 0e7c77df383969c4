import type { HostileCase } from './hostile-case.ts'
import { listCases } from './list-cases.ts'
import { releaseCases } from './release-cases.ts'
import { signatureCases } from './signature-cases.ts'
import { stagedCases } from './staged-cases.ts'
import { transportCases } from './transport-cases.ts'

/** The whole corpus, the same at every run but for keys and dates. `canary` is the origin of a server that must not be asked. */
export function hostileRepositories(options: { now: Date; canary: string }): readonly HostileCase[] {
  const { now, canary } = options
  return [...transportCases(canary), ...signatureCases(now), ...releaseCases(now), ...listCases(), ...stagedCases(now)]
}
