import { z } from 'zod'
import { parseNetwork } from '../fetching/address-rules.ts'
import { ScanWindow } from './scan-window.ts'

const seconds = (fallback: number) =>
  z
    .number()
    .int()
    .min(1)
    .max(30 * 86_400)
    .default(fallback)
const times = (fallback: number) => z.number().int().min(0).max(100).default(fallback)

/** Bounds on every part of a scan. What reaches one ends as `partial`, `failed` or `not-examined` with the bound as its reason. */
export const ScanLimits = z.strictObject({
  /** Waiting for the machine and for a free place on the scanner. */
  queuedSeconds: seconds(86_400),
  /** From the start of a machine to its address, and again to its first answer. */
  bootSeconds: seconds(600),
  /** A machine that was started for the scan may end by itself; then its power is cut. */
  shutDownSeconds: seconds(180),
  /** A scanner that is not ready (its feed is loading) is asked again for so long. */
  readySeconds: seconds(4 * 3600),
  /** Accepted by the scanner and not begun. */
  requestedSeconds: seconds(900),
  /** Running without any sign of progress; the second one from 99 % on. */
  noProgressSeconds: seconds(3600),
  noProgressAtEndSeconds: seconds(7200),
  runSeconds: seconds(6 * 3600),
  stopSeconds: seconds(300),
  collectSeconds: seconds(900),
  /** The whole of one scanner on one machine, from when it leaves the queue. What is older on a scanner or hypervisor is a leftover. */
  jobSeconds: seconds(8 * 3600),
  /** Restoring a machine is tried for so long; then the sweep of leftovers goes on trying. */
  restoreSeconds: seconds(86_400),
  /** Between two looks at a scan. */
  pollSeconds: seconds(15),
  /** Repetitions of one call that failed and may work later. */
  retries: times(5),
  /** Scans begun anew when the scanner lost one or never began it, the first one included. */
  attempts: z.number().int().min(1).max(10).default(2),
  resumes: times(2),
  /** After so many failures in a row a scanner is left alone for so long. */
  breakerFailures: z.number().int().min(1).max(100).default(5),
  breakerSeconds: seconds(600),
})
export type ScanLimits = z.infer<typeof ScanLimits>

const Network = z.string().refine((text) => parseNetwork(text) !== null, 'must be a network such as 10.0.0.0/24')

/** Which machines are scanned again and again. */
export const ScanSchedule = z.strictObject({
  everyDays: z.number().positive().max(365),
  /** Left out: every registered machine. */
  machines: z.array(z.string()).max(10_000).optional(),
  /** Left out: every configured scanner. */
  scanners: z.array(z.string()).max(100).optional(),
})
export type ScanSchedule = z.infer<typeof ScanSchedule>

/** What an operator sets about scans. The configuration file holds the keys under the same names. */
export const ScanSettings = z.strictObject({
  /** Where scans may go. Nothing else is ever sent a packet. */
  scanNetworks: z.array(Network).max(1000).default(['127.0.0.0/8', '::1/128']),
  /** When scheduled scans may begin; none: at any time. */
  scanWindows: z.array(ScanWindow).max(50).default([]),
  scanSchedule: ScanSchedule.nullable().default(null),
  scanLimits: ScanLimits.default(ScanLimits.parse({})),
  /** A machine that is switched off: scan a copy in quarantine, or start it and shut it down afterwards. */
  dormantMachines: z.enum(['copy', 'start']).default('copy'),
  /** `tcp`: a machine must answer before it counts as there. `none`: where a firewall drops everything. */
  scanProbe: z.enum(['tcp', 'none']).default('tcp'),
  /** How long scans and their reports are kept. */
  scanKeptDays: z.number().positive().max(3650).default(365),
})
export type ScanSettings = z.infer<typeof ScanSettings>
