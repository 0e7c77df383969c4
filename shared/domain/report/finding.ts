import { z } from 'zod'

/** How bad, worst first. Computed from scores, not taken from a scanner's words: those mean different things in different versions. */
export const LEVELS = ['critical', 'high', 'medium', 'low', 'info'] as const
export const Level = z.enum(LEVELS)
export type Level = z.infer<typeof Level>

/** Where on the machine. `general` with null: the machine as a whole (`general/tcp`, port 0). */
export const Port = z.object({
  number: z.number().int().min(1).max(65_535).nullable(),
  protocol: z.enum(['tcp', 'udp', 'icmp', 'sctp', 'general']),
})
export type Port = z.infer<typeof Port>

/** One finding of one scanner on one machine and port; the same check that fires again there is folded into it. */
export const Finding = z.object({
  /** SHA-256 (hex) over machine, scanner, check, port and path: the same finding in the next scan has the same one. */
  id: z.string(),
  machine: z.string(),
  /** The address or name under which the scanner saw the machine. It differs from boot to boot. */
  address: z.string(),
  port: Port,
  /** `ssh`, `https`; '' where unknown. */
  service: z.string(),
  title: z.string(),
  description: z.string(),
  solution: z.string(),
  level: Level,
  /** What the level follows from: the best score there is. */
  score: z.number().min(0).max(10).nullable(),
  scoreSource: z.enum(['cvss4', 'cvss3', 'cvss2', 'native', 'none']),
  vector: z.string(),
  /** The scanner's own words and number, as written. */
  native: z.object({ level: z.string(), severity: z.string() }),
  /** `CVE-2014-0160`, upper case, sorted. */
  cves: z.array(z.string()),
  /** Bugtraq ids, digits only. */
  bids: z.array(z.string()),
  /** `CWE-79`. */
  cwes: z.array(z.string()),
  references: z.array(z.object({ type: z.string(), id: z.string() })),
  /** What the scanner saw, one text for each time that it fired; bounded. */
  evidence: z.array(z.string()),
  occurrences: z.number().int().positive(),
  /** The scanner's kind: `openvas`, `nessus`, `nmap`, `nuclei`. */
  scanner: z.string(),
  /** The scanner's own id of the check: OID, plugin id, template id, script id. */
  check: z.string(),
  family: z.string(),
  /** URL path, matcher, compliance check or whatever else tells two findings of one check on one port apart; '' where nothing. */
  path: z.string(),
  /** 0 to 1; null where the scanner says nothing. */
  confidence: z.number().min(0).max(1).nullable(),
  exploitAvailable: z.boolean().nullable(),
  epss: z.number().min(0).max(1).nullable(),
  /** In CISA's catalogue of exploited vulnerabilities, as the scanner says. */
  knownExploited: z.boolean().nullable(),
  /** Why it does not count (a user's override, a false positive); null: it counts. */
  suppressed: z.string().nullable(),
  /** Compliance items are no vulnerabilities and are counted apart. */
  kind: z.enum(['vulnerability', 'compliance']),
  /** ISO UTC; null where the scanner says nothing. */
  foundAt: z.string().nullable(),
})
export type Finding = z.infer<typeof Finding>

/** One address that a scanner looked at. */
export const ExaminedHost = z.object({
  address: z.string(),
  names: z.array(z.string()),
  operatingSystem: z.string(),
  /** ISO UTC. Both there: it was scanned from beginning to end. */
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Did the scanner get in with credentials? null: it says nothing, or tried none. */
  authenticated: z.boolean().nullable(),
  /** The scanner itself reached the end with it. */
  isComplete: z.boolean(),
})
export type ExaminedHost = z.infer<typeof ExaminedHost>

/** What one report of one scanner says, translated. Never complete in silence: what was cut or failed stands in `reasons`. */
export const ScannerReport = z.object({
  /** Kind. */
  scanner: z.string(),
  /** `nessus-v2`, `openvas-xml`, `nmap-xml`, `nuclei-jsonl`. */
  format: z.string(),
  scannerVersion: z.string(),
  /** Of its checks: feed or plugin set; '' where unknown. */
  feedVersion: z.string(),
  /** `partial`: cut, interrupted, with errors or without an end. Nothing that is not there counts as absent then. */
  completeness: z.enum(['complete', 'partial']),
  reasons: z.array(z.string()),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  hosts: z.array(ExaminedHost),
  findings: z.array(Finding),
})
export type ScannerReport = z.infer<typeof ScannerReport>
