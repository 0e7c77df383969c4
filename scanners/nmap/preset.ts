import { z } from 'zod'

/** `22,80,8000-8100`: numbers and ranges only, without the letters that nmap would take as well. */
const Ports = z
  .string()
  .max(500)
  .regex(/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/, 'must be ports such as 22,80,8000-8100')
  .refine(
    (text) => text.split(/[,-]/).every((port) => Number(port) >= 1 && Number(port) <= 65_535),
    'has a port that is not 1 to 65535',
  )
  .refine(
    (text) => text.split(',').every((part) => !part.includes('-') || isRising(part)),
    'has a range that goes backwards',
  )

/** Categories whose scripts break nothing and ask nobody else; `vuln` loses those that do (`SCRIPTS_NEVER_RUN`). */
export const SCRIPT_CATEGORIES = ['default', 'safe', 'version', 'discovery', 'vuln'] as const

/**
 * What an administrator may set for nmap: a list of what is allowed, each of which becomes its own argument. Arguments of nmap's own, script
 * names and files are no part of it: some of them write files, run programs or attack others.
 */
export const NmapPreset = z.strictObject({
  /** TCP ports; left out: `topPorts`. */
  ports: Ports.optional(),
  /** The most common ports, as nmap's own statistics say. */
  topPorts: z.number().int().min(1).max(65_535).default(1000),
  /** UDP ports too; needs root. */
  udpPorts: Ports.optional(),
  /** `connect`: whole connections; `syn` (root): half-open ones; left out: what nmap takes. */
  technique: z.enum(['connect', 'syn']).optional(),
  /** Which software answers: without it there are ports and no versions. */
  versions: z.boolean().default(true),
  /** nmap's own 0 (slowest) to 5. */
  timing: z.number().int().min(1).max(5).default(4),
  /** Scanned whether or not it answers to a ping: our own probe came first. */
  assumeUp: z.boolean().default(true),
  scripts: z.array(z.enum(SCRIPT_CATEGORIES)).max(SCRIPT_CATEGORIES.length).default([]),
  /**
   * The `vulners` script where nmap has it: it sends names and versions of the software found to a service on the internet. Where that
   * cannot be reached it finds nothing and does not say so.
   */
  vulners: z.boolean().default(false),
  /** A machine that takes longer is given up, and the report says so. */
  hostTimeoutSeconds: z.number().int().min(60).max(86_400).default(7200),
  scriptTimeoutSeconds: z.number().int().min(10).max(3600).default(300),
  /** Packets per second at most. */
  maxRate: z.number().int().min(10).max(100_000).optional(),
  maxRetries: z.number().int().min(0).max(10).optional(),
})
export type NmapPreset = z.infer<typeof NmapPreset>

function isRising(range: string): boolean {
  const [from, to] = range.split('-').map(Number)
  return from !== undefined && to !== undefined && from <= to
}
