import { z } from 'zod'

/** One piece of queued work. Each is idempotent: seen twice, it ends in the same state. */
export const Job = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refresh-repository'), repositoryId: z.string(), force: z.boolean().optional() }),
  z.object({ kind: z.literal('check-subject'), subject: z.string(), machineId: z.string().nullable() }),
  /** After a change: re-check the subjects that it touches, a page at a time. `changed` names an object with the package names. */
  z.object({
    kind: z.literal('recheck-repository'),
    repositoryId: z.string(),
    changed: z.string().nullable(),
    /** Digests of the two snapshots that `changed` lies between. */
    before: z.string().nullable(),
    after: z.string().nullable(),
    cursor: z.string().nullable(),
  }),
  /** A check that someone asked for and may ask after: refresh what is due, check, note how it ended. */
  z.object({ kind: z.literal('run-check'), check: z.string() }),
  z.object({ kind: z.literal('sweep-fleet') }),
  z.object({ kind: z.literal('collect-garbage') }),
])
export type Job = z.infer<typeof Job>
