import { z } from 'zod'

/**
 * The scanner itself, as far as the adapter needs it: an HTTP client, a socket, a program. Replace it by yours. Each call fails with a
 * `scanner_unreachable` (it may work later) or a `scanner_refused` (it never will); what it says is checked before it is believed.
 */
export interface Engine {
  status(): Promise<unknown>
  listJobs(): Promise<unknown>
  /** Gives the new job's id. */
  makeJob(name: string, addresses: readonly string[]): Promise<unknown>
  startJob(id: string): Promise<void>
  /** Nothing: there is no such job. */
  findJob(id: string): Promise<unknown>
  stopJob(id: string): Promise<void>
  deleteJob(id: string): Promise<void>
  report(id: string): AsyncIterable<Uint8Array>
}

/** What is taken of its answers; everything else is left there. */
export const EngineStatus = z.object({
  isReady: z.boolean(),
  version: z.string().max(100),
  feed: z.string().max(100),
})
export const MadeJob = z.object({ id: z.string().max(100) })
export const Job = z.object({
  id: z.string().max(100),
  name: z.string().max(300),
  state: z.string().max(50),
  percent: z.number().min(0).max(100).nullable(),
  results: z.number().int().nonnegative(),
})
export type Job = z.infer<typeof Job>
export const Jobs = z.array(Job).max(100_000)
