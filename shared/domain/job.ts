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
  /** One step of a machine in a scan (scanner null), or of one scanner on it. `wake`: what it waits for may be there. */
  z.object({
    kind: z.literal('advance-scan'),
    scan: z.string(),
    machine: z.string(),
    scanner: z.string().nullable(),
    wake: z.boolean().optional(),
  }),
  /** Steps whose message was lost are queued again, and scheduled scans are asked for. */
  z.object({ kind: z.literal('tend-scans') }),
  /** Removes what scans left on scanners and hypervisors. */
  z.object({ kind: z.literal('sweep-leftovers') }),
  z.object({ kind: z.literal('collect-garbage') }),
])
export type Job = z.infer<typeof Job>
