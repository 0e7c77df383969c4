import type { RpmRepository } from '#shared/domain/packaging/rpm/model.ts'
import type { Verdict } from '../hostile-repositories/hostile-case.ts'
import type { Behaviour } from '../misbehaving-server.ts'
import type { YumPlan } from './repository.ts'

export { FAILED, NOT_CLEAN, type Verdict } from '../hostile-repositories/hostile-case.ts'

/** A repository that fails or lies, and what must come of a look at it. */
export interface YumCase {
  readonly name: string
  /** One of these. */
  readonly demanded: readonly Verdict[]
  /** One repository after the other at the same place; the last one counts, the earlier ones are honest. */
  readonly stages: readonly YumPlan[]
  /** How the machine names the repository; by its place unless given. */
  readonly source?: (place: string) => Partial<Pick<RpmRepository, 'baseUrls' | 'mirrorList' | 'metalink'>>
  /** What else is served beside the repository, by path below its place. */
  readonly beside?: (place: string, served: ReadonlyMap<string, Uint8Array>) => Readonly<Record<string, Behaviour>>
  /** `repo_gpgcheck=0` on the machine. */
  readonly isUnsigned?: boolean
  /** Why the real dnf is not asked. */
  readonly dnfNotAsked?: string
  /** Why dnf may refuse what is accepted with a warning here. */
  readonly dnfIsStricter?: string
  /** Takes a processor for seconds: asked alone. */
  readonly isHeavy?: boolean
  /** Never done in time: dnf gets a short time-out, and is ended. */
  readonly isSlow?: boolean
}

/** A case of one stage. */
export function hostile(
  name: string,
  demanded: readonly Verdict[],
  plan: YumPlan,
  more: Partial<YumCase> = {},
): YumCase {
  return { name, demanded, stages: [plan], ...more }
}
