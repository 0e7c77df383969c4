import { z } from 'zod'

/** As Greenbone shows it, or its id. */
function named(fallback: string) {
  return z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}]*$/u, 'must be one line of text')
    .default(fallback)
}

/** How it is decided whether a machine is there at all. gvmd's own words. */
export const ALIVE_TESTS = [
  'Scan Config Default',
  'Consider Alive',
  'ICMP Ping',
  'TCP-ACK Service Ping',
  'TCP-SYN Service Ping',
  'ARP Ping',
  'ICMP & TCP-ACK Service Ping',
  'ICMP & ARP Ping',
  'TCP-ACK Service & ARP Ping',
  'ICMP, TCP-ACK Service & ARP Ping',
] as const

/** What an administrator may set for OpenVAS, in a file of its own. What a scan configuration holds is edited in Greenbone. */
export const OpenvasPreset = z.strictObject({
  scanConfig: named('Full and fast'),
  portList: named('All IANA assigned TCP'),
  /** The scanner inside Greenbone that does the work. */
  scanner: named('OpenVAS Default'),
  /** The station has seen the machine answer before: a scanner that pings again takes a firewall for an empty place. */
  aliveTest: z.enum(ALIVE_TESTS).default('Consider Alive'),
  hostsOrdering: z.enum(['sequential', 'random', 'reverse']).default('sequential'),
  preferences: z
    .strictObject({
      /** Checks side by side on one machine. */
      maxChecks: z.number().int().min(1).max(64).default(4),
      /** Addresses side by side in one scan. */
      maxHosts: z.number().int().min(1).max(64).default(4),
      /** Machines that were scanned become assets in Greenbone, which are not removed with the scan. */
      addToAssets: z.boolean().default(false),
    })
    .prefault({}),
})
export type OpenvasPreset = z.infer<typeof OpenvasPreset>

/** Ids that Greenbone's feed has had for years, for where the name is translated or changed. */
export const WELL_KNOWN_IDS: ReadonlyMap<string, string> = new Map([
  ['Full and fast', 'daba56c8-73ec-11df-a475-002264764cea'],
  ['All IANA assigned TCP', '33d0cd82-57c6-11e1-8ed1-406186ea4fc5'],
  ['OpenVAS Default', '08b69003-5fc2-4037-a479-93b440211c73'],
])
