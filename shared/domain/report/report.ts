import { z } from 'zod'
import { Finding, Level, Port } from './finding.ts'

/** Several scanners' findings of one thing on one machine and port, each kept with its own view. */
export const FindingGroup = z.object({
  /** SHA-256 (hex); the same thing in the next report has the same one. */
  id: z.string(),
  machine: z.string(),
  port: Port,
  title: z.string(),
  /** The highest of its members that count. */
  level: Level,
  cves: z.array(z.string()),
  /** At most one of each scanner. */
  findings: z.array(Finding).min(1),
  /** Scanners that found it, and those that examined the machine at all: "found by 1 of 2". */
  foundBy: z.array(z.string()),
  examinedBy: z.array(z.string()),
  /** Other groups that may be the same thing by their titles: a hint, never merged. */
  possiblySame: z.array(z.string()),
  /** Every member is suppressed: kept, not counted. */
  isSuppressed: z.boolean(),
  /** Against the machine's previous report; null: there is none, or none in which its scanners had looked. */
  change: z.enum(['new', 'still-there']).nullable(),
})
export type FindingGroup = z.infer<typeof FindingGroup>

export const LevelCounts = z.object({
  critical: z.number(),
  high: z.number(),
  medium: z.number(),
  low: z.number(),
  info: z.number(),
})
export type LevelCounts = z.infer<typeof LevelCounts>

/** How one scanner fared with one machine. */
export const Examination = z.object({
  /** As configured: `openvas-lab`. */
  scanner: z.string(),
  kind: z.string(),
  status: z.enum(['done', 'partial', 'failed', 'not-examined', 'cancelled', 'under-way']),
  /** Why it is not `done`; '' where it is. */
  reason: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  scannerVersion: z.string(),
  feedVersion: z.string(),
  authenticated: z.boolean().nullable(),
})
export type Examination = z.infer<typeof Examination>

export const MachineReport = z.object({
  name: z.string(),
  /** `examined`: every scanner ended `done`. `partly`: some did. `not-examined` is never clean. */
  examined: z.enum(['examined', 'partly', 'not-examined']),
  examinations: z.array(Examination),
  counts: LevelCounts,
  groups: z.array(FindingGroup),
  /** Compliance items, not among the groups. */
  compliance: z.array(Finding),
  /** Groups of the previous report that are gone. Empty unless `examined`: what was not looked for is not gone. */
  gone: z.array(z.object({ id: z.string(), title: z.string(), level: Level, port: Port })),
})
export type MachineReport = z.infer<typeof MachineReport>

/** The unified report: `lazaret.report/1`. Fields are only ever added under this number. */
export const Report = z.object({
  schema: z.literal('lazaret.report/1'),
  /** The scan's id, or that of the import. */
  id: z.string(),
  createdAt: z.string(),
  /** The denominator: a report never speaks of findings without it. */
  machines: z.array(MachineReport),
  summary: z.object({
    machines: z.number(),
    examined: z.number(),
    partlyExamined: z.number(),
    notExamined: z.number(),
    counts: LevelCounts,
  }),
  /** Machines by how each scanner fared with them: to the end, in part, not at all. */
  scanners: z.array(
    z.object({
      scanner: z.string(),
      kind: z.string(),
      examined: z.number(),
      partlyExamined: z.number(),
      notExamined: z.number(),
    }),
  ),
})
export type Report = z.infer<typeof Report>
