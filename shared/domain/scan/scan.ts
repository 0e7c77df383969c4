import { z } from 'zod'

/** A scan as it was asked for, or a report that was imported. How far it is follows from its runs. */
export const Scan = z.object({
  id: z.string(),
  kind: z.enum(['scan', 'import']),
  machines: z.array(z.string()),
  /** As configured; of an import: what its reports call themselves. */
  scanners: z.array(z.string()),
  /** Whose it is; null: the administrator's. */
  owner: z.string().nullable(),
  why: z.enum(['asked', 'schedule', 'gate', 'import']),
  requestedAt: z.string(),
  cancelledAt: z.string().nullable(),
  /** Every scanner of every machine has ended. A machine may still be on its way back to its old state. */
  endedAt: z.string().nullable(),
})
export type Scan = z.infer<typeof Scan>
