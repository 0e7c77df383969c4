import type { ArchivePlan } from './archive.ts'

/**
 * What comes of a look at a repository. `refused` and `unreachable`: no snapshot. `gap`: a snapshot that makes every answer unknown.
 * `marked`: a snapshot with a warning, or trusted only because the machine says so. `accepted`: a plain one.
 */
export type Verdict = 'refused' | 'unreachable' | 'gap' | 'marked' | 'accepted'

export interface HostileCase {
  readonly name: string
  /** One of these. */
  readonly demanded: readonly Verdict[]
  /** One archive after the other at the same place; the last one counts, the earlier ones are honest. */
  readonly stages: readonly ArchivePlan[]
  /** `trusted=yes` on the machine. */
  readonly isTrusted?: boolean
  /** Why the real apt is not asked. */
  readonly aptNotAsked?: string
  /** Never done in time: apt gets a short time-out, and is ended. */
  readonly isSlow?: boolean
}

export const FAILED: readonly Verdict[] = ['refused', 'unreachable']
/** Nothing that could read as clean. */
export const NOT_CLEAN: readonly Verdict[] = ['refused', 'unreachable', 'gap']

/** A case of one stage. */
export function hostile(
  name: string,
  demanded: readonly Verdict[],
  plan: ArchivePlan,
  more: Partial<HostileCase> = {},
): HostileCase {
  return { name, demanded, stages: [plan], ...more }
}
