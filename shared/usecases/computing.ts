import type { Evidence } from '#shared/domain/evidence.ts'
import type { RepositoryFace, Snapshot, SystemFacts } from '#shared/domain/packaging/package-system.ts'
import type { Subject } from '#shared/domain/subject.ts'
import type { Lane } from '#shared/ports/job-queue.ts'

/**
 * Long computations beside the thread that answers everybody. An answer is the same as where the caller works it out itself; null: it
 * could not be had there (nobody is there yet, something stored is gone or damaged), and the caller does so.
 */
export interface Computing {
  /** @throws Fault as the reading of evidence does */
  understand(evidence: Evidence): Promise<Understood | null>
  /** Of one lane in the order asked. What is asked for interactively never waits for more than the checks under way. */
  check(request: CheckRequest, lane: Lane): Promise<ComputedOutcome | null>
}

/** Everything that evidence says, named by content. */
export interface Understood {
  readonly inventoryId: string
  readonly inventoryBytes: Uint8Array
  /** The column of its package names. */
  readonly names: Uint8Array
  readonly subjectId: string
  readonly subject: Subject
  readonly keyrings: ReadonlyMap<string, Uint8Array>
  readonly system: SystemFacts
  readonly warnings: readonly string[]
}

/** A check whose inventory and lists are stored. */
export interface CheckRequest {
  readonly packageSystem: string
  readonly inventory: string
  readonly policy: unknown
  readonly repositories: readonly RepositoryFace[]
  readonly problems: readonly string[]
  readonly machineId: string | null
  /** Of each repository; null: it has none. */
  readonly snapshots: readonly (Snapshot | null)[]
}

export interface ComputedOutcome {
  /** A `CheckOutcome` as it is stored. */
  readonly json: Uint8Array
  readonly updates: number
  readonly unknowns: number
}
