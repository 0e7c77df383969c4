/**
 * Work waiting to be done. Delivery is at least once: whoever works must tolerate to see a job twice, or out of order.
 * The interactive lane, where a person waits, has consumers of its own and never stands behind the sweep lane.
 */
export interface JobQueue {
  /** Resolves once the jobs are durable, all or none. */
  send(jobs: readonly NewJob[]): Promise<void>
  /** Takes up to `max` waiting jobs (0 when none) and hides them for the lease. */
  receive(lane: Lane, options: { max: number; leaseSeconds: number }): Promise<Delivery[]>
  /** Done: never again. A lease that has run out and been given to another is left alone (false). */
  acknowledge(delivery: Delivery): Promise<boolean>
  /** Extends the lease; false when it is another's by now. */
  extend(delivery: Delivery, leaseSeconds: number): Promise<boolean>
  /** Not done: again after a delay that doubles with each attempt (1 s to 15 min), or to the dead letters after the last one. */
  retry(delivery: Delivery, reason: string): Promise<void>
  /** Straight to the dead letters: no repetition would help. */
  bury(delivery: Delivery, reason: string): Promise<void>
  deadLetters(limit: number): Promise<DeadLetter[]>
  /** Back into its lane with a fresh count of attempts; false when there is no such dead letter. */
  redrive(id: string): Promise<boolean>
  /** Waiting, under way and dead, per lane. */
  depth(): Promise<Record<Lane, { waiting: number; leased: number; dead: number }>>
}

export const LANES = ['interactive', 'sweep'] as const
export type Lane = (typeof LANES)[number]

export interface NewJob {
  readonly lane: Lane
  /** JSON. */
  readonly body: unknown
  readonly delaySeconds?: number
  /** While a job with this key waits untaken in the lane, another one is not added. */
  readonly onlyOnce?: string
}

export interface Delivery {
  readonly id: string
  readonly lane: Lane
  readonly body: unknown
  /** 1 at the first delivery. */
  readonly attempt: number
  /** Proves whose lease it is. */
  readonly lease: string
}

export interface DeadLetter {
  readonly id: string
  readonly lane: Lane
  readonly body: unknown
  readonly attempts: number
  readonly reason: string
  readonly diedAt: string
}

/** Deliveries of one job before it goes to the dead letters. */
export const MAX_ATTEMPTS = 8
